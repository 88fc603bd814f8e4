/** Little-endian bytes of the types that tensors and their masks are published in, as float32. */
import { toFloat32 } from './safetensors.ts';

export const VALUE_BYTES = { BOOL: 1, U8: 1, I8: 1, F16: 2, I32: 4, F32: 4, F64: 8, I64: 8 } as const;
export type ValueType = keyof typeof VALUE_BYTES;

/** @param bytes a whole number of values; they are copied */
export function valuesOf(bytes: Uint8Array, type: ValueType): Float32Array {
  const { buffer } = new Uint8Array(bytes); // typed arrays must begin at a multiple of their size
  if (type === 'F16' || type === 'F32' || type === 'F64') return toFloat32(buffer, type);
  if (type === 'I8') return Float32Array.from(new Int8Array(buffer));
  if (type === 'I32') return Float32Array.from(new Int32Array(buffer));
  if (type === 'I64') return Float32Array.from(new BigInt64Array(buffer), Number);
  return Float32Array.from(new Uint8Array(buffer));
}
