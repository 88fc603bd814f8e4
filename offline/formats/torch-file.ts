/**
 * Read one tensor that `torch.save` wrote: a zip archive of a pickle (pickled-tensor.ts) and the values, as they lie in memory.
 *
 * Layout: torch/serialization.py `_save` (https://github.com/pytorch/pytorch). NAME/data.pkl, NAME/byteorder (since 2.1), NAME/data/KEY.
 * Files of PyTorch before 1.6 are pickles without an archive, and refused.
 */

import { readPickledTensor } from './pickled-tensor.ts';
import type { NamedTensor } from './safetensors.ts';
import { VALUE_BYTES, valuesOf } from './values.ts';
import { readZip } from './zip.ts';

/** @throws Error when the bytes are anything but one tensor, or damaged; it does not know the file's name */
export function decodeTorchTensor(bytes: Uint8Array): NamedTensor {
  if (bytes[0] === 0x80)
    throw new Error(
      'torch: expected a zip archive, got a bare pickle. Load and save it again with PyTorch 1.6 or later.',
    );
  const entries = readZip(bytes);
  const pickle = entries.find(({ name }) => name === 'data.pkl' || name.endsWith('/data.pkl'));
  if (!pickle) throw new Error('torch: expected data.pkl in the archive, got none. Save the tensor with torch.save.');
  const folder = pickle.name.slice(0, -'data.pkl'.length);
  const order = entries.find(({ name }) => name === `${folder}byteorder`)?.read();
  if (order && new TextDecoder().decode(order) !== 'little')
    throw new Error('torch: expected little-endian values, got others. Save the tensor on another machine.');
  const { type, shape, stride, offset, key, storageSize } = readPickledTensor(pickle.read());
  const storage = entries.find(({ name }) => name === `${folder}data/${key}`);
  if (!storage) throw new Error(`torch: expected data/${key} in the archive, got none. The file is damaged.`);
  if (storage.size !== storageSize * VALUE_BYTES[type])
    throw new Error(
      `torch: expected ${storageSize} values of ${type}, got ${storage.size} bytes. The file is damaged.`,
    );
  const furthest = shape.reduce((sum, size, axis) => sum + (size - 1) * stride[axis], offset);
  const count = shape.reduce((product, size) => product * size, 1);
  if (count > storageSize || (count > 0 && furthest >= storageSize))
    throw new Error(`torch: expected [${shape}] within ${storageSize} values, got a view beyond. The file is damaged.`);
  return { shape, data: inOrder(valuesOf(storage.read(), type), shape, stride, offset, count) };
}

/** The values in the order of a contiguous tensor: a view that was saved keeps the strides of what it is a view of. */
function inOrder(
  storage: Float32Array,
  shape: readonly number[],
  stride: readonly number[],
  offset: number,
  count: number,
): Float32Array {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let [from, rest] = [offset, i];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += (rest % shape[axis]) * stride[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    out[i] = storage[from];
  }
  return out;
}
