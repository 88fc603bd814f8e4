/**
 * Read one tensor that `torch.save` wrote, or a state dict, tensor by tensor: a zip archive of a pickle (pickled-tensor.ts) and the values, as they lie in memory.
 *
 * Layout: torch/serialization.py `_save` (https://github.com/pytorch/pytorch). NAME/data.pkl, NAME/byteorder (since 2.1), NAME/data/KEY.
 * Files of PyTorch before 1.6 are pickles without an archive, and refused.
 */

import { type PickledTensor, readPickledState, readPickledTensor } from './pickled-tensor.ts';
import type { NamedTensor } from './safetensors.ts';
import { VALUE_BYTES, valuesOf } from './values.ts';
import { openZip, readZip, type ZipEntry, type ZipLimits, type ZipSource } from './zip.ts';

/** @throws Error when the bytes are anything but one tensor, or damaged; it does not know the file's name */
export function decodeTorchTensor(bytes: Uint8Array): NamedTensor {
  if (bytes[0] === 0x80) throw barePickle();
  const { pickle, storageOf } = partsOf(readZip(bytes));
  return tensorOf(readPickledTensor(pickle), storageOf);
}

/** A tensor of a state dict, which is read when it is asked for. */
export interface StateTensor {
  shape: readonly number[];
  read(): Float32Array;
}

/** More tensors than any published tower has, and none of more than 2 GB. */
const OF_A_STATE: ZipLimits = { entries: 10_000, bytes: 2 ** 31 };

/** @throws Error when the archive is of anything but a state dict, or damaged; so does reading a tensor. Neither knows the file's name */
export function openStateDict(source: ZipSource): Map<string, StateTensor> {
  if (source.size > 0 && source.read(0, 1)[0] === 0x80) throw barePickle();
  const { pickle, storageOf } = partsOf(openZip(source, OF_A_STATE));
  return new Map(
    [...readPickledState(pickle)].map(([name, tensor]) => [
      name,
      { shape: tensor.shape, read: () => tensorOf(tensor, storageOf).data },
    ]),
  );
}

const barePickle = () =>
  new Error('torch: expected a zip archive, got a bare pickle. Load and save it again with PyTorch 1.6 or later.');

type StorageOf = (key: string) => ZipEntry;

function partsOf(entries: readonly ZipEntry[]): { pickle: Uint8Array; storageOf: StorageOf } {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const pickle = entries.find(({ name }) => name === 'data.pkl' || name.endsWith('/data.pkl'));
  if (!pickle) throw new Error('torch: expected data.pkl in the archive, got none. Save the tensor with torch.save.');
  const folder = pickle.name.slice(0, -'data.pkl'.length);
  const order = byName.get(`${folder}byteorder`)?.read();
  if (order && new TextDecoder().decode(order) !== 'little')
    throw new Error('torch: expected little-endian values, got others. Save the tensor on another machine.');
  return {
    pickle: pickle.read(),
    storageOf(key) {
      const storage = byName.get(`${folder}data/${key}`);
      if (!storage) throw new Error(`torch: expected data/${key} in the archive, got none. The file is damaged.`);
      return storage;
    },
  };
}

function tensorOf({ type, shape, stride, offset, key, storageSize }: PickledTensor, storageOf: StorageOf): NamedTensor {
  const storage = storageOf(key);
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
  const isContiguous = shape.every((size, axis) => size === 1 || stride[axis] === elements(shape.slice(axis + 1)));
  if (isContiguous) return storage.subarray(offset, offset + count);
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

const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
