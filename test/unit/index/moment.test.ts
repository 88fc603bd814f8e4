import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitToClip, inMilliseconds, intersectionOverUnion, spanSeconds } from '../../../index/moment/moment.ts';

const sizes = { maxDurationSec: 240, trackDurationSec: 180 };

test('a centre of 0.25 and a width of 0.1 of 240 s are the moment from 48 s to 72 s', () => {
  const moment = spanSeconds(0.25, 0.1, sizes);
  expect(moment.startSec).toBeCloseTo(48, 9);
  expect(moment.endSec).toBeCloseTo(72, 9);
});

test('a prediction is cut at the start of the track and at its end', () => {
  expect(spanSeconds(0.01, 0.1, sizes).startSec).toBe(0);
  expect(spanSeconds(0.74, 0.1, sizes).endSec).toBe(180);
  expect(spanSeconds(0.99, 0.1, { maxDurationSec: 240, trackDurationSec: 600 }).endSec).toBe(240);
});

test('a prediction wholly behind the end of the track is empty', () => {
  expect(spanSeconds(0.9, 0.1, sizes)).toEqual({ startSec: 180, endSec: 180 });
});

test('fitting keeps the centre and takes the clip\u2019s length', () => {
  expect(fitToClip({ startSec: 50, endSec: 70 }, 10, 120)).toEqual({ startSec: 55, endSec: 65 });
  expect(fitToClip({ startSec: 50, endSec: 54 }, 10, 120)).toEqual({ startSec: 47, endSec: 57 });
});

test('fitting moves a moment inside the track by no more than it must', () => {
  expect(fitToClip({ startSec: 0, endSec: 4 }, 10, 120)).toEqual({ startSec: 0, endSec: 10 });
  expect(fitToClip({ startSec: 118, endSec: 120 }, 10, 120)).toEqual({ startSec: 110, endSec: 120 });
});

test('a track no longer than the clip is taken whole', () => {
  expect(fitToClip({ startSec: 3, endSec: 5 }, 30, 20)).toEqual({ startSec: 0, endSec: 20 });
  expect(fitToClip({ startSec: 3, endSec: 5 }, 20, 20)).toEqual({ startSec: 0, endSec: 20 });
});

test('a fitted moment always lies inside the track and is always as long as the clip, or as the track', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const seconds = fc.double({ min: 0.1, max: 600, noNaN: true });
  fc.assert(
    fc.property(share, share, seconds, seconds, (centre, width, clipSec, trackSec) => {
      const predicted = spanSeconds(centre, width, { maxDurationSec: 240, trackDurationSec: trackSec });
      expect(predicted.startSec).toBeGreaterThanOrEqual(0);
      expect(predicted.endSec).toBeLessThanOrEqual(trackSec);
      expect(predicted.startSec).toBeLessThanOrEqual(predicted.endSec);
      const { startSec, endSec } = fitToClip(predicted, clipSec, trackSec);
      expect(startSec).toBeGreaterThanOrEqual(0);
      expect(endSec).toBeLessThanOrEqual(trackSec + 1e-9);
      expect(endSec - startSec).toBeCloseTo(Math.min(clipSec, trackSec), 9);
    }),
  );
});

test('in milliseconds equal lengths stay equal, wherever they start', () => {
  expect(inMilliseconds({ startSec: 1.0004, endSec: 2.0008 })).toEqual({ startMs: 1000, endMs: 2000 });
  expect(inMilliseconds({ startSec: 1.0006, endSec: 2.001 })).toEqual({ startMs: 1001, endMs: 2001 });
});

test('10–30 against 20–50 share 10 of 40 seconds: 0.25, either way round', () => {
  const one = { startSec: 10, endSec: 30 };
  const other = { startSec: 20, endSec: 50 };
  expect(intersectionOverUnion(one, other)).toBe(0.25);
  expect(intersectionOverUnion(other, one)).toBe(0.25);
  expect(intersectionOverUnion(one, one)).toBe(1);
});

test('moments that only touch, are empty or run backwards agree by 0', () => {
  const moment = { startSec: 10, endSec: 20 };
  expect(intersectionOverUnion(moment, { startSec: 20, endSec: 30 })).toBe(0);
  expect(intersectionOverUnion(moment, { startSec: 15, endSec: 15 })).toBe(0);
  expect(intersectionOverUnion(moment, { startSec: 18, endSec: 12 })).toBe(0);
  expect(intersectionOverUnion({ startSec: 5, endSec: 5 }, { startSec: 5, endSec: 5 })).toBe(0);
});
