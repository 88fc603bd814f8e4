/**
 * The constants of an ONNX file: TensorProto, as https://github.com/onnx/onnx/blob/main/onnx/onnx.proto has it.
 *
 * Their values stand either in raw_data, as little-endian bytes, or in the list of their type. They are read when asked for, so that
 * opening a large file costs nothing; float16 becomes float32, in which weights are computed with.
 */

import { toFloat32 } from '../formats/safetensors.ts';
import { type Field, integersOf, textOf } from './protobuf.ts';

/** A TensorProto: dims are field 1, data_type 2, name 8. Values stay in `fields` until tensorData reads them. */
export interface FileTensor {
  name: string;
  dtype: string;
  shape: readonly number[];
  fields: readonly Field[];
}

/** Values of a constant in row order, by its type; float16 is read as float32. */
export type TensorData = Float32Array | Int8Array | Uint8Array | BigInt64Array;

/** Names of TensorProto.DataType, at the places of their numbers. */
const DTYPES =
  'undefined float32 uint8 int8 uint16 int16 int32 int64 string bool float16 float64 uint32 uint64 complex64 complex128 bfloat16'.split(
    ' ',
  );

/** The name of a TensorProto.DataType (1 is `float32`); `type <code>` for a number that is not listed. */
export function dtypeName(code: number): string {
  return DTYPES[code] ?? `type ${code}`;
}

const DIMS = 1;
const DATA_TYPE = 2;
const FLOAT_DATA = 4;
const INT32_DATA = 5;
const INT64_DATA = 7;
const NAME = 8;
const RAW_DATA = 9;
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;
const EXTERNAL = 1n;

/** Name, type and shape; no values. @param fields of a TensorProto. @throws Error when a size is below 0 or a field cannot be read */
export function readTensor(fields: readonly Field[]): FileTensor {
  const [dtype = 0n] = integers(fields, DATA_TYPE);
  const shape = integers(fields, DIMS).map(Number);
  if (shape.some((size) => size < 0)) throw new Error(`a constant of shape [${shape.join(', ')}]`);
  const name = fields.findLast(({ number }) => number === NAME);
  return { name: name ? textOf(name.value) : '', dtype: dtypeName(Number(dtype)), shape, fields };
}

/** Whether the values are in another file beside the model's: data_location (14) is EXTERNAL, or external_data (13) is there. */
export function isExternal({ fields }: FileTensor): boolean {
  return integers(fields, DATA_LOCATION).at(-1) === EXTERNAL || fields.some(({ number }) => number === EXTERNAL_DATA);
}

/**
 * Values in row order; undefined where the type is none of float32, float16, int8, uint8 and int64.
 * @throws Error when they are not as many as the shape says
 */
export function tensorData(tensor: FileTensor): TensorData | undefined {
  const { name, dtype, shape, fields } = tensor;
  const decode = DECODERS[dtype];
  if (!decode) return undefined;
  const raw = fields.findLast(({ number }) => number === RAW_DATA);
  const count = shape.reduce((product, size) => product * size, 1);
  const stored = raw ? raw.value.length / decode.bytes : undefined;
  const data = stored === undefined ? decode.listed(fields) : stored === count ? decode.raw(raw!.value) : undefined;
  if (data?.length !== count)
    throw new Error(
      `constant "${name}": expected ${count} values of ${dtype} for [${shape.join(', ')}], got ${stored ?? data?.length}. Save the model again.`,
    );
  return data;
}

interface Decoder {
  bytes: number;
  raw: (value: Uint8Array) => TensorData;
  /** From the list of the type. */
  listed: (fields: readonly Field[]) => TensorData;
}

const DECODERS: Readonly<Record<string, Decoder | undefined>> = {
  float32: { bytes: 4, raw: (value) => new Float32Array(aligned(value)), listed: floats },
  float16: {
    bytes: 2,
    raw: (value) => toFloat32(aligned(value), 'F16'),
    // onnx.proto: "float16 values must be bit-wise converted to an uint16_t prior to writing".
    listed: (fields) => toFloat32(Uint16Array.from(integers(fields, INT32_DATA), Number).buffer, 'F16'),
  },
  int8: {
    bytes: 1,
    raw: (value) => new Int8Array(aligned(value)),
    listed: (fields) => Int8Array.from(integers(fields, INT32_DATA), Number),
  },
  uint8: {
    bytes: 1,
    raw: (value) => new Uint8Array(aligned(value)),
    listed: (fields) => Uint8Array.from(integers(fields, INT32_DATA), Number),
  },
  int64: {
    bytes: 8,
    raw: (value) => new BigInt64Array(aligned(value)),
    listed: (fields) => BigInt64Array.from(integers(fields, INT64_DATA)),
  },
};

/** A copy at an address of its own: in the file a value may start anywhere. */
function aligned(value: Uint8Array): ArrayBuffer {
  return Uint8Array.from(value).buffer;
}

/** Packed or one by one. */
function integers(fields: readonly Field[], number: number): bigint[] {
  return fields.flatMap((field) => (field.number === number ? integersOf(field.value) : []));
}

function floats(fields: readonly Field[]): Float32Array {
  const lists = fields.filter(({ number }) => number === FLOAT_DATA).map(({ value }) => value);
  const bytes = new Uint8Array(lists.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const list of lists) {
    bytes.set(list, at);
    at += list.length;
  }
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4));
}
