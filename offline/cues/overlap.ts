/** How far spans agree with the true ones: IoU, and the metrics of grounding within the right track (SmG, paper §5.1). */
import { intersectionOverUnion } from '../../index/moment.ts';

export interface Span {
  startMs: number;
  endMs: number;
}

export interface Scores {
  mIoU: number;
  /** Share of rows with an IoU above 0.5 and above 0.7, strictly. */
  iou50: number;
  iou70: number;
}

export function overlap(one: Span, other: Span): number {
  return intersectionOverUnion(seconds(one), seconds(other));
}

const seconds = ({ startMs, endMs }: Span) => ({ startSec: startMs / 1000, endSec: endMs / 1000 });

/** All 0 where there is no row. */
export function scoresOf(ious: readonly number[]): Scores {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, ious.length);
  const above = (least: number) => mean(ious.map((iou) => Number(iou > least)));
  return { mIoU: mean(ious), iou50: above(0.5), iou70: above(0.7) };
}
