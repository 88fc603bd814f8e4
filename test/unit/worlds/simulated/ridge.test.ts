import { expect, test } from 'vitest';
import { createRandom } from '../../../../offline/lib/random.ts';
import { addSample, emptySums, predictCentred, solveRidge } from '../../../../offline/worlds/simulated/ridge.ts';

test('gives back a linear map from samples without noise', () => {
  const random = createRandom('ridge');
  const normals = (count: number) => Array.from({ length: count }, () => random.normal());
  const [n, m] = [7, 3];
  const truth = normals(n * m); // [n, m]
  const map = (x: number[]) =>
    Array.from({ length: m }, (_, j) => 5 + x.reduce((sum, v, i) => sum + v * truth[i * m + j], 0));
  const sums = emptySums(n, m);
  for (let i = 0; i < 60; i++) {
    const x = normals(n).map((value) => value + 2);
    addSample(sums, x, map(x));
  }
  const found = solveRidge(sums, 0);
  found.weights.forEach((value, i) => {
    expect(value).toBeCloseTo(truth[i], 9);
  });
  const x = normals(n);
  predictCentred(found, x).forEach((value, j) => {
    expect(value + found.meanY[j]).toBeCloseTo(map(x)[j], 9);
  });
});

test('shrinks a slope by hand: x = -1, 0, 1 and y = 2x with a strength of 1 give a slope of 1', () => {
  const sums = emptySums(1, 1);
  for (const x of [-1, 0, 1]) addSample(sums, [x], [2 * x]);
  expect(solveRidge(sums, 1).weights[0]).toBe(1); // 4 / (2 + 1 · 2)
});

test('says what to do when nothing can be solved for', () => {
  const sums = emptySums(2, 1);
  expect(() => solveRidge(sums, 1)).toThrow('ridge: expected at least one sample, got none.');
  addSample(sums, [1, 3], [1]); // the second value never varies
  addSample(sums, [2, 3], [2]);
  expect(() => solveRidge(sums, 0)).toThrow(/expected a positive definite matrix.*Raise the strength/);
});
