/** The rows of an evaluation sorted into classes: what the charts of its page draw. */
import type { AnsweredRow } from './answers.ts';

export interface Classes {
  labels: string[];
  /** Of each class; NaN where a mean has no row. */
  values: number[];
}

const RANKS = [1, 5, 10, 20, 50, 100];

/** How many right tracks rank where; the last class holds those beyond 100 and those that the search did not return. */
export function byRank(rows: readonly AnsweredRow[]): Classes {
  const labels = RANKS.map((last, i) => (i ? `${RANKS[i - 1] + 1}–${last}` : '1'));
  const values = RANKS.map((last, i) => rows.filter(({ rank }) => rank <= last && rank > (RANKS[i - 1] ?? 0)).length);
  return { labels: [...labels, '> 100'], values: [...values, rows.filter(({ rank }) => rank > 100).length] };
}

/** How many moments overlap by how much: tenths, an IoU of 1 in the last. */
export function byIou(rows: readonly AnsweredRow[]): Classes {
  const values = new Array<number>(10).fill(0);
  for (const { iou } of rows) if (!Number.isNaN(iou)) values[Math.min(9, Math.floor(iou * 10))]++;
  return { labels: values.map((_, i) => `${(i / 10).toFixed(1)}`), values };
}

/**
 * How far relevance can be believed: the rows by the relevance of the track that ranks first, in classes of equal size, and the share of
 * each in which that track is right. Labelled by the class's least relevance.
 */
export function calibration(rows: readonly AnsweredRow[], classes = 10): Classes {
  const ranked = rows.flatMap(({ rank, first }) => (first ? [{ rank, relevance: first.relevance }] : []));
  const sorted = ranked.sort((a, b) => a.relevance - b.relevance);
  const count = Math.min(classes, sorted.length);
  const parts = Array.from({ length: count }, (_, i) =>
    sorted.slice(Math.floor((i * sorted.length) / count), Math.floor(((i + 1) * sorted.length) / count)),
  );
  return {
    labels: parts.map((part) => part[0].relevance.toFixed(2)),
    values: parts.map((part) => part.filter(({ rank }) => rank === 1).length / part.length),
  };
}

/** In seconds: MGSV-EC's clips last 5 to 50 s, its tracks up to 240 s. */
export const CLIP_EDGES = [10, 15, 20, 25, 30, 40];
export const TRACK_EDGES = [60, 90, 120, 150, 180, 210];

/** mIoU of the rows whose length lies between two edges, the lower one included. */
export function iouByLength(
  rows: readonly AnsweredRow[],
  lengthSec: (row: AnsweredRow) => number,
  edges: readonly number[],
): Classes {
  const bounds = [Number.NEGATIVE_INFINITY, ...edges, Number.POSITIVE_INFINITY];
  const classes = bounds
    .slice(1)
    .map((high, i) => rows.filter((row) => lengthSec(row) >= bounds[i] && lengthSec(row) < high));
  const between = edges.slice(1).map((high, i) => `${edges[i]}–${high}`);
  return {
    labels: [`< ${edges[0]}`, ...between, `≥ ${edges[edges.length - 1]}`],
    values: classes.map((part) => part.reduce((sum, { iou }) => sum + iou, 0) / part.length),
  };
}
