import { describe, expect, it } from 'vitest';
import { openSession, tensor } from '../../functions/runtime/ort.ts';
import { constant, createGraph, emit, input } from '../../offline/nn/graph.ts';
import { linear } from '../../offline/nn/linear.ts';
import { encodeModel } from '../../offline/nn/onnx.ts';
import { quantiseProducts } from '../../offline/nn/quantise.ts';

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

  it('runs a linear layer whose matrix is bytes', async () => {
    const graph = createGraph();
    // Steps of 1 on both sides, so that nothing is rounded: the largest weight of a row is 127, the inputs reach from 0 to 255.
    const weight = constant(
      graph,
      new Float32Array(Array.from({ length: 8 }, (_, n) => [127, -n]).flat()),
      [8, 2],
      'w',
    );
    const bias = constant(graph, new Float32Array([0, 1, 2, 3, 4, 5, 6, 7]), [8], 'bias');
    const y = linear(input(graph, 'x', ['N', 2]), weight, bias);
    quantiseProducts(graph);
    const session = await openSession(emit(graph, { y }));
    const out = await session.run({ x: tensor(new Float32Array([1, 255, 3, 2]), [2, 2]) });
    const expected = (a: number, b: number) => [0, 1, 2, 3, 4, 5, 6, 7].map((n) => 127 * a - n * b + n);
    expect([...(out.y.data as Float32Array)]).toEqual([...expected(1, 255), ...expected(3, 2)]);
  });

  it('leaves the globals as they were', async () => {
    await openSession(affine);
    expect(touchedGlobals()).toEqual(before);
    expect(new WebAssembly.Memory({ initial: 1 }).buffer.byteLength).toBe(65536);
  });
});
