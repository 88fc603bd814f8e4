import fc from 'fast-check';
import { expect, test } from 'vitest';
import { barLines } from '../../../index/moment/beat-grid.ts';
import { snapTo } from '../../../index/moment/snap.ts';
import { nearestBars, repeatableBars } from '../../../index/moment/whole-bars.ts';
import { anyTrack, SILENT_GRID, share, steadyMusic } from './music.ts';

const music = steadyMusic(500, { firstMs: 1000, untilMs: 60_000 }); // bars of 2 s from 1 s on
const at = (startMs: number, lengthMs: number) => ({ startMs, endMs: startMs + lengthMs });

test('a clip of 14.9 s takes seven bars of 2 s, one of 15.1 s takes eight, around the same middle', () => {
  expect(nearestBars(at(20_300, 14_900), 14_900, 60_000, music)).toEqual({ ...at(20_750, 14_000), bars: 7 });
  expect(nearestBars(at(20_300, 15_100), 15_100, 60_000, music)).toEqual({ ...at(19_850, 16_000), bars: 8 });
});

test('a clip shorter than half a bar takes one bar', () => {
  expect(nearestBars(at(20_300, 700), 700, 60_000, music)).toEqual({ ...at(19_650, 2000), bars: 1 });
});

test('bars are counted on the lines of the track: where it slows, fewer fit under the clip', () => {
  const lines = [0, 2000, 4000, 6500, 9500];
  const slowing = { ...SILENT_GRID, beatsMs: Uint32Array.from(lines), downbeats: Uint32Array.of(0, 1, 2, 3, 4) };
  expect(nearestBars(at(100, 6000), 6000, 12_000, slowing)).toEqual({ ...at(0, 6500), bars: 3 });
  expect(nearestBars(at(4100, 6000), 6000, 12_000, slowing)).toEqual({ ...at(4350, 5500), bars: 2 });
});

test('at the track\u2019s end the moment begins as much earlier as its bars need', () => {
  // Ten bars from 41 s would end at 61 s: the ten from 39 s do not, and snapping will find that line.
  const found = nearestBars(at(40_300, 19_700), 19_700, 60_000, music)!;
  expect(found).toEqual({ ...at(40_000, 20_000), bars: 10 });
  expect(snapTo('downbeat', found, { startMs: 0, endMs: 60_000 }, music)).toEqual({ kind: 'downbeat', shiftMs: -1000 });
});

test('a track of fewer bars than the clip asks for gives those it has', () => {
  expect(nearestBars(at(0, 9000), 30_000, 9000, music)).toEqual({ ...at(500, 8000), bars: 4 });
});

test('bars go on behind the last known line: a file cut to four bars is four bars long', () => {
  const four = steadyMusic(500, { untilMs: 8000 });
  expect(repeatableBars(at(0, 8000), 20_000, 8000, four)).toEqual({ ...at(0, 8000), bars: 4 });
});

test('a rest of half a minute is no bar: a clip of 8 s beside it takes four bars of 2 s, not the rest', () => {
  const lines = [0, 2000, 4000, 6000, 36_000, 38_000, 40_000, 42_000];
  const rest = { ...SILENT_GRID, beatsMs: Uint32Array.from(lines), downbeats: Uint32Array.from(lines.keys()) };
  for (const startMs of [3000, 10_000, 33_000])
    for (const find of [nearestBars, repeatableBars]) {
      const found = find(at(startMs, 8000), 8000, 44_000, rest)!;
      expect([found.bars, found.endMs - found.startMs]).toEqual([4, 8000]);
    }
});

test('a rest before the second line, or before the last, is not how long bars go on', () => {
  const lines = [20_000, 50_000, 52_000, 54_000, 56_000, 90_000];
  const rest = { ...SILENT_GRID, beatsMs: Uint32Array.from(lines), downbeats: Uint32Array.from(lines.keys()) };
  expect(nearestBars(at(0, 6000), 6000, 120_000, rest)).toEqual({ ...at(0, 6000), bars: 3 });
  expect(nearestBars(at(112_000, 6000), 6000, 120_000, rest)).toEqual({ ...at(112_000, 6000), bars: 3 });
});

test('on a long track nothing is repeated: the fewest bars that cover the clip', () => {
  expect(repeatableBars(at(20_300, 14_100), 14_100, 60_000, music)).toEqual({ ...at(19_350, 16_000), bars: 8 });
});

test('a short track is repeated as seldom as it can be, by passes of about equal length', () => {
  const short = steadyMusic(500, { untilMs: 30_000 }); // 15 bars
  expect(repeatableBars(at(10_000, 8000), 40_000, 30_000, short)).toEqual({ ...at(4000, 20_000), bars: 10 });
});

test('a track without bars, or shorter than one, has no whole bars', () => {
  for (const find of [nearestBars, repeatableBars]) {
    expect(find(at(0, 5000), 5000, 60_000, SILENT_GRID)).toBeUndefined();
    expect(find(at(0, 1500), 5000, 1500, music)).toBeUndefined();
    expect(find(at(0, 5000), 5000, 60_000, { ...music, downbeats: Uint32Array.of(3) })).toBeUndefined();
  }
});

const clip = fc.integer({ min: 100, max: 60_000 });

test('whole bars always lie inside the track, in integer milliseconds', () => {
  fc.assert(
    fc.property(anyTrack, clip, share, ({ trackMs, music }, clipMs, where) => {
      const lengthMs = Math.min(clipMs, trackMs);
      const span = at(Math.floor(where * (trackMs - lengthMs)), lengthMs);
      for (const find of [nearestBars, repeatableBars]) {
        const found = find(span, clipMs, trackMs, music);
        if (!found) continue;
        expect(found.startMs).toBeGreaterThanOrEqual(0);
        expect(found.endMs).toBeLessThanOrEqual(trackMs);
        expect(found.endMs).toBeGreaterThan(found.startMs);
        expect(found.bars).toBeGreaterThanOrEqual(1);
        expect([found.startMs, found.endMs].every(Number.isInteger)).toBe(true);
      }
    }),
  );
});

test('with a line known in every part of the track, a snapped start always takes the end to a line too', () => {
  const gaps = fc.array(fc.integer({ min: 2600, max: 5000 }), { minLength: 30, maxLength: 60 });
  fc.assert(
    fc.property(gaps, clip, share, (bars, clipMs, where) => {
      const lines = [0];
      for (const bar of bars) lines.push(lines.at(-1)! + bar);
      const trackMs = lines.at(-1)!;
      const known = {
        ...SILENT_GRID,
        beatsMs: Uint32Array.from(lines),
        downbeats: Uint32Array.from(lines, (_, i) => i),
      };
      const lengthMs = Math.min(clipMs, trackMs);
      const span = at(Math.floor(where * (trackMs - lengthMs)), lengthMs);
      for (const find of [nearestBars, repeatableBars]) {
        const found = find(span, clipMs, trackMs, known)!;
        const { kind, shiftMs } = snapTo('downbeat', found, { startMs: 0, endMs: trackMs }, known);
        expect(kind).toBe('downbeat');
        expect([...barLines(known)]).toContain(found.endMs + shiftMs);
      }
    }),
  );
});
