import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { clipVision } from '../../../offline/encoders/clip-vision.ts';
import { compareTowers, quantiseTower } from '../../../offline/encoders/quantise-tower.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { constant, createGraph, emit, input } from '../../../offline/nn/graph.ts';
import { gemm } from '../../../offline/nn/linear.ts';
import { sharedMissing, sharedModel } from '../media/shared.ts';
import { drawnWeights } from './drawn-weights.ts';

/** [N, 2] to [N, 2] by a matrix in rows. */
function plane(...rows: number[]): Uint8Array {
  const graph = createGraph();
  const x = input(graph, 'x', ['N', 2]);
  return emit(graph, { y: gemm(x, constant(graph, Float32Array.from(rows), [2, 2], 'w')) });
}
const options = { input: 'x', output: 'y', inputShape: [2], threads: 1 };
const items = (...pairs: [number, number][]) => pairs.map((pair) => Float32Array.from(pair));

describe('two towers are compared by the cosine of their tokens', () => {
  test('whose scale is of no matter', async () => {
    const { mean, least } = await compareTowers(plane(1, 0, 0, 1), plane(5, 0, 0, 5), options, items([1, 2], [3, -1]));
    expect([mean, least]).toEqual([expect.closeTo(1, 6), expect.closeTo(1, 6)]);
  });

  test('each input by itself: the mean and the least', async () => {
    // (1, 0) stays; (0, 1) becomes (1, 1), 45° away
    const { mean, least } = await compareTowers(plane(1, 0, 0, 1), plane(1, 0, 1, 1), options, items([1, 0], [0, 1]));
    expect(least).toBeCloseTo(Math.SQRT1_2, 6);
    expect(mean).toBeCloseTo((1 + Math.SQRT1_2) / 2, 6);
  });

  test('a token of zeros is like another of zeros only', async () => {
    const [zero, one] = [plane(0, 0, 0, 0), plane(1, 0, 0, 1)];
    expect(await compareTowers(zero, zero, options, items([1, 2]))).toEqual({ mean: 1, least: 1 });
    expect(await compareTowers(one, zero, options, items([1, 2]))).toEqual({ mean: 0, least: 0 });
  });
});

test('a vision transformer takes a quarter of its bytes and gives nearly the same tokens', async () => {
  const sizes = { side: 64, patch: 16, width: 64, heads: 4, layers: 4, hidden: 256, output: 32 };
  const float = clipVision(drawnWeights('quantised clip', 0.2).weights, sizes);
  const { model, products, convolutions } = quantiseTower(float, 'clip');
  // Of each block: query, key, value and output, two of the feed-forward; and the projection.
  expect([products, convolutions]).toEqual([4 * 6 + 1, 1]);
  expect(model.length / float.length).toBeLessThan(0.35);

  const { uniform } = createRandom('quantised pictures');
  const pictures = Array.from({ length: 4 }, () => Float32Array.from({ length: 3 * 64 * 64 }, () => uniform(-2, 2)));
  const names = { input: 'pixel_values', output: 'image_embeds', inputShape: [3, 64, 64], threads: 1 };
  const { mean, least } = await compareTowers(float, model, names, pictures);
  expect(least).toBeGreaterThan(0.995);
  expect(mean).toBeLessThan(1);
});

test.skipIf(sharedMissing)('a tower that is of bytes already comes through as it was', async () => {
  const bytes = new Uint8Array(await readFile(sharedModel('mobilenet-v2.int8.onnx')));
  const { model, products, convolutions } = quantiseTower(bytes, 'mobilenet');
  expect([products, convolutions]).toEqual([0, 0]);
  expect(Buffer.compare(model, bytes)).toBe(0);
});
