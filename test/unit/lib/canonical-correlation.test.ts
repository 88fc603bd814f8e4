import { expect, test } from 'vitest';
import { addSamples, canonicalDirections, emptySums, type Sums } from '../../../offline/lib/canonical-correlation.ts';
import { createRandom } from '../../../offline/lib/random.ts';

const random = createRandom('canonical');
const normals = (count: number) => Array.from({ length: count }, () => random.normal());
const NONE = { x: 0, y: 0 };

/** Two of four numbers of x and two of three of y follow what both share, the second less so; forty values of y, each with several x. */
const samples = Array.from({ length: 40 }, () => {
  const [one, other] = normals(2);
  const [a, b, c] = normals(3);
  const xs = Array.from({ length: 1 + random.integer(9) }, () => {
    const [p, q, r, s] = normals(4);
    return [3 * one + p, q, one + other + 2 * r, 0.2 * s - 5];
  });
  return { xs, y: [a - one, 7 + 0.3 * other + 0.3 * b, c] };
});

const sumsOf = (some: typeof samples): Sums => {
  const sums = emptySums(4, 3);
  for (const { xs, y } of some) addSamples(sums, xs, y);
  return sums;
};

test('values along the directions deviate by 1, and go together only with those along the other side’s same direction, as much as it says', () => {
  const found = canonicalDirections(sumsOf(samples), NONE, 3)!;
  const along = (side: 'x' | 'y', row: number, values: readonly number[]) =>
    values.reduce((sum, value, i) => sum + found[side].get(row, i) * (value - found.mean[side][i]), 0);
  const pairs = samples.flatMap(({ xs, y }) => xs.map((x) => ({ x, y })));
  const product = (one: 'x' | 'y', i: number, other: 'x' | 'y', j: number) =>
    pairs.reduce((sum, pair) => sum + along(one, i, pair[one]) * along(other, j, pair[other]), 0) / pairs.length;
  for (const i of [0, 1, 2])
    for (const j of [0, 1, 2]) {
      expect(product('x', i, 'x', j)).toBeCloseTo(i === j ? 1 : 0, 9);
      expect(product('y', i, 'y', j)).toBeCloseTo(i === j ? 1 : 0, 9);
      expect(product('x', i, 'y', j)).toBeCloseTo(i === j ? found.correlations[i] : 0, 9);
    }
  expect(found.correlations[0]).toBeGreaterThan(found.correlations[1]);
  expect(found.correlations[1]).toBeGreaterThan(found.correlations[2]);
  for (const side of ['x', 'y'] as const) for (const power of found.power[side]) expect(power).toBeCloseTo(1, 9);
});

test('of one number a side it is how much the two go together', () => {
  const sums = emptySums(1, 1);
  for (const [x, y] of [
    [1, 2],
    [2, 1],
    [3, 6],
    [6, 3],
  ])
    addSamples(sums, [[x]], [y]);
  // deviations from 3: x -2, -1, 0, 3; y -1, -2, 3, 0
  expect(canonicalDirections(sums, NONE, 1)!.correlations[0]).toBeCloseTo(4 / 14, 12);
  // with as much again on both diagonals half of it is left
  expect(canonicalDirections(sums, { x: 1, y: 1 }, 1)!.correlations[0]).toBeCloseTo(2 / 14, 12);
});

test('samples that share their y are those samples one by one', () => {
  const single = samples.flatMap(({ xs, y }) => xs.map((x) => ({ xs: [x], y })));
  const [together, apart] = [sumsOf(samples), sumsOf(single)];
  for (const key of ['x', 'y', 'xx', 'yy', 'xy'] as const)
    for (const [i, value] of together[key].entries()) expect(value).toBeCloseTo(apart[key][i], 9);
});

test('of what never varies there are no directions, and of fewer samples than numbers a ridge makes some', () => {
  const same = emptySums(4, 3);
  addSamples(same, [samples[0].xs[0], samples[1].xs[0]], samples[0].y);
  const ridge = { x: 0.1, y: 0.1 };
  expect(canonicalDirections(same, ridge, 3)).toBeUndefined(); // y is the same
  expect(canonicalDirections(emptySums(4, 3), ridge, 3)).toBeUndefined();
  const two = [0, 1].map((i) => ({ xs: samples[i].xs.slice(0, 1), y: samples[i].y }));
  expect(canonicalDirections(sumsOf(two), NONE, 3)).toBeUndefined();
  const few = canonicalDirections(sumsOf(two), ridge, 3)!;
  for (const value of [...few.x.to1DArray(), ...few.y.to1DArray()]) expect(Number.isFinite(value)).toBe(true);
});
