import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLUSTER_MS, clusterStarts } from '../../../offline/cues/cluster.ts';
import { useAt } from './one-use.ts';

const starts = (...ms: number[]) => clusterStarts(ms.map((startMs) => useAt(startMs)));

describe('the starts of a track', () => {
  test('within a second are one cue, at the middle one, with their count', () => {
    expect(starts(10_900, 10_000, 10_200)).toEqual([{ startMs: 10_200, count: 3, widthMs: 10_000 }]);
  });

  test('more than a second apart are two', () => {
    expect(starts(10_000, 11_000)).toHaveLength(1);
    expect(starts(10_000, 11_001)).toHaveLength(2);
  });

  test('are ordered by their uses, of equals the earliest first', () => {
    expect(starts(50_000, 0, 30_000, 30_500).map(({ startMs, count }) => [startMs, count])).toEqual([
      [30_000, 2],
      [0, 1],
      [50_000, 1],
    ]);
  });

  test('in a chain are gathered around the fullest, not all in one', () => {
    // 9.9 s and 10.8 s have four within a second each, 10.8 s closer; what is left at the ends are cues of their own.
    expect(starts(9_000, 9_900, 10_800, 10_800, 11_700, 12_600)).toEqual([
      { startMs: 10_800, count: 4, widthMs: 10_000 },
      { startMs: 9_000, count: 1, widthMs: 10_000 },
      { startMs: 12_600, count: 1, widthMs: 10_000 },
    ]);
  });

  test('of two are at the earlier: a place between was used by nobody', () => {
    expect(starts(600, 0)[0].startMs).toBe(0);
  });

  test('have the middle length of their uses', () => {
    const uses = [9_000, 30_000, 12_000].map((length) => useAt(5_000, { endMs: 5_000 + length }));
    expect(clusterStarts(uses)).toEqual([{ startMs: 5_000, count: 3, widthMs: 12_000 }]);
  });

  test('of a track used everywhere are its sixteen most used', () => {
    const everywhere = Array.from({ length: 40 }, (_, i) => 5_000 * i);
    expect(starts(...everywhere, 100_000, 150_000).map(({ count }) => count)).toEqual([2, 2, ...Array(14).fill(1)]);
  });

  test('never depend on the order of the log; each use counts once, for a cue at most two seconds away', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9_000 }), { minLength: 1, maxLength: 30 }), (ms) => {
        const cues = starts(...ms);
        expect(starts(...ms.toReversed())).toEqual(cues);
        expect(cues.reduce((sum, { count }) => sum + count, 0)).toBe(ms.length); // nine seconds hold at most ten cues
        for (const startMs of ms)
          expect(cues.some((cue) => Math.abs(cue.startMs - startMs) <= 2 * CLUSTER_MS)).toBe(true);
      }),
    );
  });

  test('of none are none', () => {
    expect(clusterStarts([])).toEqual([]);
  });
});
