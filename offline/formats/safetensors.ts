/**
 * Read and write safetensors files: named tensors and a little metadata in one flat file.
 * Format: https://github.com/huggingface/safetensors#format. Float32, or float16 on demand, is written; float16,
 * float32, float64 are read as float32. A file too large to be held as bytes is read by safetensors-file.ts.
 */

import { floatToHalf, halfToFloat } from '../../index/half.ts';

/** Values in row-major order. */
export interface NamedTensor {
  shape: readonly number[];
  data: Float32Array;
}

/** What a file holds. */
export interface Safetensors {
  tensors: Map<string, NamedTensor>;
  metadata: Record<string, string>;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

const BYTES: Record<string, number> = { F16: 2, F32: 4, F64: 8 };
/** The format's own limit of a header. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Equal input gives equal bytes: entries are written in the order given. F16 rounds to nearest, ties to even.
 * @throws Error when a finite value is too large for the type.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Record<string, string> = {},
  dtype: 'F32' | 'F16' = 'F32',
): Uint8Array {
  const header: Record<string, unknown> = Object.create(null); // "__proto__" is a name like any other
  if (Object.keys(metadata).length) header.__metadata__ = metadata;
  let end = 0;
  for (const [name, { shape, data }] of tensors) {
    const size = data.length * BYTES[dtype];
    header[name] = { dtype, shape, data_offsets: [end, end + size] };
    end += size;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerSize = Math.ceil(json.length / 8) * 8; // padded with spaces, so that the data is aligned
  const out = new Uint8Array(8 + headerSize + end).fill(0x20, 8, 8 + headerSize);
  new DataView(out.buffer).setBigUint64(0, BigInt(headerSize), true);
  out.set(json, 8);
  let at = 8 + headerSize;
  for (const [name, { data }] of tensors) {
    const values = dtype === 'F16' ? toHalves(name, data) : data;
    out.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return out;
}

/** @throws Error when the bytes are not a safetensors file or hold a type other than F16, F32, F64. */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const { places, metadata } = readHeader(bytes.subarray(0, headerEnd(bytes, bytes.length)), bytes.length);
  const tensors = new Map<string, NamedTensor>();
  for (const [name, { shape, dtype, from, to }] of places)
    tensors.set(name, { shape, data: toFloat32(new Uint8Array(bytes.subarray(from, to)).buffer, dtype) });
  return { tensors, metadata };
}

/** Where a tensor lies in the file, in bytes from its start. */
export interface Place {
  shape: readonly number[];
  dtype: string;
  from: number;
  to: number;
}

const broken = (what: string) => new Error(`safetensors: ${what}. The file is cut off or not a safetensors file.`);

/** Where the header ends and the data begin, by the file's first eight bytes. @throws Error when that is not in the file */
export function headerEnd(bytes: Uint8Array, fileSize: number): number {
  if (bytes.length < 8) throw broken(`expected at least 8 bytes, got ${bytes.length}`);
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (size > MAX_HEADER_BYTES || 8 + size > fileSize)
    throw broken(`expected a header within the file, got ${size} bytes`);
  return 8 + size;
}

/**
 * The tensors that a file announces, in the header's order, each checked to lie within the file.
 * @param bytes the file up to headerEnd
 * @param others what to do about a type that is not read: refuse the file, or leave the tensor out
 */
export function readHeader(
  bytes: Uint8Array,
  fileSize: number,
  others: 'refuse' | 'leave out' = 'refuse',
): { places: Map<string, Place>; metadata: Safetensors['metadata'] } {
  const { __metadata__: metadata, ...entries } = parsed(bytes.subarray(8));
  const places = new Map<string, Place>();
  for (const [name, value] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: offsets } = readEntry(name, value);
    const [from, to] = offsets.map((offset) => bytes.length + offset);
    const count = shape.reduce((product, dim) => product * dim, 1);
    if (!Object.hasOwn(BYTES, dtype) && others === 'leave out') continue;
    if (!Object.hasOwn(BYTES, dtype))
      throw new Error(`safetensors: expected F16, F32 or F64 for "${name}", got ${dtype}.`);
    if (to - from !== count * BYTES[dtype] || to > fileSize)
      throw new Error(`safetensors: "${name}" lies outside the file. The file is cut off or damaged; make it again.`);
    places.set(name, { shape, dtype, from, to });
  }
  return { places, metadata: (metadata ?? {}) as Record<string, string> };
}

function parsed(json: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(json));
  } catch {
    throw broken('expected a JSON header');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) throw broken('expected a JSON object');
  return header as Record<string, unknown>;
}

function readEntry(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Partial<Entry>;
  const sizes = (list: unknown) => Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (typeof dtype !== 'string' || !sizes(shape) || !sizes(offsets) || offsets!.length !== 2)
    throw new Error(
      `safetensors: expected dtype, shape and two data_offsets of "${name}", got something else. The file is damaged; make it again.`,
    );
  return value as Entry;
}

/** The values of a tensor's bytes; of F32 a view of them, not a copy. */
export function toFloat32(buffer: ArrayBuffer, dtype: string): Float32Array {
  if (dtype === 'F32') return new Float32Array(buffer);
  if (dtype === 'F64') return Float32Array.from(new Float64Array(buffer));
  // Looked up, a tenth of the time of halfToFloat.
  ofHalf ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => halfToFloat(half));
  const halves = new Uint16Array(buffer);
  const out = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) out[i] = ofHalf[halves[i]];
  return out;
}

/** The value of each half [65536], made when it is first needed. */
let ofHalf: Float32Array | undefined;

function toHalves(name: string, data: Float32Array): Uint16Array {
  const out = new Uint16Array(data.length);
  for (let i = 0; i < data.length; i++) {
    out[i] = floatToHalf(data[i]);
    if ((out[i] & 0x7fff) === 0x7c00 && Number.isFinite(data[i]))
      throw new Error(
        `safetensors: expected values within ±65504 for "${name}" as F16, got ${data[i]}. Write it as F32.`,
      );
  }
  return out;
}
