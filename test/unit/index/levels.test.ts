import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fadesOf, gainToTarget } from '../../../index/moment/levels.ts';
import { anyTrack, SILENT_GRID, share, spanIn, steadyMusic } from './music.ts';

const measured = {
  segmentLufs: Float32Array.of(-20, -20, -10, -10, -30), // centred at 0, 2.5, 5, 7.5, 10 s
  strideSec: 2.5,
  trackMs: 11_000,
  peakDb: -12,
};

test('a moment of -20 LUFS gets 4 dB to reach -16', () => {
  expect(gainToTarget({ startMs: 0, endMs: 3000 }, measured)).toBe(4);
  expect(gainToTarget({ startMs: 0, endMs: 3000 }, measured, -23)).toBe(-3);
});

test('loudness is the mean of power, each segment for as long as it lies under the moment', () => {
  // From 2.75 to 4.75 s one second is nearest to 2.5 s (-20) and one to 5 s (-10): 10 log10((0.01 + 0.1) / 2) = -12.596.
  expect(gainToTarget({ startMs: 2750, endMs: 4750 }, measured)).toBe(-3.5);
  // Three parts of -20, one of -10: 10 log10((0.03 + 0.1) / 4) = -14.881.
  expect(gainToTarget({ startMs: 750, endMs: 4750 }, measured)).toBe(-1.2);
});

test('a gain never lifts the track\u2019s peak over -1 dBFS', () => {
  expect(gainToTarget({ startMs: 0, endMs: 3000 }, { ...measured, peakDb: -3 })).toBe(2);
  expect(gainToTarget({ startMs: 0, endMs: 3000 }, { ...measured, peakDb: 0.2 })).toBe(-1.2);
});

test('silence has no gain: a silent track, a silent moment of one that is not, a track without segments', () => {
  expect(gainToTarget({ startMs: 0, endMs: 3000 }, { ...measured, peakDb: null })).toBeNull();
  const pause = { ...measured, segmentLufs: Float32Array.of(-70, -70, -70, -10, -10) };
  expect(gainToTarget({ startMs: 0, endMs: 3000 }, pause)).toBeNull();
  expect(gainToTarget({ startMs: 0, endMs: 3000 }, { ...measured, segmentLufs: new Float32Array(0) })).toBeNull();
});

test('behind the last segment, which ends 240 s into a long track, that one\u2019s loudness is taken', () => {
  expect(gainToTarget({ startMs: 20_000, endMs: 24_000 }, { ...measured, trackMs: 30_000, peakDb: -40 })).toBe(14);
});

test('a gain never exceeds what the target asks or the peak allows, and is a tenth of a decibel below at most', () => {
  const lufs = fc.array(fc.integer({ min: -6900, max: 300 }), { minLength: 1, maxLength: 96 });
  const decibels = fc.double({ min: -60, max: 3, noNaN: true });
  fc.assert(
    fc.property(lufs, decibels, decibels, share, share, (steps, peakDb, targetLufs, one, other) => {
      const segmentLufs = Float32Array.from(steps, (step) => step / 100);
      const trackMs = segmentLufs.length * 2500;
      const gainDb = gainToTarget(
        spanIn(trackMs, one, other),
        { segmentLufs, strideSec: 2.5, trackMs, peakDb },
        targetLufs,
      );
      const [quietest, loudest] = [Math.min(...segmentLufs), Math.max(...segmentLufs)];
      expect(gainDb! + peakDb).toBeLessThanOrEqual(-1 + 1e-9);
      expect(gainDb!).toBeLessThanOrEqual(targetLufs - quietest + 1e-6);
      expect(gainDb!).toBeGreaterThanOrEqual(Math.min(targetLufs - loudest, -1 - peakDb) - 0.1 - 1e-6);
    }),
  );
});

const music = steadyMusic(600, { untilMs: 60_000 }); // downbeats every 2.4 s
const fades = (startMs: number, endMs: number, beats = music) => fadesOf({ startMs, endMs }, 60_000, beats);

test('a start on a downbeat keeps its attack, one on a beat nearly, one amid a sound is faded longer', () => {
  expect(fades(4800, 14_800).inMs).toBe(10);
  expect(fades(5400, 15_400).inMs).toBe(30);
  expect(fades(5100, 15_100).inMs).toBe(120);
});

test('a start within 20 ms of a beat is on it', () => {
  expect(fades(4820, 14_820).inMs).toBe(10);
  expect(fades(4779, 14_779).inMs).toBe(120);
});

test('the track\u2019s own start needs no fade but against a click, its own end neither', () => {
  expect(fades(0, 10_000, SILENT_GRID)).toEqual({ inMs: 10, outMs: 500 });
  expect(fades(50_000, 60_000, SILENT_GRID)).toEqual({ inMs: 120, outMs: 10 });
});

test('the end fades over one beat', () => {
  expect(fades(4800, 14_800).outMs).toBe(600);
});

test('an end in a rest of twenty seconds fades over the longest beat there is, not over the rest', () => {
  const rest = { ...music, beatsMs: Uint32Array.of(1000, 1600, 2200, 22_200, 22_800), downbeats: Uint32Array.of(0) };
  expect(fades(1000, 12_000, rest).outMs).toBe(1332);
});

test('of a loop it is the last pass that fades, also where each pass runs to the track\u2019s end', () => {
  const loop = { repeats: 2, lastEndMs: 55_000 };
  expect(fadesOf({ startMs: 48_000, endMs: 60_000, loop }, 60_000, music).outMs).toBe(600);
});

test('no fade ever takes more than a quarter of the moment', () => {
  expect(fades(5100, 5500)).toEqual({ inMs: 100, outMs: 100 });
  fc.assert(
    fc.property(anyTrack, share, share, ({ trackMs, music }, one, other) => {
      const span = spanIn(trackMs, one, other);
      const { inMs, outMs } = fadesOf(span, trackMs, music);
      for (const ms of [inMs, outMs]) {
        expect(Number.isInteger(ms) && ms >= 0).toBe(true);
        expect(4 * ms).toBeLessThanOrEqual(span.endMs - span.startMs);
      }
    }),
  );
});
