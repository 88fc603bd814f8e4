import { describe, expect, test } from 'vitest';
import { bootstrap } from '../../../offline/metrics/bootstrap.ts';
import { type AnsweredStart, startFacts, startsOf, weightedStarts } from '../../../offline/metrics/starts.ts';

/** 120 bpm in fours from 1 s on: beats at 1, 1.5, 2, … s, downbeats at 1, 3, 5, … s. */
const grid = {
  beatsMs: Uint32Array.from({ length: 100 }, (_, i) => 1000 + 500 * i),
  downbeats: Uint32Array.from({ length: 25 }, (_, i) => 4 * i),
};
const start = (foundSec: number, trueSec: number, withGrid = true): AnsweredStart => {
  const row = { found: { startSec: foundSec }, truth: { startSec: trueSec } };
  return { ...row, ...startFacts(row, withGrid ? grid : undefined) };
};

describe('starts', () => {
  test('are off by the median of what they are off, whichever way', () => {
    expect(startsOf([start(10, 12), start(12.3, 12), start(40, 12)])['start error']).toBeCloseTo(2, 12);
  });

  test('are within half a second, or within a beat of the track, up to that and no further', () => {
    const rows = [start(12.5, 12), start(12.51, 12), start(11.5, 12), start(9, 12)];
    const scores = startsOf(rows);
    expect([scores['≤ 0.5 s'], scores['≤ a beat']]).toEqual([0.5, 0.5]);
    const slow = { ...start(12.9, 12), beatSec: 1 };
    expect(startsOf([slow])).toMatchObject({ '≤ 0.5 s': 0, '≤ a beat': 1 });
  });

  test('are on a downbeat within 70 ms of it, on another beat not', () => {
    const at = [3, 3.07, 2.93, 3.08, 3.5, 4].map((foundSec) => start(foundSec, 0).onDownbeat);
    expect(at).toEqual([true, true, true, false, false, false]);
  });

  test('of tracks whose beats are not known count where beats are not asked for', () => {
    const scores = startsOf([start(5, 5), start(5.2, 5, false), start(8, 5, false)]);
    expect(scores).toEqual({
      'start error': expect.closeTo(0.2, 9),
      '≤ 0.5 s': 2 / 3,
      '≤ a beat': 1,
      'on a downbeat': 1,
    });
    expect(Object.keys(startsOf([start(5, 5, false)]))).toEqual(['start error', '≤ 0.5 s']);
  });

  test('of a network that finds no moments are not told', () => {
    expect(startsOf([start(Number.NaN, 5)])).toEqual({});
  });

  test('weigh as often as their rows are drawn, and a draw without a known row says nothing', () => {
    const rows = [start(5, 5), start(9, 5), start(5.1, 5, false)];
    const of = weightedStarts(rows);
    expect(of(Float64Array.of(1, 3, 0))).toMatchObject({ 'start error': 4, '≤ 0.5 s': 0.25, 'on a downbeat': 1 });
    expect(of(Float64Array.of(0, 0, 2))['≤ a beat']).toBeNaN();
    const videos = ['a', 'b', 'c'];
    const intervals = bootstrap(videos, of as never, { seed: '1', draws: 200 });
    for (const bound of Object.values(intervals).flat()) expect(bound).not.toBeNaN();
  });
});
