import fc from 'fast-check';
import { expect, test } from 'vitest';
import { barLines, beatsInside, lineFrom, nearestLine, spacingAround } from '../../../index/moment/beat-grid.ts';
import { anyTrack, SILENT_GRID, share, spanIn, steadyMusic } from './music.ts';

const lines = [100, 200, 400];

test('the nearest line is the earlier of two as near, and -1 where there is none', () => {
  expect([0, 149, 150, 151, 299, 301, 999].map((atMs) => nearestLine(lines, atMs))).toEqual([0, 0, 0, 1, 1, 2, 2]);
  expect(nearestLine([], 5)).toBe(-1);
});

test('the first line from a time on is that time\u2019s own', () => {
  expect([0, 100, 101, 400, 401].map((atMs) => lineFrom(lines, atMs))).toEqual([0, 0, 1, 2, 3]);
});

test('spacing before the first line and behind the last is that of the nearest two', () => {
  expect([0, 150, 250, 900].map((atMs) => spacingAround(lines, atMs))).toEqual([100, 100, 200, 200]);
  expect(spacingAround([100], 100)).toBe(0);
  expect(spacingAround([], 100)).toBe(0);
});

test('a moment from 1.2 s to 3.2 s at 120 bpm has four beats, the second of them a downbeat', () => {
  const music = steadyMusic(500, { untilMs: 10_000 });
  expect(beatsInside(music, { startMs: 1200, endMs: 3200 })).toEqual({
    beatsMs: [300, 800, 1300, 1800],
    downbeatsMs: [800],
  });
});

test('a beat at the start belongs to the moment, one at its end to what follows', () => {
  const music = steadyMusic(500, { untilMs: 10_000 });
  expect(beatsInside(music, { startMs: 2000, endMs: 3000 })).toEqual({ beatsMs: [0, 500], downbeatsMs: [0] });
});

test('music without a pulse has no beats inside', () => {
  expect(beatsInside(SILENT_GRID, { startMs: 0, endMs: 9000 })).toEqual({ beatsMs: [], downbeatsMs: [] });
});

test('beats inside are always inside, downbeats always among them, and none is ever left out', () => {
  fc.assert(
    fc.property(anyTrack, share, share, ({ trackMs, music }, one, other) => {
      const span = spanIn(trackMs, one, other);
      const { beatsMs, downbeatsMs } = beatsInside(music, span);
      const isInside = (atMs: number): boolean => atMs >= span.startMs && atMs < span.endMs;
      expect(beatsMs.map((atMs) => atMs + span.startMs)).toEqual([...music.beatsMs].filter(isInside));
      expect(downbeatsMs.map((atMs) => atMs + span.startMs)).toEqual([...barLines(music)].filter(isInside));
    }),
  );
});
