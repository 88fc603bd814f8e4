import { describe, expect, test } from 'vitest';
import { meanOfPatches, patchesOf, segmentsOf, windowOf } from '../../../offline/encoders/segments.ts';

describe('segments', () => {
  test.each([
    [0.2, 1],
    [2.49, 1],
    [2.5, 2],
    [30, 13],
    [237.5, 96],
    [300, 96],
  ])('of %d s are %d', (durationSec, segments) => {
    expect(segmentsOf(durationSec)).toBe(segments);
  });

  test('reach 5 s to either side of their centre, within the track', () => {
    expect(windowOf(0, 30)).toEqual({ fromSec: 0, toSec: 5 });
    expect(windowOf(4, 30)).toEqual({ fromSec: 5, toSec: 15 });
    expect(windowOf(12, 30)).toEqual({ fromSec: 25, toSec: 30 });
  });
});

describe('patches of a tower that sees 3 s every 1.25 s', () => {
  const grid = { windowSec: 3, hopSec: 1.25 };

  test.each([
    [0.2, 1],
    [3, 1],
    [4.24, 1],
    [4.25, 2],
    [30, 22],
  ])('of %d s are %d, all within the track but the only one of a short one', (durationSec, patches) => {
    expect(patchesOf(durationSec, grid)).toBe(patches);
  });

  test('are averaged over the segment in which their middles lie', () => {
    // Middles at 1.5, 2.75, 4, 5.25, 6.5, … s; each patch is its own number.
    const patches = Float32Array.from({ length: patchesOf(30, grid) }, (_, i) => i);
    const tokens = meanOfPatches(patches, 1, 30, grid);
    expect(tokens.length).toBe(13);
    expect(tokens[0]).toBe(1); // 0 to 5 s: 0, 1, 2
    expect(tokens[1]).toBe(2); // 0 to 7.5 s: 0 to 4 (6.5 s)
    expect(tokens[4]).toBe(6.5); // 5 to 15 s: 3 (5.25 s) to 10 (14 s)
    expect(tokens[12]).toBe(20); // 25 to 30 s: 19 (25.25 s) to 21 (27.75 s)
  });

  test('give the last segment the nearest patch where no middle lies in it', () => {
    // 62.6 s of patches of 3 s every 20 s: middles at 1.5, 21.5, 41.5 s.
    const sparse = { windowSec: 3, hopSec: 20 };
    const tokens = meanOfPatches(Float32Array.of(0, 1, 2), 1, 62.6, sparse);
    expect(tokens[25], '57.5 to 62.6 s').toBe(2);
    expect(tokens[5], '7.5 to 17.5 s').toBe(0);
  });

  test('of a track shorter than a patch are its only token', () => {
    expect([...meanOfPatches(Float32Array.of(7, 8), 2, 0.2, grid)]).toEqual([7, 8]);
  });
});
