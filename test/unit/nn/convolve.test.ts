import { expect, test } from 'vitest';
import { gradients } from '../../../offline/nn/autodiff.ts';
import { sum } from '../../../offline/nn/broadcast.ts';
import { convolve } from '../../../offline/nn/convolve.ts';
import { constant, createGraph, filled, input } from '../../../offline/nn/graph.ts';
import { layerNorm } from '../../../offline/nn/normalise.ts';
import { expectClose, run, values } from './run.ts';

test('a convolution is the sum of products under each window, whole windows only', async () => {
  const graph = createGraph();
  const x = input(graph, 'x', ['N', 1, 3, 5]);
  const weight = constant(graph, Float32Array.of(1, 2, 3, 4, 0, 0, 0, 1), [2, 1, 2, 2]);
  const y = convolve(x, weight, 2, constant(graph, Float32Array.of(100, 0), [2]));
  expect(y.shape).toEqual(['N', 2, 1, 2]);
  // 0  1  2  3  4      1·0 + 2·1 + 3·5 + 4·6 = 41, 1·2 + 2·3 + 3·7 + 4·8 = 61; the lower right: 6, 8
  // 5  6  7  8  9      the last column and row are under no window
  // 10 …
  const picture = values([1, 1, 3, 5], ...Array(15).keys());
  const out = await run(graph, { y }, { x: picture });
  expect([...out.y.shape]).toEqual([1, 2, 1, 2]);
  expect([...out.y.data]).toEqual([141, 161, 6, 8]);
});

test('a convolution adds its channels up, and has no bias unless given', async () => {
  const graph = createGraph();
  const x = input(graph, 'x', ['N', 2, 1, 1]);
  const y = convolve(x, constant(graph, Float32Array.of(10, 1), [1, 2, 1, 1]), 1);
  const out = await run(graph, { y }, { x: values([2, 2, 1, 1], 1, 2, 3, 4) });
  expect([...out.y.data]).toEqual([12, 34]);
});

test('a convolution refuses other channels, and kernels larger than the picture', () => {
  const graph = createGraph();
  const x = input(graph, 'x', ['N', 3, 4, 4]);
  expect(() => convolve(x, filled(graph, 1, [8, 1, 2, 2]), 2)).toThrow(
    'Conv in the graph: expected equally many channels and no kernel larger than its picture, got [N, 3, 4, 4] and [8, 1, 2, 2].',
  );
  expect(() => convolve(x, filled(graph, 1, [8, 3, 2, 5]), 2)).toThrow('got [N, 3, 4, 4] and [8, 3, 2, 5]');
});

test('a convolution has no gradient', () => {
  const graph = createGraph();
  const x = input(graph, 'x', [1, 1, 2, 2]);
  const total = sum(convolve(x, filled(graph, 1, [1, 1, 2, 2]), 2), [0, 1, 2, 3]);
  const seeds = new Map([[total, filled(graph, 1, [1, 1, 1, 1])]]);
  expect(() => gradients(seeds, [x])).toThrow(/internal: Conv in .* has no gradient/);
});

test('layer norm takes another epsilon', async () => {
  const graph = createGraph();
  const x = input(graph, 'x', [1, 2]);
  const y = layerNorm(x, filled(graph, 1, [2]), filled(graph, 0, [2]), 1e-6);
  // mean 0.001, variance 1e-6: ±0.001 / √(2e-6)
  expectClose((await run(graph, { y }, { x: values([1, 2], 0, 0.002) })).y.data, [-Math.SQRT1_2, Math.SQRT1_2], 1e-5);
});
