import { beforeAll, describe, expect, test } from 'vitest';
import { gradients } from '../../../offline/nn/autodiff.ts';
import { createDropout, DROPOUT_INPUT, fillNoise, noDropout } from '../../../offline/nn/dropout.ts';
import { multiply } from '../../../offline/nn/elementwise.ts';
import { createGraph, elements, filled, input } from '../../../offline/nn/graph.ts';
import { sum } from '../../../offline/nn/reduce.ts';
import { createRandom } from '../../../offline/random.ts';
import { run } from './run.ts';

function noiseOf(size: number, seed: string): Float32Array {
  const noise = new Float32Array(size);
  fillNoise(noise, createRandom(seed));
  return noise;
}

/** Dropout over ones: each value is the factor its place is multiplied by. */
async function factors(shape: readonly number[], rate: number, noise: string | Float32Array): Promise<Float32Array> {
  const graph = createGraph();
  const columns = shape.at(-1)!;
  const size = 2 * columns + 2 * (elements(shape) / columns);
  const dropout = createDropout(graph, size);
  const y = dropout.apply(filled(graph, 1, shape), rate);
  expect(dropout.noiseSize()).toBe(size);
  const data = typeof noise === 'string' ? noiseOf(size, noise) : noise;
  return (await run(graph, { y }, { [DROPOUT_INPUT]: { data, shape: [size] } })).y.data;
}

describe('dropout', () => {
  const [ROWS, COLUMNS, RATE] = [400, 250, 0.3];
  let mask: Float32Array;
  beforeAll(async () => {
    mask = await factors([4, ROWS / 4, COLUMNS], RATE, 'noise');
  });
  const row = (i: number) => mask.subarray(i * COLUMNS, (i + 1) * COLUMNS).join();
  const column = (j: number) => Array.from({ length: ROWS }, (_, i) => mask[i * COLUMNS + j]).join();

  test('drops its share of the values and scales the rest so that the mean stays', () => {
    expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / 0.7)]));
    const dropped = mask.filter((factor) => factor === 0).length / mask.length;
    expect(Math.abs(dropped - RATE)).toBeLessThan(0.006); // four deviations of 100,000 independent draws
    expect(Math.abs(mask.reduce((a, b) => a + b, 0) / mask.length - 1)).toBeLessThan(0.009);
  });

  test.each([0.05, 0.1, 0.5, 0.8])('keeps its share at a rate of %d', async (rate) => {
    const all = await factors([300, 300], rate, `share ${rate}`);
    const dropped = all.filter((factor) => factor === 0).length / all.length;
    expect(Math.abs(dropped - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / all.length));
  });

  test('spares no row and no column, and repeats none', () => {
    const rows = Array.from({ length: ROWS }, (_, i) => row(i));
    const columns = Array.from({ length: COLUMNS }, (_, j) => column(j));
    expect(new Set(rows).size).toBe(ROWS);
    expect(new Set(columns).size).toBe(COLUMNS);
    for (const line of [...rows, ...columns]) {
      const share = line.split(',').filter((factor) => factor === '0').length / line.split(',').length;
      expect(Math.abs(share - RATE)).toBeLessThan(0.2); // over six deviations of 250 draws
    }
  });

  test('drops two values of a row, or of a column, as if they were drawn apart', () => {
    const at = (i: number, j: number) => mask[i * COLUMNS + j] === 0;
    let [along, across] = [0, 0];
    for (let i = 0; i + 1 < ROWS; i++)
      for (let j = 0; j + 1 < COLUMNS; j++) {
        if (at(i, j) && at(i, j + 1)) along++;
        if (at(i, j) && at(i + 1, j)) across++;
      }
    const places = (ROWS - 1) * (COLUMNS - 1);
    expect(along / places).toBeCloseTo(RATE * RATE, 1.7);
    expect(across / places).toBeCloseTo(RATE * RATE, 1.7);
  });

  test('gives the same mask for the same noise and another one for other noise', async () => {
    const [one, same, other] = await Promise.all(['a', 'a', 'b'].map((seed) => factors([20, 30], 0.5, seed)));
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  test('is exact: every value is kept or dropped as whole numbers say, however large the products', async () => {
    const [n, rate] = [2038, 0.4]; // row i has the factor i + 1, column j the factor j + 1: all products there can be
    const noise = new Float32Array(4 * n);
    const [d, e] = [noiseOf(n, 'd'), noiseOf(n, 'e')];
    for (let i = 0; i < n; i++) noise[i] = noise[n + i] = i + 1; // in the order of use: r, c, d, e
    noise.set(d, 2 * n);
    noise.set(e, 3 * n);
    const kept = await factors([n, n], rate, noise);
    let wrong = 0;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const u = ((i + 1) * (j + 1) + d[j] + e[i]) % 2039;
        if (kept[i * n + j] > 0 !== u >= rate * 2039 - 0.5) wrong++;
      }
    expect(wrong).toBe(0);
  });

  test('lets a gradient through exactly where it let the value through', async () => {
    const graph = createGraph();
    const x = input(graph, 'x', [6, 7]);
    const dropout = createDropout(graph, 26);
    const y = dropout.apply(x, 0.5);
    const [d] = gradients(sum(multiply(y, filled(graph, 3, [6, 7])), [0, 1]), [x]);
    const noise = { data: noiseOf(26, 'gradient'), shape: [26] };
    const ones = { data: new Float32Array(42).fill(1), shape: [6, 7] };
    const out = await run(graph, { y, d: d! }, { x: ones, [DROPOUT_INPUT]: noise });
    expect(new Set(out.y.data)).toEqual(new Set([0, 2]));
    expect([...out.d.data]).toEqual([...out.y.data].map((value) => 3 * value));
  });

  test('takes fresh noise for every tensor', async () => {
    const graph = createGraph();
    const dropout = createDropout(graph, 200);
    const ones = filled(graph, 1, [30, 20]);
    const [a, b] = [dropout.apply(ones, 0.5), dropout.apply(ones, 0.5)];
    expect(dropout.noiseSize()).toBe(200);
    const out = await run(graph, { a, b }, { [DROPOUT_INPUT]: { data: noiseOf(200, 'two'), shape: [200] } });
    expect(out.a.data).not.toEqual(out.b.data);
  });

  test('does nothing, and wants no noise, at a rate of 0 or when it is off', () => {
    const graph = createGraph();
    const x = input(graph, 'x', [3]);
    const dropout = createDropout(graph, 10);
    expect(dropout.apply(x, 0)).toBe(x);
    expect(dropout.noiseSize()).toBe(0);
    expect(noDropout.apply(x, 0.9)).toBe(x);
    expect(noDropout.noiseSize()).toBe(0);
  });

  test('refuses more tensors than it has noise for', () => {
    const graph = createGraph();
    const dropout = createDropout(graph, 9);
    expect(() => dropout.apply(input(graph, 'x', [2, 3]), 0.5)).toThrow('Slice in the graph: expected an axis 0');
  });

  test('draws noise of whole numbers from 1 to 2038, all of them', () => {
    const noise = noiseOf(60_000, 'range');
    expect(new Set(noise).size).toBe(2038);
    expect([Math.min(...noise), Math.max(...noise)]).toEqual([1, 2038]);
    expect(noise.every(Number.isInteger)).toBe(true);
  });
});
