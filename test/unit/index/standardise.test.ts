import fc from 'fast-check';
import { expect, test } from 'vitest';
import { standardise, statisticsOf } from '../../../index/format/standardise.ts';

const info = { name: 'test', width: 2, statistics: { mean: [10, -1], deviation: [2, 0.5] } };

test('takes the mean away and divides by the deviation, column by column', () => {
  expect([...standardise(Float32Array.of(12, -1, 9, -0.5), info)]).toEqual([1, 0, -0.5, 1]);
});

test('nothing goes beyond four deviations', () => {
  expect([...standardise(Float32Array.of(1000, -1000), info)]).toEqual([4, -4]);
});

test('a value that never varied in training says nothing', () => {
  const constant = { ...info, statistics: { mean: [10, -1], deviation: [0, 0.5] } };
  expect([...standardise(Float32Array.of(99, -1), constant)]).toEqual([0, 0]);
});

test('leaves the raw tokens as they are', () => {
  const raw = Float32Array.of(12, -1);
  standardise(raw, info);
  expect([...raw]).toEqual([12, -1]);
});

test('refuses tokens of another width, naming the encoder', () => {
  expect(() => standardise(new Float32Array(3), info)).toThrow('expected tokens of width 2 (test), got 3 values');
});

test('leaves tokens as they are where the encoder has no statistics, however large', () => {
  const raw = Float32Array.of(100, -7);
  const out = standardise(raw, { name: 'clip', width: 2 });
  expect([...out]).toEqual([100, -7]);
  expect(out).not.toBe(raw);
});

test('the statistics of 1, 2, 3, 4 are a mean of 2.5 and a deviation of the square root of 1.25', () => {
  const { mean, deviation } = statisticsOf([Float32Array.of(1, 5, 2, 5), Float32Array.of(3, 5, 4, 5)], 2);
  expect(mean).toEqual([2.5, 5]);
  expect(deviation[0]).toBeCloseTo(Math.sqrt(1.25), 12);
  expect(deviation[1]).toBe(0);
});

test('a small spread around a large mean is not lost', () => {
  expect(statisticsOf([Float32Array.of(1e6, 1e6 + 1)], 1).deviation[0]).toBe(0.5);
});

test('statistics of nothing are refused', () => {
  expect(() => statisticsOf([], 2)).toThrow('expected at least one token');
  expect(() => statisticsOf([new Float32Array(3)], 2)).toThrow('expected tokens of width 2, got 3');
});

test('standardised by its own statistics, any data has mean 0 and deviation 1 or 0', () => {
  const values = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 2, maxLength: 15 });
  fc.assert(
    fc.property(values, (list) => {
      const raw = Float32Array.from(list);
      const own = statisticsOf([raw], 1);
      const again = statisticsOf([standardise(raw, { name: 'own', width: 1, statistics: own })], 1);
      expect(again.mean[0]).toBeCloseTo(0, 2);
      expect(again.deviation[0] < 1e-9 || Math.abs(again.deviation[0] - 1) < 1e-2).toBe(true);
    }),
  );
});
