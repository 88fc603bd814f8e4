import { expect, test } from 'vitest';
import { shareOf } from '../../../offline/metrics/share.ts';

test('five of five are at least 57 %, and none of five at most 43 %', () => {
  const { share, interval, of } = shareOf([1, 1, 1, 1, 1]);
  expect([share, of, interval[1]]).toEqual([1, 5, 1]);
  expect(interval[0]).toBeCloseTo(0.5655, 4); // 1 / (1 + 3.8415 / 5)
  expect(shareOf([0, 0, 0, 0, 0]).interval[1]).toBeCloseTo(0.4345, 4);
});

test("a half of ten is Wilson's 23.7 to 76.3 %", () => {
  const { interval } = shareOf([1, 0, 1, 0, 1, 0, 1, 0, 1, 0]);
  expect(interval.map((bound) => bound.toFixed(4))).toEqual(['0.2366', '0.7634']);
});

test('cases of one group count once in how sure a share is, and fully in the share', () => {
  const alone = shareOf([1, 0]);
  const twice = shareOf([1, 1, 0, 0], ['a', 'a', 'b', 'b']);
  expect(twice).toEqual(alone);
});

test('what is not known of a case leaves it out', () => {
  expect(shareOf([1, Number.NaN, 0])).toEqual(shareOf([1, 0]));
  const none = shareOf([Number.NaN]);
  expect([none.share, none.of, none.interval]).toEqual([Number.NaN, 0, [0, 1]]);
});
