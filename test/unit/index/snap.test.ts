import fc from 'fast-check';
import { expect, test } from 'vitest';
import { barLines, HALF_BAR_MS, HALF_BEAT_MS } from '../../../index/moment/beat-grid.ts';
import { type Snap, snapTo } from '../../../index/moment/snap.ts';
import { anyTrack, SILENT_GRID, share, spanIn, steadyMusic } from './music.ts';

const music = steadyMusic(500, { firstMs: 1000, untilMs: 60_000 }); // downbeats at 1, 3, 5 … 59 s
const track = { startMs: 0, endMs: 60_000 };
const at = (startMs: number, lengthMs = 10_000) => ({ startMs, endMs: startMs + lengthMs });

test('the start moves onto the nearest downbeat, back or forth, and stays on one it is on', () => {
  expect(snapTo('downbeat', at(5900), track, music)).toEqual({ kind: 'downbeat', shiftMs: -900 });
  expect(snapTo('downbeat', at(6100), track, music)).toEqual({ kind: 'downbeat', shiftMs: 900 });
  expect(snapTo('downbeat', at(7000), track, music)).toEqual({ kind: 'downbeat', shiftMs: 0 });
});

test('midway between two downbeats the earlier is taken', () => {
  expect(snapTo('downbeat', at(6000), track, music)).toEqual({ kind: 'downbeat', shiftMs: -1000 });
});

test('asked for beats it takes the nearest beat, downbeat or not', () => {
  expect(snapTo('beat', at(5740), track, music)).toEqual({ kind: 'beat', shiftMs: -240 });
  expect(snapTo('beat', at(5760), track, music)).toEqual({ kind: 'beat', shiftMs: 240 });
});

test('asked for nothing it moves nothing', () => {
  expect(snapTo('none', at(5900), track, music)).toEqual({ kind: 'none', shiftMs: 0 });
});

test('leaves the start alone on a track with no beats', () => {
  expect(snapTo('downbeat', at(5900), track, SILENT_GRID)).toEqual({ kind: 'none', shiftMs: 0 });
});

test('takes beats, and says so, where a track has no downbeats or only one', () => {
  for (const downbeats of [[], [4]]) {
    const barless = { ...music, downbeats: Uint32Array.from(downbeats) };
    expect(snapTo('downbeat', at(5740), track, barless)).toEqual({ kind: 'beat', shiftMs: -240 });
  }
});

test('before the first downbeat half of the first bar is as far as it goes', () => {
  const late = steadyMusic(500, { firstMs: 4000, untilMs: 60_000 });
  expect(snapTo('downbeat', at(3000), track, late)).toEqual({ kind: 'downbeat', shiftMs: 1000 });
  expect(snapTo('downbeat', at(2999), track, late)).toEqual({ kind: 'none', shiftMs: 0 });
});

test('behind the last downbeat half of the last bar is as far as it goes, then beats are taken', () => {
  const faded = { ...music, downbeats: music.downbeats.subarray(0, 3) }; // the last at 5 s
  expect(snapTo('downbeat', at(6000), track, faded)).toEqual({ kind: 'downbeat', shiftMs: -1000 });
  expect(snapTo('downbeat', at(6100), track, faded)).toEqual({ kind: 'beat', shiftMs: -100 });
});

test('the bar around the start counts: where the tempo slows it moves further than half of the bar before', () => {
  const slowing = { ...music, beatsMs: Uint32Array.of(0, 400, 800, 2000), downbeats: Uint32Array.of(0, 2, 3) };
  expect(snapTo('downbeat', at(1390), track, slowing)).toEqual({ kind: 'downbeat', shiftMs: -590 });
});

test('bars of seven beats at 78 bpm do not move a start by 2.7 s: half a bar is 2 s at most', () => {
  const slow = { ...steadyMusic(769, { untilMs: 60_000 }), downbeats: Uint32Array.of(0, 7, 14) }; // at 0, 5383 and 10766 ms
  expect(snapTo('downbeat', at(7383), track, slow)).toEqual({ kind: 'downbeat', shiftMs: -2000 });
  expect(snapTo('downbeat', at(8074), track, slow)).toEqual({ kind: 'beat', shiftMs: 385 - 769 });
  expect(snapTo('beat', at(8000), track, slow)).toEqual({ kind: 'beat', shiftMs: -310 });
});

test('in the middle of a rest of twenty seconds a start stays where it is', () => {
  const rest = {
    ...music,
    beatsMs: Uint32Array.of(0, 500, 1000, 1500, 2000, 22_000),
    downbeats: Uint32Array.of(0, 4, 5),
  };
  for (const wanted of ['downbeat', 'beat'] as const)
    expect(snapTo(wanted, at(12_000), track, rest)).toEqual({ kind: 'none', shiftMs: 0 });
  expect(snapTo('downbeat', at(20_000), track, rest)).toEqual({ kind: 'downbeat', shiftMs: 2000 });
  expect(snapTo('beat', at(21_400), track, rest)).toEqual({ kind: 'beat', shiftMs: 600 });
});

test('a downbeat from which the moment would leave the track is not taken; the nearest beat is', () => {
  expect(snapTo('downbeat', at(48_700, 11_300), track, music)).toEqual({ kind: 'beat', shiftMs: -200 });
  expect(snapTo('beat', at(48_800, 11_200), track, music)).toEqual({ kind: 'none', shiftMs: 0 });
});

test('never moves further than half a bar or half a beat, never leaves the room, and always lands on what it says', () => {
  const wanted = fc.constantFrom<Snap>('downbeat', 'beat', 'none');
  fc.assert(
    fc.property(anyTrack, share, share, wanted, ({ trackMs, music }, one, other, snap) => {
      const span = spanIn(trackMs, one, other);
      const { kind, shiftMs } = snapTo(snap, span, { startMs: 0, endMs: trackMs }, music);
      const start = span.startMs + shiftMs;
      expect(start).toBeGreaterThanOrEqual(0);
      expect(span.endMs + shiftMs).toBeLessThanOrEqual(trackMs);
      expect(Number.isInteger(shiftMs)).toBe(true);
      const bars = [...barLines(music)];
      const beats = [...music.beatsMs];
      expect(Math.abs(shiftMs)).toBeLessThanOrEqual(kind === 'beat' ? HALF_BEAT_MS : HALF_BAR_MS);
      if (bars.length > 1) expect(2 * Math.abs(shiftMs)).toBeLessThanOrEqual(gapAround(bars, span.startMs));
      if (kind === 'downbeat') expect(bars).toContain(start);
      if (kind === 'beat') expect(2 * Math.abs(shiftMs)).toBeLessThanOrEqual(gapAround(beats, span.startMs));
      if (kind === 'beat') expect(beats).toContain(start);
      if (kind === 'none') expect(shiftMs).toBe(0);
      if (snap !== 'downbeat') expect(kind).not.toBe('downbeat');
    }),
  );
});

test('no line that may be taken is ever nearer than the one that is', () => {
  fc.assert(
    fc.property(anyTrack, share, share, ({ trackMs, music }, one, other) => {
      const span = spanIn(trackMs, one, other);
      const bars = [...barLines(music)];
      const { kind, shiftMs } = snapTo('downbeat', span, { startMs: 0, endMs: trackMs }, music);
      const reach = bars.length > 1 ? Math.min(gapAround(bars, span.startMs) / 2, HALF_BAR_MS) : 0;
      const allowed = bars
        .map((line) => line - span.startMs)
        .filter((shift) => Math.abs(shift) <= reach && span.endMs + shift <= trackMs);
      if (allowed.length > 0) expect(Math.abs(shiftMs)).toBe(Math.min(...allowed.map(Math.abs)));
      expect(kind === 'downbeat').toBe(allowed.length > 0);
    }),
  );
});

/** The distance of the lines around a time, found by looking at every one. */
function gapAround(lines: number[], atMs: number): number {
  if (atMs <= lines[0]) return lines[1] - lines[0];
  for (let i = 1; i < lines.length; i++) if (atMs <= lines[i]) return lines[i] - lines[i - 1];
  return lines.at(-1)! - lines.at(-2)!;
}
