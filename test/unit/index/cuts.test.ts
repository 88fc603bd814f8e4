import fc from 'fast-check';
import { expect, test } from 'vitest';
import { barAround, barLines, beatAround } from '../../../index/moment/beat-grid.ts';
import { cutsOnBeats, ON_BEAT_MS, shiftForCuts } from '../../../index/moment/cuts.ts';
import { FITS, type Fit, placeMoment } from '../../../index/moment/placement.ts';
import { SNAPS, type Snap } from '../../../index/moment/snap.ts';
import { anyTrack, SILENT_GRID, share, spanIn, steadyMusic } from './music.ts';

const music = steadyMusic(500, { firstMs: 1000, untilMs: 60_000 }); // bars of 2 s
const track = { startMs: 0, endMs: 60_000 };
const span = { startMs: 5000, endMs: 15_000 };

test('two cuts that are off the beat by the same are both put on it', () => {
  const question = { cutsMs: [1180, 2680], span, music };
  const shiftMs = shiftForCuts(question, track);
  expect(shiftMs).toBe(-180); // the nearer of -180 and +320
  expect(cutsOnBeats({ ...question, span: { startMs: 4820, endMs: 14_820 } })).toEqual({
    cuts: [
      { atMs: 1180, beatMs: 1180, offMs: 0 },
      { atMs: 2680, beatMs: 2680, offMs: 0 },
    ],
    share: 1,
  });
});

test('the most cuts win, then those nearest to their beats, then the shortest way', () => {
  expect(shiftForCuts({ cutsMs: [1100, 1600, 2350], span, music }, track)).toBe(-100);
  expect(shiftForCuts({ cutsMs: [1100, 1640], span, music }, track)).toBe(-100); // off by 0 and 40, or 40 and 0: the shorter way
  expect(shiftForCuts({ cutsMs: [1000, 2000], span, music }, track)).toBe(0);
});

test('without beats, and without a cut under music, nothing moves and no share is told', () => {
  expect(shiftForCuts({ cutsMs: [100], span, music: SILENT_GRID }, track)).toBe(0);
  expect(cutsOnBeats({ cutsMs: [100], span, music: SILENT_GRID })).toEqual({
    cuts: [{ atMs: 100, beatMs: null, offMs: null }],
    share: null,
  });
  expect(shiftForCuts({ cutsMs: [11_000], span, music }, track)).toBe(0);
});

test('of a repeated moment a cut is on a beat in any pass', () => {
  const question = { cutsMs: [10_180], span, music, passMs: 10_000 };
  expect(shiftForCuts(question, track)).toBe(-180);
  expect(cutsOnBeats(question).cuts).toEqual([{ atMs: 10_180, beatMs: 10_000, offMs: -180 }]);
});

const drawn = fc.record({
  track: anyTrack,
  one: share,
  other: share,
  clipMs: fc.integer({ min: 1000, max: 60_000 }),
  fit: fc.constantFrom<Fit>(...FITS),
  snap: fc.constantFrom<Snap>(...SNAPS),
  cuts: fc.uniqueArray(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 20 }),
});

test('a moment is never moved by more than half a bar for its cuts, never gets another length, and never has fewer on beats', () => {
  fc.assert(
    fc.property(drawn, ({ track: { trackMs, music }, one, other, clipMs, fit, snap, cuts }) => {
      const request = { predicted: spanIn(trackMs, one, other), clipMs, trackMs, music };
      const plain = placeMoment({ ...request, options: { fit, snap } });
      const cutsMs = cuts.sort((a, b) => a - b);
      const moved = placeMoment({ ...request, options: { fit, snap, cutsMs } });
      expect(moved.endMs - moved.startMs).toBe(plain.endMs - plain.startMs);
      expect(moved.startMs).toBeGreaterThanOrEqual(0);
      expect(moved.endMs).toBeLessThanOrEqual(trackMs);
      const half = (barAround(barLines(music), plain.startMs) || beatAround(music, plain.startMs)) / 2;
      expect(Math.abs(moved.startMs - plain.startMs)).toBeLessThanOrEqual(half);
      expect(moved.startMs - plain.startMs).toBe(moved.cuts?.shiftMs);
      const passMs = fit === 'loop' ? plain.endMs - plain.startMs : undefined;
      const onBefore = cutsOnBeats({ cutsMs, span: plain, music, passMs }).share ?? 0;
      expect(moved.cuts?.share ?? 0).toBeGreaterThanOrEqual(onBefore);
      expect(placeMoment({ ...request, options: { fit, snap, cutsMs } })).toEqual(moved);
    }),
  );
});

test('no start in reach has more cuts on beats than the one that is taken', () => {
  fc.assert(
    fc.property(
      anyTrack,
      share,
      fc.uniqueArray(fc.integer({ min: 0, max: 8000 }), { minLength: 1, maxLength: 6 }),
      ({ trackMs, music }, one, cutsMs) => {
        const startMs = Math.floor(one * trackMs * 0.5);
        const span = { startMs, endMs: startMs + Math.floor(trackMs / 2) };
        const room = { startMs: 0, endMs: trackMs };
        const on = (shift: number): number =>
          cutsOnBeats({ cutsMs, music, span: { startMs: startMs + shift, endMs: span.endMs + shift } }).cuts.filter(
            ({ offMs }) => offMs !== null && Math.abs(offMs) <= ON_BEAT_MS,
          ).length;
        const taken = on(shiftForCuts({ cutsMs, span, music }, room));
        const reach = Math.floor((barAround(barLines(music), startMs) || beatAround(music, startMs)) / 2);
        for (let shift = Math.max(-reach, -startMs); shift <= Math.min(reach, trackMs - span.endMs); shift += 7)
          expect(on(shift)).toBeLessThanOrEqual(taken);
      },
    ),
    { numRuns: 40 },
  );
});
