import { describe, expect, test } from 'vitest';
import { questionsOf } from '../../../offline/evaluate/evaluate.ts';
import {
  asLongAsClips,
  chance,
  type Prediction,
  type Question,
  rankOf,
  startZero,
  summarise,
} from '../../../offline/metrics/metrics.ts';
import { paper } from '../../../offline/models/made/config.ts';

const prediction = (rank: number, iou: number): Prediction => ({
  videoId: 'clip',
  rank,
  iou,
  found: { startSec: 0, endSec: 1 },
});

describe('the rank of the right track', () => {
  test('is one more than the number of tracks with a higher score', () => {
    const scores = Float32Array.of(0.3, -1, 0.9, 0.5);
    expect([0, 1, 2, 3].map((right) => rankOf(scores, right))).toEqual([3, 4, 1, 2]);
  });

  test('is by track order among equal scores', () => {
    expect([0, 1, 2, 3].map((right) => rankOf([0.5, 0.9, 0.5, 0.5], right))).toEqual([2, 1, 3, 4]);
    expect(rankOf([7], 0)).toBe(1);
  });

  test('is refused among scores that are not numbers: NaN would rank first', () => {
    expect(() => rankOf([1, Number.NaN, 2], 1)).toThrow('rank: expected a score for track 1, got NaN.');
    expect(() => rankOf([1, Number.NaN, 2], 0)).toThrow('got NaN');
  });
});

describe('the metrics', () => {
  test('are the mean overlap and the shares of ranks up to 1, 5 and 10', () => {
    const all = [prediction(1, 1), prediction(5, 0.5), prediction(6, 0), prediction(10, 0.3), prediction(11, 0.2)];
    const { clips, mIoU, r1, r5, r10 } = summarise(all);
    expect([clips, r1, r5, r10]).toEqual([5, 0.2, 0.4, 0.8]);
    expect(mIoU).toBeCloseTo(0.4, 12);
  });

  test('count a moment as found only in the first track and strictly above 0.7', () => {
    const all = [prediction(1, 0.7), prediction(1, 0.7001), prediction(2, 1), prediction(1, 0.2)];
    expect(summarise(all).moR1).toBe(0.25);
  });
});

const question = (startSec: number, endSec: number, clipSec: number, trackSec: number): Question => ({
  truth: { startSec, endSec },
  clipSec,
  trackSec,
});

describe('a moment as long as its clip', () => {
  const fitted = (startSec: number, endSec: number, asked: Question) =>
    asLongAsClips([{ ...prediction(2, 0), found: { startSec, endSec } }], [asked])[0];

  test('keeps its centre, lies inside its track, and is measured anew', () => {
    const { found, iou, rank } = fitted(10, 14, question(7, 17, 10, 60));
    expect([found, iou, rank]).toEqual([{ startSec: 7, endSec: 17 }, 1, 2]);
    const late = fitted(50, 60, question(45, 60, 20, 60)); // around 55 s it would end at 65
    expect(late.found).toEqual({ startSec: 40, endSec: 60 });
    expect(late.iou).toBeCloseTo(0.75, 12);
  });

  test('has no overlap where no moment is looked for', () => {
    const none = { ...prediction(1, Number.NaN), found: { startSec: Number.NaN, endSec: Number.NaN } };
    expect(asLongAsClips([none], [question(0, 5, 5, 60)])[0].iou).toBeNaN();
  });
});

describe('chance', () => {
  test('finds a track in as many as there are', () => {
    const { r1, r5, r10 } = chance([question(0, 10, 10, 40)], 20);
    expect([r1, r5, r10]).toEqual([0.05, 0.25, 0.5]);
    expect(chance([question(0, 10, 10, 40)], 4).r5).toBe(1);
  });

  test('overlaps as a start drawn evenly from the track does', () => {
    // 10 s in 40 s, the truth at 0: a start s in 0..30 shares 10 - s of 10 + s until 10, then nothing. The mean is
    // (1 / 30) ∫ (10 - s) / (10 + s) ds over 0..10 = (20 ln 2 - 10) / 30 = 0.128765
    const { mIoU, moR1 } = chance([question(0, 10, 10, 40)], 8);
    expect(mIoU).toBeCloseTo((20 * Math.log(2) - 10) / 30, 4);
    // above 0.7 while s < 30 / 17, so for 1 / 17 of the starts; in one track of eight
    expect(moR1).toBeCloseTo(1 / 17 / 8, 4);
  });

  test('is the mean over the questions, and certain where the clip is as long as its track', () => {
    const { mIoU, moR1, clips } = chance([question(0, 30, 30, 30), question(0, 5, 10, 10)], 1);
    expect(clips).toBe(2);
    expect(mIoU).toBeCloseTo((1 + 0.5) / 2, 9);
    expect(moR1).toBeCloseTo(0.5, 9);
  });
});

describe('the guess that a moment starts with its track', () => {
  test('overlaps by what the truth shares with the first seconds', () => {
    // 0..10 against 5..15: 5 / 15; against 0..10: 1; against 20..30: 0
    const all = [question(5, 15, 10, 60), question(0, 10, 10, 60), question(20, 30, 10, 60)];
    const { mIoU, moR1, r1, r5 } = startZero(all, 4);
    expect(mIoU).toBeCloseTo(4 / 9, 12);
    expect(moR1).toBeCloseTo(1 / 3 / 4, 12); // its track is guessed
    expect([r1, r5]).toEqual([0.25, 1]);
  });

  test('ends with its track', () => {
    expect(startZero([question(0, 8, 10, 8)], 1).mIoU).toBe(1);
  });
});

describe('questionsOf', () => {
  const row = { videoId: 'v', musicId: 'm', musicStartSec: 3, musicEndSec: 9, musicTotalSec: 60, videoSec: 6.5 };

  test('takes over the annotations’ own moments, clips and tracks', () => {
    expect(questionsOf([row], paper)).toEqual([question(3, 9, 6.5, 60)]);
  });

  test('ends a moment and a track where the model does', () => {
    const long = { ...row, musicStartSec: 235, musicEndSec: 250, musicTotalSec: 300 };
    expect(questionsOf([long], paper)).toEqual([question(235, 240, 6.5, 240)]);
  });
});
