import { describe, expect, test } from 'vitest';
import { evaluateCues, evaluationTable } from '../../../offline/cues/evaluate.ts';
import { readUses } from '../../../offline/cues/uses.ts';
import { useAt } from './one-use.ts';
import { sharedLog, sharedMissing } from './shared.ts';

describe('what cues are worth', () => {
  const log = [useAt(20_000), useAt(20_300), useAt(50_000), useAt(0, { trackId: 'other' })];
  const test_ = [
    useAt(20_000, { clipId: 'a', trackMs: 60_000 }), // the cue of two, exactly
    useAt(30_000, { clipId: 'b', trackMs: 60_000 }), // beside it
    useAt(0, { clipId: 'c', trackId: 'unknown', trackMs: 60_000 }), // no cue, start 0 is right
    useAt(5_000, { clipId: 'd', trackId: 'unknown too', trackMs: 60_000 }), // half under start 0: 1/3
  ];

  test('is measured on all rows and on those with a cue, against start 0', () => {
    const evaluation = evaluateCues(log, test_);
    expect(evaluation.log).toEqual({ uses: 4, tracks: 2, foundInTest: 1 });
    expect(evaluation.test).toEqual({ rows: 4, tracks: 3, withCue: 2, leftOut: 0 });
    expect(evaluation.cues).toEqual({ mIoU: expect.closeTo((1 + 0 + 1 + 1 / 3) / 4, 12), iou50: 0.5, iou70: 0.5 });
    expect(evaluation.startZero).toEqual({ mIoU: expect.closeTo(1 / 3, 12), iou50: 0.25, iou70: 0.25 });
    expect(evaluation.whereCue).toEqual({
      cues: { mIoU: 0.5, iou50: 0.5, iou70: 0.5 },
      startZero: { mIoU: 0, iou50: 0, iou70: 0 },
      withinASecond: 0.5,
    });
    expect(evaluationTable(evaluation)).toContain('cue, else 0                     0.583    0.500    0.500');
  });

  test('is told apart for tracks that the log has other uses of, and for those that it has none of', () => {
    const evaluation = evaluateCues(log, test_);
    expect(evaluation.groups).toEqual({
      seen: { clips: 2, cues: evaluation.whereCue.cues, startZero: evaluation.whereCue.startZero },
      new: {
        clips: 2,
        cues: expect.anything(),
        startZero: { mIoU: expect.closeTo(2 / 3, 12), iou50: 0.5, iou70: 0.5 },
      },
    });
    expect(evaluation.groups!.new!.cues).toEqual(evaluation.groups!.new!.startZero);
    expect(evaluationTable(evaluation)).toContain('start 0 on 2 without one        0.667    0.500    0.500');
    expect(evaluateCues(log, test_.slice(0, 2)).groups).toBeUndefined();
  });

  test("is never read off a clip's own use", () => {
    const { test, cues } = evaluateCues(test_, test_);
    // The first two rows are each other's cue, ten seconds away; the others are left with start 0.
    expect(test).toEqual({ rows: 4, tracks: 3, withCue: 2, leftOut: 4 });
    expect(cues.mIoU).toBeCloseTo((0 + 0 + 1 + 1 / 3) / 4, 12);
  });

  test('is nothing without a use to test on', () => {
    expect(() => evaluateCues(log, [])).toThrow('evaluate: expected uses to test on, got none.');
  });
});

describe.skipIf(sharedMissing)('on MGSV-EC the cues of one split', () => {
  test.each([
    ['val', 'test', 0.847, 0.478],
    ['test', 'val', 0.849, 0.484],
  ] as const)('of %s find the moments of %s with an mIoU of %d, against %d from 0', async (log, test, cues, zero) => {
    const evaluation = evaluateCues(await readUses(sharedLog(log)), await readUses(sharedLog(test)));
    expect(evaluation.test).toEqual({ rows: 2000, tracks: 2000, withCue: 1893, leftOut: 0 });
    expect(evaluation.cues.mIoU).toBeCloseTo(cues, 3);
    expect(evaluation.startZero.mIoU).toBeCloseTo(zero, 3);
    expect(evaluation.whereCue.withinASecond).toBeCloseTo(0.807, 3);
  });
});
