/**
 * Read one array that `numpy.save` wrote: versions 1 to 3, little-endian, in C order.
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. Arrays of objects are pickles, and refused.
 */
import type { NamedTensor } from './safetensors.ts';
import { VALUE_BYTES, type ValueType, valuesOf } from './values.ts';

const TYPES: Readonly<Record<string, ValueType>> = {
  '<f2': 'F16',
  '<f4': 'F32',
  '<f8': 'F64',
  '<i8': 'I64',
  '<i4': 'I32',
  '|i1': 'I8',
  '|u1': 'U8',
  '|b1': 'BOOL',
};
const MAGIC = '\x93NUMPY';

/** @throws Error when the bytes are anything but such an array, or damaged; it does not know the file's name */
export function decodeNpy(bytes: Uint8Array): NamedTensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || String.fromCharCode(...bytes.subarray(0, 6)) !== MAGIC)
    throw new Error('npy: expected an array of numpy.save, got something else. The file is cut off or not .npy.');
  const version = bytes[6];
  if (version < 1 || version > 3) throw new Error(`npy: expected version 1, 2 or 3, got ${version}.`);
  const start = version === 1 ? 10 : 12;
  const from = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (from > bytes.length) throw new Error('npy: expected a header within the file. The file is cut off.');
  const header = new TextDecoder().decode(bytes.subarray(start, from));
  const [, descr] = /'descr':\s*'([^']*)'/.exec(header) ?? [];
  const [, sizes] = /'shape':\s*\(([\d,\s]*)\)/.exec(header) ?? [];
  if (descr === undefined || sizes === undefined)
    throw new Error(`npy: expected a header with descr and shape, got ${header.trim().slice(0, 200)}.`);
  if (!/'fortran_order':\s*False/.test(header))
    throw new Error('npy: expected C order, got Fortran order. Save numpy.ascontiguousarray(array).');
  const type = Object.hasOwn(TYPES, descr) ? TYPES[descr] : undefined;
  if (!type)
    throw new Error(`npy: expected one of ${Object.keys(TYPES).join(', ')}, got ${descr}. Save array.astype("<f4").`);
  const shape = sizes
    .split(',')
    .filter((size) => size.trim())
    .map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  if (bytes.length - from !== count * VALUE_BYTES[type])
    throw new Error(
      `npy: expected ${count * VALUE_BYTES[type]} bytes of [${shape.join(', ')}], got ${bytes.length - from}. The file is damaged.`,
    );
  return { shape, data: valuesOf(bytes.subarray(from), type) };
}
