/**
 * Read and write safetensors files: named tensors and a little metadata in one flat file.
 * Format: https://github.com/huggingface/safetensors#format. Float32 is written; float16, float32, float64 are read as float32.
 */

export interface NamedTensor {
  shape: readonly number[];
  data: Float32Array;
}

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
/** A header larger than this is not one of ours or anybody's; the format's own limit. */
const MAX_HEADER_BYTES = 100_000_000;

/** Equal input gives equal bytes: entries are written in the order given. */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Record<string, string> = {},
): Uint8Array {
  const header: Record<string, unknown> = Object.create(null); // "__proto__" is a name like any other
  if (Object.keys(metadata).length) header.__metadata__ = metadata;
  let end = 0;
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerSize = Math.ceil(json.length / 8) * 8; // padded with spaces, so that the data is aligned
  const out = new Uint8Array(8 + headerSize + end).fill(0x20, 8, 8 + headerSize);
  new DataView(out.buffer).setBigUint64(0, BigInt(headerSize), true);
  out.set(json, 8);
  let at = 8 + headerSize;
  for (const { data } of tensors.values()) {
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return out;
}

/** @throws Error when the bytes are not a safetensors file or hold a type other than F16, F32, F64. */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const { header, start } = readHeader(bytes);
  const { __metadata__: metadata, ...entries } = header;
  const tensors = new Map<string, NamedTensor>();
  for (const [name, value] of Object.entries(entries)) {
    const {
      dtype,
      shape,
      data_offsets: [from, to],
    } = readEntry(name, value);
    const count = shape.reduce((product, dim) => product * dim, 1);
    if (!Object.hasOwn(BYTES, dtype))
      throw new Error(`safetensors: expected F16, F32 or F64 for "${name}", got ${dtype}.`);
    if (to - from !== count * BYTES[dtype] || start + to > bytes.length)
      throw new Error(`safetensors: "${name}" lies outside the file. The file is cut off or damaged; make it again.`);
    tensors.set(name, {
      shape,
      data: toFloat32(new Uint8Array(bytes.subarray(start + from, start + to)).buffer, dtype),
    });
  }
  return { tensors, metadata: (metadata ?? {}) as Record<string, string> };
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  const broken = (what: string) => new Error(`safetensors: ${what}. The file is cut off or not a safetensors file.`);
  if (bytes.length < 8) throw broken(`expected at least 8 bytes, got ${bytes.length}`);
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (size > MAX_HEADER_BYTES || 8 + size > bytes.length)
    throw broken(`expected a header within the file, got ${size} bytes`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)));
  } catch {
    throw broken('expected a JSON header');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) throw broken('expected a JSON object');
  return { header: header as Record<string, unknown>, start: 8 + size };
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

function toFloat32(buffer: ArrayBuffer, dtype: string): Float32Array {
  if (dtype === 'F32') return new Float32Array(buffer);
  if (dtype === 'F64') return Float32Array.from(new Float64Array(buffer));
  return Float32Array.from(new Uint16Array(buffer), halfToFloat);
}

function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const mantissa = half & 1023;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}
