import fc from 'fast-check';
import { expect, test } from 'vitest';
import { likeliestSpan, likeliestStart, type Starts, startPeaks } from '../../../index/moment/starts.ts';

/** Ten segments of 2.5 s: 5 s is likeliest, then 20 s with a doubtful neighbour, then 12.5 s. Probabilities add up to 1. */
const shares = [0.01, 0.02, 0.4, 0.03, 0.02, 0.1, 0.03, 0.14, 0.2, 0.05];
const starts: Starts = { logits: shares.map(Math.log), offsets: [0, 0, 0.2, 0, 0, -0.4, 0, 0, 0.1, 0] };

test('the likeliest start is the likeliest segment and its own offset', () => {
  expect(likeliestStart(starts, 2.5)).toBeCloseTo(2.2 * 2.5, 12);
});

test('no start lies before the track', () => {
  expect(likeliestStart({ logits: [3, 0], offsets: [-1.5, 0] }, 2.5)).toBe(0);
  expect(startPeaks({ logits: [3, 0], offsets: [-1.5, 0] }, 2.5)[0].startSec).toBe(0);
});

test('of equally likely segments the first is taken', () => {
  expect(likeliestStart({ logits: [0, 7, 7, 0], offsets: [0, 0, 0, 0] }, 2.5)).toBe(2.5);
});

test('peaks come in order of their probability, to which the neighbours count', () => {
  const peaks = startPeaks(starts, 2.5);
  expect(peaks.map(({ startSec }) => startSec)).toEqual([5.5, 20.25, 11.5].map((sec) => expect.closeTo(sec, 12)));
  expect(peaks.map(({ probability }) => probability)).toEqual(
    [0.02 + 0.4 + 0.03, 0.14 + 0.2 + 0.05, 0.02 + 0.1 + 0.03].map((share) => expect.closeTo(share, 12)),
  );
});

test('a level stretch is one peak, and the ends of the track may be peaks', () => {
  const flat = { logits: [2, 0, 1, 1, 0, 2], offsets: [0, 0, 0, 0, 0, 0] };
  expect(startPeaks(flat, 1).map(({ startSec }) => startSec)).toEqual([0, 5, 2]);
});

test('a track of one segment has one start, which is certain', () => {
  expect(startPeaks({ logits: [-4], offsets: [0.5] }, 2.5)).toEqual([{ startSec: 1.25, probability: 1 }]);
});

test('logits as large as a mask’s or a float’s lose no probability', () => {
  const peaks = startPeaks({ logits: [500, -1e9, 499], offsets: [0, 0, 0] }, 1);
  expect(peaks.map(({ probability }) => probability)).toEqual([0.7311, 0.2689].map((p) => expect.closeTo(p, 4)));
});

test('the likeliest span is as long as it is told', () => {
  const [centre, width] = likeliestSpan(starts, 8, { strideSec: 2.5, maxDurationSec: 240 });
  expect([(centre - width / 2) * 240, width * 240]).toEqual([expect.closeTo(5.5, 9), expect.closeTo(8, 9)]);
});

test('there is always a peak, the likeliest start is always one of them, and no probability is above 1', () => {
  const segment = fc.record({
    logit: fc.float({ min: -20, max: 20, noNaN: true }),
    offset: fc.float({ min: -1.5, max: 1.5, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 96 }), (segments) => {
      const drawn = { logits: segments.map(({ logit }) => logit), offsets: segments.map(({ offset }) => offset) };
      const peaks = startPeaks(drawn, 2.5);
      expect(peaks.map(({ startSec }) => startSec)).toContain(likeliestStart(drawn, 2.5));
      for (const { probability } of peaks) expect(probability).toBeLessThanOrEqual(1 + 1e-9);
      const probabilities = peaks.map(({ probability }) => probability);
      expect(probabilities).toEqual(probabilities.toSorted((one, other) => other - one));
    }),
  );
});
