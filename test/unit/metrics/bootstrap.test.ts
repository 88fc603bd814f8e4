import { describe, expect, test } from 'vitest';
import { pairedDifference } from '../../../offline/evaluate/evaluation.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { bootstrap, quantile } from '../../../offline/metrics/bootstrap.ts';
import { meanOf } from '../../../offline/metrics/scores.ts';

const names = (count: number) => Array.from({ length: count }, (_, i) => `video ${i}`);
const meanStatistic = (values: readonly number[]) => {
  const mean = meanOf(Float64Array.from(values));
  return (weights: Float64Array) => ({ mean: mean(weights) });
};
const usual = { seed: 'a', draws: 4000 };

describe('bootstrap intervals', () => {
  test('of a share are as wide as the normal approximation says', () => {
    // 100 of 400: 0.25 ± 1.96 √(0.25 · 0.75 / 400) = 0.25 ± 0.0424
    const values = names(400).map((_, i) => Number(i < 100));
    const [low, high] = bootstrap(names(400), meanStatistic(values), usual).mean;
    expect(Math.abs(low - 0.2076)).toBeLessThan(0.004);
    expect(Math.abs(high - 0.2924)).toBeLessThan(0.004);
  });

  test('are wider where videos have several rows that agree: the videos are drawn, not the rows', () => {
    // 40 videos of 10 equal rows are 40 pieces of evidence: 0.25 ± 1.96 √(0.25 · 0.75 / 40) = 0.25 ± 0.134
    const videos = Array.from({ length: 400 }, (_, i) => `video ${Math.floor(i / 10)}`);
    const values = videos.map((_, i) => Number(i < 100));
    const [low, high] = bootstrap(videos, meanStatistic(values), usual).mean;
    expect(Math.abs(high - low - 0.268)).toBeLessThan(0.03);
  });

  test('are equal for equal seeds, and differ for others', () => {
    const random = createRandom('values');
    const values = names(50).map(() => random.uniform());
    const of = (seed: string) => bootstrap(names(50), meanStatistic(values), { seed, draws: 100 }).mean;
    expect(of('1')).toEqual(of('1'));
    expect(of('1')).not.toEqual(of('2'));
  });

  test('of what never varies are a point', () => {
    expect(bootstrap(names(9), meanStatistic(new Array(9).fill(0.5)), usual).mean).toEqual([0.5, 0.5]);
  });
});

test('a quantile lies between its neighbours in proportion, and infinity is its own neighbour', () => {
  expect(quantile([0, 10, 20, 30, 40], 0.5)).toBe(20);
  expect(quantile([0, 10, 20, 30, 40], 0.9)).toBeCloseTo(36, 12);
  expect(quantile([1, Infinity, Infinity], 0.75)).toBe(Infinity);
});

test('a paired difference is sure where every clip gains the same, however much the clips differ', () => {
  const random = createRandom('clips');
  const one = names(60).map(() => ({ rank: 1 + random.integer(20), iou: random.uniform(0, 0.6) }));
  const other = one.map(({ rank, iou }) => ({ rank, iou: iou + 0.05 }));
  const { scores, intervals } = pairedDifference(names(60), one, other, { seed: '1', draws: 500 });
  expect(scores.mIoU).toBeCloseTo(0.05, 12);
  expect(intervals.mIoU[0]).toBeCloseTo(0.05, 12);
  expect(intervals.mIoU[1]).toBeCloseTo(0.05, 12);
  expect([scores['median rank'], ...intervals['median rank']]).toEqual([0, 0, 0]);
});
