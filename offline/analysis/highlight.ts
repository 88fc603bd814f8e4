/**
 * The passage of a track that stands for it: what recurs, is full, and begins where something begins. No training, no clip.
 *
 * Three measures over the track's own features, each relative to the track:
 * - repetition: how much like the passage another one is, elsewhere in the track, step by step through the self-similarity matrix
 *   (Cooper and Foote, "Automatic music summarization via similarity analysis", ISMIR 2002; stripes beside the diagonal as in Goto, "A chorus
 *   section detection method for musical audio signals", IEEE TASLP 2006);
 * - energy: loudness, where it is known, since choruses are the loud parts (Lu and Zhang, "Automated extraction of music snippets", ACM Multimedia 2003);
 * - novelty of its start: a checkerboard slid along the diagonal (Foote, "Automatic audio segmentation using a measure of audio novelty", ICME 2000).
 * The weights are ours, and so is that the sum over a passage of the wanted length decides (the paper's Fig. 2e takes a trained detector, whose weights
 * are not to be had: Huang, Chou, Yang, "Pop Music Highlighter", TISMIR 2018).
 */

// R rows

export interface HighlightFeatures {
  /** [R, width] what is heard around each row: chroma, or an encoder's tokens. */
  rows: ArrayLike<number>;
  width: number;
  /** Between rows, and from the track's start to the middle of the first. */
  stepSec: number;
  firstSec: number;
  durationSec: number;
  /** [R] in decibels, where it is known. */
  loudness?: ArrayLike<number>;
}

export interface Highlight {
  startSec: number;
  endSec: number;
}

/** A passage and what it is like may not be one event: they are so far apart at least. */
const APART_SEC = 10;
/** What is compared step by step: two bars and more of most music. */
const ALIKE_SEC = 7.5;
/** Of the checkerboard, to each side. */
const AROUND_SEC = 7.5;
const WEIGHTS = { repetition: 1, energy: 1.5, novelty: 0.2 };
/** What lies further than this below the track's mean counts as much. */
const MOST_DEVIATIONS = 2.5;

/**
 * @param lengthSec of the passage; a shorter track is its own
 * @returns inside the track, at a row's edge or the track's end; of equal ones the first
 */
export function highlightOf(features: HighlightFeatures, lengthSec: number): Highlight {
  const { durationSec, stepSec, firstSec } = features;
  const latest = durationSec - lengthSec;
  if (!(latest > 0)) return { startSec: 0, endSec: durationSec };
  const { worth, novelty } = measuresOf(features);
  let [best, found] = [Number.NEGATIVE_INFINITY, 0];
  for (let row = 0; row <= worth.length; row++) {
    const edge = firstSec + (row - 0.5) * stepSec;
    const startSec = Math.min(latest, Math.max(0, edge));
    const score = meanWithin(worth, features, startSec, lengthSec) + WEIGHTS.novelty * (novelty[row] ?? 0);
    if (score > best + 1e-9) [best, found] = [score, startSec];
    if (edge >= latest) break;
  }
  return { startSec: found, endSec: found + lengthSec };
}

/** As the encoders' grid has them: a token each 2.5 s, in the middle of what it heard (encoders/segments.ts). */
const TOKEN_SEC = 2.5;

/** The same by an encoder's tokens [S, width] alone, as far as they reach; of loudness they say nothing that holds for every encoder. */
export function highlightOfTokens(
  { data, shape: [, width] }: { data: ArrayLike<number>; shape: readonly number[] },
  durationSec: number,
  lengthSec: number,
): Highlight {
  return highlightOf({ rows: data, width, stepSec: TOKEN_SEC, firstSec: 0, durationSec }, lengthSec);
}

/** [R] each: what a row adds to a passage, and how new a passage is that starts there. */
function measuresOf(features: HighlightFeatures): { worth: Float64Array; novelty: Float64Array } {
  const rows = unitRows(features);
  const repetition = standing(repetitionOf(rows, features));
  const energy = features.loudness && standing(Float64Array.from(features.loudness));
  const worth = repetition.map((value, i) => WEIGHTS.repetition * value + WEIGHTS.energy * (energy?.[i] ?? 0));
  return { worth, novelty: standing(noveltyOf(rows, features)) };
}

/** Each value less the track's mean, and every row of length 1: what all of the track has is no likeness. */
function unitRows({ rows, width }: HighlightFeatures): Float64Array[] {
  const count = Math.floor(rows.length / width);
  const mean = new Float64Array(width);
  for (let i = 0; i < count * width; i++) mean[i % width] += rows[i] / count;
  return Array.from({ length: count }, (_, r) => {
    const row = Float64Array.from({ length: width }, (_, c) => rows[r * width + c] - mean[c]);
    const norm = Math.hypot(...row);
    return norm > 1e-9 ? row.map((value) => value / norm) : row.fill(0);
  });
}

/** How alike a row and what follows are to the passage elsewhere that is most alike. */
function repetitionOf(rows: readonly Float64Array[], { stepSec }: HighlightFeatures): Float64Array {
  const length = Math.max(1, Math.round(ALIKE_SEC / stepSec));
  const best = new Float64Array(rows.length);
  for (let lag = Math.ceil(APART_SEC / stepSec); lag < rows.length; lag++) {
    const count = rows.length - lag;
    const stripe = Float64Array.from({ length: count }, (_, i) => product(rows[i], rows[i + lag]));
    let sum = 0;
    for (let i = 0; i < count; i++) {
      sum += stripe[i] - (i >= length ? stripe[i - length] : 0);
      if (i < length - 1) continue;
      for (let k = i - length + 1; k <= i; k++) {
        best[k] = Math.max(best[k], sum / length);
        best[k + lag] = Math.max(best[k + lag], sum / length);
      }
    }
  }
  return best;
}

/** How alike what is before and what is after are within, less how alike they are to each other. */
function noveltyOf(rows: readonly Float64Array[], { stepSec }: HighlightFeatures): Float64Array {
  const reach = Math.max(1, Math.round(AROUND_SEC / stepSec));
  return Float64Array.from({ length: rows.length }, (_, row) => {
    if (row < 1) return 0;
    const [before, after] = [rows.slice(Math.max(0, row - reach), row), rows.slice(row, row + reach)].map(sumOf);
    const across = 2 * product(before.total, after.total);
    const within = product(before.total, before.total) + product(after.total, after.total);
    return (within - across) / (before.count + after.count) ** 2;
  });
}

function sumOf(rows: readonly Float64Array[]): { total: Float64Array; count: number } {
  const total = new Float64Array(rows[0]?.length ?? 0);
  for (const row of rows) for (let c = 0; c < row.length; c++) total[c] += row[c];
  return { total, count: rows.length };
}

/** In deviations from the track's mean, bounded. */
function standing(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  if (!(deviation > 1e-9)) return values.map(() => 0);
  return values.map((value) => Math.max(-MOST_DEVIATIONS, Math.min(MOST_DEVIATIONS, (value - mean) / deviation)));
}

/** Of the rows whose middle lies in the passage. */
function meanWithin(
  values: Float64Array,
  { firstSec, stepSec }: HighlightFeatures,
  startSec: number,
  lengthSec: number,
): number {
  const rowAt = (sec: number) => Math.ceil((sec - firstSec) / stepSec - 1e-9);
  const [from, to] = [Math.max(0, rowAt(startSec)), Math.min(values.length, rowAt(startSec + lengthSec))];
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i];
  return to > from ? sum / (to - from) : 0;
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < a.length; c++) sum += a[c] * b[c];
  return sum;
}
