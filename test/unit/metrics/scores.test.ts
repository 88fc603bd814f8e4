import { describe, expect, test } from 'vitest';
import { type Outcome, scoresOf, weightedScores } from '../../../offline/metrics/scores.ts';

const outcome = (rank: number, iou: number): Outcome => ({ rank, iou });

describe('the metrics of a split', () => {
  test('count an overlap of 0.5 or 0.7 itself as missed', () => {
    const scores = scoresOf([outcome(1, 0.5), outcome(1, 0.7), outcome(1, 0.71), outcome(1, 0)]);
    expect([scores['IoU@0.5'], scores['IoU@0.7'], scores['MoR@1']]).toEqual([0.5, 0.25, 0.25]);
  });

  test('count a moment among the first k only where both track and moment are found', () => {
    const scores = scoresOf([
      outcome(10, 0.9),
      outcome(11, 0.9),
      outcome(100, 0.9),
      outcome(101, 0.9),
      outcome(1, 0.1),
    ]);
    expect([scores['MoR@1'], scores['MoR@10'], scores['MoR@100']]).toEqual([0, 0.2, 0.6]);
    expect([scores['R@1'], scores['R@5'], scores['R@10']]).toEqual([0.2, 0.2, 0.4]);
  });

  test('have the middle rank, the mean of two in the middle of an even count', () => {
    expect(scoresOf([9, 1, 4].map((rank) => outcome(rank, 0)))['median rank']).toBe(4);
    expect(scoresOf([9, 1, 4, 5].map((rank) => outcome(rank, 0)))['median rank']).toBe(4.5);
  });

  test('count a track that the search did not return as found nowhere, and keep its moment', () => {
    const scores = scoresOf([outcome(Number.POSITIVE_INFINITY, 1), outcome(2, 0)]);
    expect([scores['R@10'], scores['MoR@100'], scores.mIoU, scores['median rank']]).toEqual([0.5, 0, 0.5, Infinity]);
  });

  test('are those of a list in which rows are repeated as often as they weigh', () => {
    const rows = [outcome(1, 0.9), outcome(3, 0.2), outcome(30, 0.6), outcome(7, 0.75)];
    const weights = [2, 0, 3, 1];
    const repeated = rows.flatMap((row, i) => new Array<Outcome>(weights[i]).fill(row));
    const [weighted, listed] = [weightedScores(rows)(Float64Array.from(weights)), scoresOf(repeated)];
    for (const [name, value] of Object.entries(listed))
      expect(weighted[name as keyof typeof weighted], name).toBeCloseTo(value, 12);
  });

  test('are not made of nothing', () => {
    expect(() => scoresOf([])).toThrow('evaluate: expected rows to measure, got none.');
  });
});
