/** Numbers worked out by hand: a track of 100 s, a clip of 10 s, the model's moment from 40 to 50 s. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { combine, cueSpan, DEFAULT_PARAMETERS, evidenceFor } from '../../../index/moment/cue-rule.ts';

const question = {
  predicted: { startMs: 40_000, endMs: 50_000 },
  strideSec: 2.5,
  clipMs: 10_000,
  trackMs: 100_000,
  parameters: DEFAULT_PARAMETERS,
};
const cue = (startMs: number, count = 1) => ({ startMs, count, widthMs: 10_000 });

describe('the evidence for a cue', () => {
  test('is the logarithm of its uses, less as others disagree', () => {
    const three = [cue(40_000, 3)];
    expect(evidenceFor(three[0], three, question).agreement).toBeCloseTo(Math.log(3), 12);
    const divided = [cue(40_000, 3), cue(0, 6)];
    expect(evidenceFor(divided[0], divided, question).agreement).toBeCloseTo(Math.log(1), 12); // 3 · 3 / 9
    expect(evidenceFor(divided[1], divided, question).agreement).toBeCloseTo(Math.log(4), 12); // 6 · 6 / 9
  });

  test('knows how far away the model starts, in clips: 0 at the same place, 1/2 one clip away, 3/4 three', () => {
    for (const [startMs, apart] of [
      [40_000, 0],
      [50_000, 0.5],
      [10_000, 0.75],
    ])
      expect(evidenceFor(cue(startMs), [cue(startMs)], question).apart).toBe(apart);
  });

  test("weighs X-Pool's attention in both windows, which may be of any sum", () => {
    // Five segments a sum of 8; heard are 4.5 · 20 s = 90 s. The model's 40-50 s lie in the segment around 40 s.
    const curve = [4, 2, 1, 1, 0];
    const at = (startMs: number) =>
      evidenceFor(cue(startMs), [cue(startMs)], { ...question, curve, strideSec: 20 }).lift;
    const model = Math.log(1 / 2 / 8 / (10 / 90)); // half of a segment of 1 in 8
    expect(at(0)).toBeCloseTo(Math.log(4 / 8 / (10 / 90)) - model, 12); // all of the first, which is 10 s long
    expect(at(25_000)).toBeCloseTo(Math.log((2 / 4 + 1 / 4) / 8 / (10 / 90)) - model, 12); // a quarter of two
    expect(at(75_000)).toBeCloseTo(-Math.log(10) - model, 12); // nothing: the bound
    expect(at(90_000)).toBeCloseTo(0 - model, 12); // not heard
  });

  test('says nothing of attention without a curve, or with one of zeros', () => {
    for (const curve of [undefined, [], [0, 0, 0]])
      expect(evidenceFor(cue(0), [cue(0)], { ...question, curve }).lift).toBe(0);
  });
});

describe('the rule', () => {
  test('leaves the model its span, of whatever length, where there is no cue', () => {
    const predicted = { startMs: 41_234, endMs: 47_000 };
    expect(combine({ ...question, predicted, cues: [] })).toEqual({ ...predicted, source: 'model' });
  });

  test('takes a single use that the model has nothing against', () => {
    expect(combine({ ...question, cues: [cue(7_000)] })).toEqual({ startMs: 7_000, endMs: 17_000, source: 'cue' });
  });

  test('leaves one use in eight that disagree to the model', () => {
    const cues = Array.from({ length: 8 }, (_, i) => cue(12_000 * i));
    expect(combine({ ...question, cues }).source).toBe('model');
  });

  test('takes a cue exactly at the threshold and none below', () => {
    const parameters = { curveWeight: 0, distanceWeight: 1, threshold: -0.75 };
    expect(combine({ ...question, parameters, cues: [cue(10_000)] }).source).toBe('cue');
    expect(combine({ ...question, parameters, cues: [cue(9_999)] }).source).toBe('model');
  });

  test('takes, of two cues with as many uses, the one that the model starts near', () => {
    expect(combine({ ...question, cues: [cue(0, 5), cue(38_000, 5)] }).startMs).toBe(38_000);
  });

  test("takes, of two cues, the one with the clip's attention when that weighs enough", () => {
    const parameters = { curveWeight: 2, distanceWeight: 0, threshold: -9 };
    const curve = Array.from({ length: 40 }, (_, s) => (s < 4 ? 10 : 1));
    const cues = [cue(80_000, 2), cue(0, 1)];
    expect(combine({ ...question, parameters, cues }).startMs).toBe(80_000);
    expect(combine({ ...question, parameters, cues, curve }).startMs).toBe(0);
  });

  test('refuses parameters that are no numbers', () => {
    const parameters = { ...DEFAULT_PARAMETERS, distanceWeight: Number.NaN };
    expect(() => combine({ ...question, parameters, cues: [] })).toThrow(
      'cues: expected a finite distanceWeight, got NaN. Fit the rule again.',
    );
  });

  test('always answers inside the track, with the length of the clip where the track has it, when a cue is taken', () => {
    const ms = fc.nat({ max: 300_000 });
    const cues = fc.array(fc.record({ startMs: ms, count: fc.integer({ min: 1, max: 99 }), widthMs: ms }), {
      minLength: 1,
      maxLength: 5,
    });
    const more = { clipMs: fc.integer({ min: 1, max: 50_000 }), trackMs: fc.integer({ min: 1, max: 250_000 }) };
    fc.assert(
      fc.property(
        cues,
        fc.record(more),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
        (cues, lengths, curve) => {
          const parameters = { ...DEFAULT_PARAMETERS, threshold: -1e6 };
          const { startMs, endMs, source } = combine({ ...question, ...lengths, cues, curve, parameters });
          expect(source).toBe('cue');
          expect(startMs).toBeGreaterThanOrEqual(0);
          expect(endMs - startMs).toBe(Math.min(lengths.clipMs, lengths.trackMs));
          expect(endMs).toBeLessThanOrEqual(lengths.trackMs);
        },
      ),
    );
  });
});

describe('the span of a cue', () => {
  test('is moved back where the track ends before the clip, and starts with a track that is shorter', () => {
    expect(cueSpan(cue(95_000), 10_000, 100_000)).toEqual({ startMs: 90_000, endMs: 100_000 });
    expect(cueSpan(cue(5_000), 10_000, 8_000)).toEqual({ startMs: 0, endMs: 8_000 });
    expect(cueSpan(cue(95_000), 10_000, Number.POSITIVE_INFINITY)).toEqual({ startMs: 95_000, endMs: 105_000 });
  });
});
