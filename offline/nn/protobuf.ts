/**
 * Protobuf's wire format: messages written field by field, and read as the list of their fields.
 *
 * From https://protobuf.dev/programming-guides/encoding/. ONNX files are small, flat protobuf, so this stands in for a library. A
 * field that was read keeps its own bytes, also one that is not known here: a message that is changed in one field
 * is written with the rest as it was. What the fields mean is said in onnx.ts (written) and onnx-file.ts (read).
 */

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

// ---- writing

/** A message that fields are added to, by their numbers; every call but `done` returns the message itself. */
export interface Message {
  integer(field: number, value: number): Message;
  float(field: number, value: number): Message;
  text(field: number, value: string): Message;
  bytes(field: number, value: Uint8Array): Message;
  child(field: number, value: Message): Message;
  /** A field as it was read. */
  raw(field: Field): Message;
  /** The bytes so far. */
  done(): Uint8Array;
}

const utf8 = new TextEncoder();

/** An empty message. */
export function message(): Message {
  const parts: Uint8Array[] = [];
  const self: Message = {
    integer(field, value) {
      parts.push(varint((field << 3) | VARINT), varint(value));
      return self;
    },
    float(field, value) {
      parts.push(varint((field << 3) | FIXED_32), new Uint8Array(Float32Array.of(value).buffer));
      return self;
    },
    text: (field, value) => self.bytes(field, utf8.encode(value)),
    bytes(field, value) {
      parts.push(varint((field << 3) | LENGTH_DELIMITED), varint(value.length), value);
      return self;
    },
    child: (field, value) => self.bytes(field, value.done()),
    raw(field) {
      parts.push(field.raw);
      return self;
    },
    done() {
      const out = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
      let at = 0;
      for (const part of parts) {
        out.set(part, at);
        at += part.length;
      }
      return out;
    },
  };
  return self;
}

/** Negative numbers are written as 64-bit two's complement, as int64 fields want them. */
function varint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const out: number[] = [];
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return Uint8Array.from(out);
}

// ---- reading

/** A field of a message that was read; both arrays are views of the message's bytes. */
export interface Field {
  number: number;
  /** A varint's own bytes, the 4 or 8 of a fixed number, or what is inside a text, a message, a packed list. */
  value: Uint8Array;
  /** The whole field, with its number and length. */
  raw: Uint8Array;
}

/** A graph has a field for each node and each constant; the largest published towers have some thousands. */
const MOST_FIELDS = 2 ** 20;

/**
 * The fields of a message, in order. Nothing is allocated but their list, whatever lengths the bytes claim.
 * @throws Error saying where the bytes stop being a message, for the caller to say of what
 */
export function readFields(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length; ) {
    const key = readVarint(bytes, at);
    const number = Math.floor(key.value / 8);
    if (number === 0 || number >= 2 ** 29) throw new Error(`a field numbered ${number} at byte ${at}`);
    const { start, end } = extent(bytes, key.end, key.value % 8);
    if (end > bytes.length) throw new Error(`field ${number} cut off: it ends at byte ${end} of ${bytes.length}`);
    if (fields.length === MOST_FIELDS) throw new Error(`a message of more than ${MOST_FIELDS} fields`);
    fields.push({ number, value: bytes.subarray(start, end), raw: bytes.subarray(at, end) });
    at = end;
  }
  return fields;
}

/** Where the value of a field stands whose key ended at `at`. */
function extent(bytes: Uint8Array, at: number, wire: number): { start: number; end: number } {
  if (wire === VARINT) return { start: at, end: readVarint(bytes, at).end };
  if (wire === FIXED_64) return { start: at, end: at + 8 };
  if (wire === FIXED_32) return { start: at, end: at + 4 };
  if (wire !== LENGTH_DELIMITED) throw new Error(`a field of wire type ${wire} at byte ${at}`);
  const length = readVarint(bytes, at);
  return { start: length.end, end: length.end + length.value };
}

/** As a number, rounded above 2^53, which no length reaches. */
function readVarint(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  for (let i = 0; i < MOST_VARINT_BYTES; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) throw new Error(`a number cut off at byte ${bytes.length}`);
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, end: at + i + 1 };
  }
  throw new Error(`a number of more than ${MOST_VARINT_BYTES} bytes at byte ${at}`);
}

const MOST_VARINT_BYTES = 10;

/** The int64 numbers of varints one after another: a packed list, or a single field's value. @throws Error when one is cut off */
export function integersOf(value: Uint8Array): bigint[] {
  const numbers: bigint[] = [];
  for (let at = 0; at < value.length; ) {
    const { end } = readVarint(value, at);
    let number = 0n;
    for (let i = end - 1; i >= at; i--) number = (number << 7n) | BigInt(value[i] & 127);
    numbers.push(BigInt.asIntN(64, number));
    at = end;
  }
  return numbers;
}

/** @throws Error when the bytes are no UTF-8 */
export function textOf(value: Uint8Array): string {
  try {
    return strictUtf8.decode(value);
  } catch {
    throw new Error('a text that is no UTF-8');
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
