import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hitAt } from '../../../index/moment/hit.ts';
import { anyTrack, share, spanIn } from './music.ts';

const track = { startMs: 0, endMs: 60_000 };
const moment = { startMs: 20_000, endMs: 30_000 };

/** Strengths of a minute of music, 0 but at the given times. */
function onsets(strengths: Record<number, number>): Uint8Array {
  const values = new Uint8Array(60_000 / 50);
  for (const [atMs, strength] of Object.entries(strengths)) values[Math.floor(Number(atMs) / 50)] = strength;
  return values;
}

test('the strongest onset of the moment falls on the wanted point, to half of its 50 ms', () => {
  const found = hitAt(4000, moment, track, onsets({ 22010: 90, 26030: 200, 28000: 120 }));
  expect(found).toEqual({ onsetMs: 26_025, atMs: 4000, shiftMs: 2025 });
});

test('of two as strong the one nearer to the wanted point is taken', () => {
  const found = hitAt(4000, moment, track, onsets({ 22000: 200, 25000: 200 }));
  expect(found).toEqual({ onsetMs: 25_025, atMs: 4000, shiftMs: 1025 });
});

test('an onset that would take the moment out of the track is passed over for the next strongest', () => {
  const early = { startMs: 1000, endMs: 11_000 };
  expect(hitAt(5000, early, track, onsets({ 2000: 250, 7000: 40 }))).toEqual({
    onsetMs: 7025,
    atMs: 5000,
    shiftMs: 1025,
  });
});

test('half a step outside the room the moment stays at its border, and the hit is that much off', () => {
  const early = { startMs: 100, endMs: 10_100 };
  expect(hitAt(5040, early, track, onsets({ 5000: 250 }))).toEqual({ onsetMs: 5025, atMs: 5025, shiftMs: -100 });
  expect(hitAt(5051, early, track, onsets({ 5000: 250 }))).toBeUndefined();
});

test('a stronger onset that enters with the move takes the place', () => {
  const strengths = onsets({ 29000: 100, 33000: 200, 55000: 255 });
  // From 29 s at 2 s: 27–37 s, where 33 s is stronger. From 33 s: 31–41 s, the end of it: a move of 11 s is too far.
  expect(hitAt(2000, moment, track, strengths)).toEqual({ onsetMs: 29_025, atMs: 2000, shiftMs: 7025 });
  // At 5 s: 24–34 s, then 28–38 s, a move of 8 s.
  expect(hitAt(5000, moment, track, strengths)).toEqual({ onsetMs: 33_025, atMs: 5000, shiftMs: 8025 });
});

test('the flank of an onset just before the moment is none', () => {
  const strengths = onsets({ 19950: 255, 20000: 180, 25000: 60 });
  expect(hitAt(4000, moment, track, strengths)?.onsetMs).toBe(25_025);
});

test('silence, and a point behind the moment\u2019s end, have no hit', () => {
  expect(hitAt(4000, moment, track, onsets({}))).toBeUndefined();
  expect(hitAt(10_000, moment, track, onsets({ 25000: 200 }))).toBeUndefined();
});

test('a hit is always within 50 ms, inside the room, and never further away than the moment is long', () => {
  fc.assert(
    fc.property(anyTrack, share, share, share, ({ trackMs, music }, one, other, point) => {
      const span = spanIn(trackMs, one, other);
      const lengthMs = span.endMs - span.startMs;
      const wantedMs = Math.floor(point * lengthMs);
      const hit = hitAt(wantedMs, span, { startMs: 0, endMs: trackMs }, music.onsetStrength);
      if (!hit) return;
      expect(Math.abs(hit.atMs - wantedMs)).toBeLessThanOrEqual(25);
      expect(hit.onsetMs - (span.startMs + hit.shiftMs)).toBe(hit.atMs);
      expect(span.startMs + hit.shiftMs).toBeGreaterThanOrEqual(0);
      expect(span.endMs + hit.shiftMs).toBeLessThanOrEqual(trackMs);
      expect(Math.abs(hit.shiftMs)).toBeLessThanOrEqual(lengthMs);
      expect(music.onsetStrength[(hit.onsetMs - 25) / 50]).toBeGreaterThan(0);
    }),
  );
});

test('what is heard never has a stronger onset that could have been brought to the point', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 400, maxLength: 400 }), share, (strengths, point) => {
      const span = { startMs: 8000, endMs: 12_000 };
      const wantedMs = Math.floor(point * 3999);
      const hit = hitAt(wantedMs, span, { startMs: 0, endMs: 20_000 }, strengths);
      if (!hit) return;
      for (const [step, strength] of strengths.entries()) {
        const onsetMs = 50 * step + 25;
        const isHeard = onsetMs >= span.startMs + hit.shiftMs && onsetMs < span.endMs + hit.shiftMs;
        const isPeak = strength >= (strengths[step - 1] ?? 0) && strength >= (strengths[step + 1] ?? 0);
        const isNear = Math.abs(onsetMs - wantedMs - span.startMs) <= 4000; // no further than the moment is long
        if (isHeard && isPeak && isNear) expect(strength).toBeLessThanOrEqual(strengths[(hit.onsetMs - 25) / 50]);
      }
    }),
  );
});
