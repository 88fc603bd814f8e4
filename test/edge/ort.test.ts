import { describe, expect, it } from 'vitest';
import { openSession, tensor } from '../../functions/runtime/ort.ts';
import { encodeModel } from '../../offline/nn/onnx.ts';

/** y = x · [[1, 2], [3, 4]] + 1, for any number of rows. */
const affine = encodeModel({
  nodes: [
    { name: 'product', op: 'MatMul', inputs: ['x', 'w'], outputs: ['xw'], attributes: {} },
    { name: 'sum', op: 'Add', inputs: ['xw', 'one'], outputs: ['y'], attributes: {} },
  ],
  inputs: [{ name: 'x', dtype: 'float32', shape: ['N', 2] }],
  outputs: [{ name: 'y', dtype: 'float32', shape: ['N', 2] }],
  initialisers: [
    { name: 'w', dtype: 'float32', shape: [2, 2], data: new Float32Array([1, 2, 3, 4]) },
    { name: 'one', dtype: 'float32', shape: [1], data: new Float32Array([1]) },
  ],
});

const touchedGlobals = () => [
  WebAssembly.instantiate,
  WebAssembly.Memory,
  Atomics.waitAsync,
  globalThis.SharedArrayBuffer,
];
const before = touchedGlobals();

describe('onnxruntime inside workerd', () => {
  it('opens several graphs when the first two are asked for at once', async () => {
    const sessions = await Promise.all([openSession(affine), openSession(affine)]);
    for (const session of sessions) {
      const { y } = await session.run({ x: tensor(new Float32Array([1, 0, 0, 1, 10, 100]), [3, 2]) });
      expect([...(y.data as Float32Array)]).toEqual([2, 3, 4, 5, 311, 421]);
      expect(y.dims).toEqual([3, 2]);
    }
  });

  it('still opens a graph after bytes that are none', async () => {
    await expect(openSession(new Uint8Array([1, 2, 3]))).rejects.toThrow();
    const session = await openSession(affine);
    const { y } = await session.run({ x: tensor(new Float32Array([0, 0]), [1, 2]) });
    expect([...(y.data as Float32Array)]).toEqual([1, 1]);
  });

  it('leaves the globals as they were', async () => {
    await openSession(affine);
    expect(touchedGlobals()).toEqual(before);
    expect(new WebAssembly.Memory({ initial: 1 }).buffer.byteLength).toBe(65536);
  });
});
