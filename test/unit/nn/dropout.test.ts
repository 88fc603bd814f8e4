import { beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../../../offline/lib/random.ts';
import { gradients } from '../../../offline/nn/autodiff.ts';
import {
  createDropout,
  dropoutInput,
  fillPool,
  noDropout,
  POOL_INPUT,
  POOL_ROWS,
  poolRow,
} from '../../../offline/nn/dropout.ts';
import { exp } from '../../../offline/nn/elementwise.ts';
import { createGraph, elements, filled, input } from '../../../offline/nn/graph.ts';
import { softmax } from '../../../offline/nn/normalise.ts';
import type { Input } from '../../../offline/nn/session.ts';
import { agree } from './agree.ts';
import { integers, run, values } from './run.ts';

function poolOf(columns: number, seed: string): Input {
  const data = new Float32Array(POOL_ROWS * columns);
  fillPool(data, createRandom(seed));
  return { data, shape: [POOL_ROWS, columns] };
}

/** Dropout over ones: each value is the factor its place is multiplied by. */
async function factors(
  shape: readonly number[],
  rate: number,
  rows: readonly number[],
  pool: Input,
): Promise<Float32Array> {
  const graph = createGraph();
  const dropout = createDropout(graph, pool.shape[1]);
  const y = dropout.apply(filled(graph, 1, shape), rate, 'here');
  const feeds = { [POOL_INPUT]: pool, [dropoutInput('here')]: integers(shape.slice(0, -1), ...rows) };
  return (await run(graph, { y }, feeds)).y.data;
}

const all = Array.from({ length: POOL_ROWS }, (_, row) => row);
const dropped = (mask: Float32Array) => mask.filter((factor) => factor === 0).length / mask.length;

describe('dropout', () => {
  const [COLUMNS, RATE] = [200, 0.3];
  const pool = poolOf(COLUMNS, 'pool');
  let mask: Float32Array;
  beforeAll(async () => {
    mask = await factors([2, POOL_ROWS / 2, COLUMNS], RATE, all, pool);
  });

  test('drops its share of the values and scales the rest so that the mean stays', () => {
    expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / 0.7)]));
    expect(Math.abs(dropped(mask) - RATE)).toBeLessThan(0.006); // four deviations of 100,000 independent draws
    expect(Math.abs(mask.reduce((a, b) => a + b, 0) / mask.length - 1)).toBeLessThan(0.009);
  });

  test.each([0.05, 0.1, 0.5, 0.8])('keeps its share at a rate of %d', async (rate) => {
    const found = await factors([POOL_ROWS, COLUMNS], rate, all, poolOf(COLUMNS, `share ${rate}`));
    expect(Math.abs(dropped(found) - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / found.length));
  });

  test('keeps a value exactly where the pool lies above the rate', async () => {
    const few: Input = { data: new Float32Array(POOL_ROWS * 3), shape: [POOL_ROWS, 3] };
    few.data.set([0.1, 0.25, 0.26], 3 * 7); // row 7
    few.data.set([0.9, 0, 0.25], 3 * 511);
    expect([...(await factors([2, 3], 0.25, [511, 7], few))]).toEqual([4 / 3, 0, 0, 0, 0, 4 / 3].map(Math.fround));
  });

  test('reads the first columns of the pool where a tensor is narrower, its width a name or a number', async () => {
    const graph = createGraph();
    const dropout = createDropout(graph, COLUMNS);
    const [x, narrow] = [input(graph, 'x', ['B', 'L']), input(graph, 'narrow', [2, 3])];
    const y = dropout.apply(x, RATE, 'weights');
    const z = dropout.apply(narrow, RATE, 'hidden');
    const ones = values([2, 3], 1, 1, 1, 1, 1, 1);
    const out = await run(
      graph,
      { y, z },
      {
        x: ones,
        narrow: ones,
        [POOL_INPUT]: pool,
        [dropoutInput('weights')]: integers([2], 5, 500),
        [dropoutInput('hidden')]: integers([2], 5, 500),
      },
    );
    const expected = [5, 500].flatMap((row) => [...mask.subarray(row * COLUMNS, row * COLUMNS + 3)]);
    expect([...out.y.data]).toEqual(expected);
    expect([...out.z.data]).toEqual(expected);
  });

  test('gives a row the same mask wherever it stands', async () => {
    const rowOf = (found: Float32Array, place: number) => found.subarray(place * COLUMNS, (place + 1) * COLUMNS);
    const packed = await factors([3, COLUMNS], RATE, [7, 300, 9], pool);
    const padded = await factors([2, 2, COLUMNS], RATE, [9, 0, 300, 7], pool);
    expect(rowOf(padded, 3)).toEqual(rowOf(packed, 0));
    expect(rowOf(padded, 2)).toEqual(rowOf(packed, 1));
    expect(rowOf(padded, 0)).toEqual(rowOf(packed, 2));
    expect(rowOf(packed, 0)).not.toEqual(rowOf(packed, 1));
  });

  test('gives the same mask for the same seed and another one for another', async () => {
    const of = (seed: string) => factors([20, 30], 0.5, all.slice(0, 20), poolOf(30, seed));
    const [one, same, other] = await Promise.all(['a', 'a', 'b'].map(of));
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  test('lets a gradient through exactly where it let the value through', async () => {
    const graph = createGraph();
    const x = input(graph, 'x', ['T', 7]);
    const y = createDropout(graph, COLUMNS).apply(x, 0.5, 'here');
    const [d] = gradients(new Map([[y, input(graph, 'seed', y.shape)]]), [x]);
    const of = (value: number) => values([6, 7], ...Array<number>(42).fill(value));
    const rows = integers([6], 1, 2, 3, 4, 5, 6);
    const out = await run(
      graph,
      { y, d: d! },
      { x: of(1), seed: of(3), [POOL_INPUT]: pool, [dropoutInput('here')]: rows },
    );
    expect(new Set(out.y.data)).toEqual(new Set([0, 2]));
    expect([...out.d.data]).toEqual([...out.y.data].map((value) => 3 * value));
  });

  test('lists what it wants of the host, one entry for each use', () => {
    const graph = createGraph();
    const dropout = createDropout(graph, COLUMNS);
    dropout.apply(input(graph, 'x', ['T', 4]), 0.1, 'hidden');
    dropout.apply(input(graph, 'w', ['B', 2, 'L', 'L']), 0.1, 'weights');
    expect(dropout.sites).toEqual([
      { name: 'hidden', shape: ['T'] },
      { name: 'weights', shape: ['B', 2, 'L'] },
    ]);
    const wanted = graph.inputs.filter(({ dtype }) => dtype === 'int32').map(({ name, shape }) => [name, shape]);
    expect(wanted).toEqual([
      ['dropout_rows.hidden', ['T']],
      ['dropout_rows.weights', ['B', 2, 'L']],
    ]);
    expect(graph.inputs.filter(({ name }) => name === POOL_INPUT)).toHaveLength(1);
  });

  test('does nothing, and wants nothing, at a rate of 0 or when it is off', () => {
    const graph = createGraph();
    const x = input(graph, 'x', [3]);
    const dropout = createDropout(graph, 10);
    expect(dropout.apply(x, 0, 'here')).toBe(x);
    expect(noDropout.apply(x, 0.9, 'here')).toBe(x);
    expect([dropout.sites, noDropout.sites]).toEqual([[], []]);
    expect(graph.inputs).toEqual([x]);
  });

  test('refuses a tensor wider than the pool', () => {
    const graph = createGraph();
    expect(() => createDropout(graph, 2).apply(input(graph, 'x', [4, 3]), 0.5, 'here')).toThrow(
      'Slice in the graph: expected an axis 1 of at least 3, got [512, 2].',
    );
  });
});

describe('the gradient of dropout is its slope', () => {
  const given = (shape: readonly number[]) => ({
    [POOL_INPUT]: poolOf(5, 'slope'),
    [dropoutInput('here')]: integers(shape, ...all.slice(40, 40 + elements(shape))),
  });
  agree([
    {
      name: 'on rows',
      shapes: [[4, 5]],
      names: [['T', 5]],
      given: given([4]),
      build: ([x]) => createDropout(x.graph, 5).apply(exp(x), 0.4, 'here'),
    },
    {
      name: 'on the weights of an attention, narrower than the pool',
      shapes: [[2, 3, 3]],
      names: [['B', 'L', 'L']],
      given: given([2, 3]),
      build: ([x]) => createDropout(x.graph, 5).apply(softmax(x), 0.4, 'here'),
    },
  ]);
});

describe('the pool row of a row', () => {
  const rowsOf = (seed: number, count: number) => Array.from({ length: count }, (_, row) => poolRow(seed, row));

  test('is one of the pool’s, for seeds and rows up to the largest', () => {
    for (const seed of [0, 1, 0x7fffffff, 0xffffffff])
      for (const row of [0, 1, 0x80000000, 0xffffffff]) {
        const found = poolRow(seed, row);
        expect(Number.isInteger(found) && found >= 0 && found < POOL_ROWS).toBe(true);
      }
  });

  test('is every one of them about as often', () => {
    const counts = new Array<number>(POOL_ROWS).fill(0);
    for (const row of rowsOf(1234, 100 * POOL_ROWS)) counts[row]++;
    // Each count is near a Poisson number of mean 100; six deviations are 60.
    expect(Math.min(...counts)).toBeGreaterThan(40);
    expect(Math.max(...counts)).toBeLessThan(160);
  });

  test('is the same for the same seed, and hardly ever for another seed or the next row', () => {
    expect(rowsOf(5, 100)).toEqual(rowsOf(5, 100));
    const [a, b] = [rowsOf(5, 5120), rowsOf(6, 5120)];
    const equal = (of: (row: number, i: number) => boolean) => a.filter(of).length;
    // 1 in 512 by chance: 10 of 5120, and 30 are over six deviations
    expect(equal((row, i) => row === b[i])).toBeLessThan(30);
    expect(equal((row, i) => i > 0 && row === a[i - 1])).toBeLessThan(30);
  });
});

test('the pool is uniform between 0 and 1', () => {
  const { data } = poolOf(100, 'uniform') as { data: Float32Array };
  for (const limit of [0.1, 0.5, 0.9]) {
    const share = data.filter((value) => value < limit).length / data.length;
    expect(Math.abs(share - limit)).toBeLessThan(0.009); // four deviations of 51,200 draws
  }
  expect(data.every((value) => value >= 0 && value <= 1)).toBe(true);
});
