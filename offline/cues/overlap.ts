/** How far spans agree with the true ones: IoU, and the metrics of grounding within the right track (SmG, paper §5.1). */
import { intersectionOverUnion } from '../../index/moment/moment.ts';

export interface Span {
  startMs: number;
  endMs: number;
}

/** Of one row's IoU; the mean over rows is the score. Above 0.5 and above 0.7 strictly. */
export const SCORES = {
  mIoU: (iou: number): number => iou,
  iou50: (iou: number): number => Number(iou > 0.5),
  iou70: (iou: number): number => Number(iou > 0.7),
} as const;
export type ScoreName = keyof typeof SCORES;
export const SCORE_NAMES = Object.keys(SCORES) as ScoreName[];
export type Scores = Record<ScoreName, number>;

export function overlap(one: Span, other: Span): number {
  return intersectionOverUnion(seconds(one), seconds(other));
}

const seconds = ({ startMs, endMs }: Span) => ({ startSec: startMs / 1000, endSec: endMs / 1000 });

/** All 0 where there is no row. */
export function scoresOf(ious: readonly number[]): Scores {
  const mean = (name: ScoreName) => ious.reduce((sum, iou) => sum + SCORES[name](iou), 0) / Math.max(1, ious.length);
  return Object.fromEntries(SCORE_NAMES.map((name) => [name, mean(name)])) as Scores;
}
