/**
 * Moments that last a whole number of bars: one about as long as the clip, or one that repeated covers it.
 *
 * A moment that ends where a bar ends sounds finished, and one that is repeated from bar line to bar line keeps the pulse. Bars are
 * counted on the track's own lines, so a drifting tempo is followed; before the first line and behind the last they go on as
 * long as the last known bar, and through a rest as long as most.
 */
import { barLines, HALF_BAR_MS, lineFrom, type Music, nearestLine } from './beat-grid.ts';
import type { Span } from './moment.ts';

/** A span of whole bars, in milliseconds; it lies in the track, but not yet on the bar lines (snap.ts). */
export interface WholeBars extends Span {
  /** How many bars long. */
  bars: number;
}

/**
 * The nearest whole number of bars to the clip's length, at least one; fewer where the track does not hold as many.
 * @param around its centre is kept as far as bars and track allow
 * @returns undefined where the track has no bars, or not one whole bar
 */
export function nearestBars(around: Span, clipMs: number, trackMs: number, music: Music): WholeBars | undefined {
  const { lines, inTrack } = linesThroughout(music, trackMs);
  if (inTrack < 2) return undefined;
  const endOf = (first: number): number => Math.max(first + 1, nearestLine(lines, lines[first] + clipMs));
  const run = nearestRun(lines, inTrack, around, endOf) ?? { first: 0, last: inTrack - 1 };
  return spanOf(run, lines, around, trackMs);
}

/**
 * Whole bars that cover the clip in as few passes as the track allows, and of those the shortest: the last pass then ends as near
 * to the seam as it can.
 * @param around its centre is kept as far as bars and track allow
 * @returns undefined where the track has no bars, or not one whole bar
 */
export function repeatableBars(around: Span, clipMs: number, trackMs: number, music: Music): WholeBars | undefined {
  const { lines, inTrack } = linesThroughout(music, trackMs);
  if (inTrack < 2) return undefined;
  const passes = Math.ceil(clipMs / (lines[inTrack - 1] - lines[0]));
  const endOf = (first: number): number => lineFrom(lines, lines[first] + Math.ceil(clipMs / passes));
  const run = nearestRun(lines, inTrack, around, endOf)!; // the longest run is one
  return spanOf(run, lines, around, trackMs);
}

interface BarLines {
  /** From the track's start to the first line behind its end. */
  lines: number[];
  /** How many of them lie in the track. */
  inTrack: number;
}

function linesThroughout(music: Music, trackMs: number): BarLines {
  const known = barLines(music);
  if (known.length < 2) return { lines: [], inTrack: 0 };
  const lengths = Array.from(known.subarray(1), (atMs, i) => atMs - known[i]);
  const usual = lengths.toSorted((one, other) => one - other)[lengths.length >> 1];
  const isRest = (lengthMs: number): boolean => lengthMs > Math.max(2 * usual, 2 * HALF_BAR_MS);
  const barOf = (lengthMs: number): number => (isRest(lengthMs) ? usual : lengthMs);
  const firstBar = barOf(lengths[0]);
  const lastBar = barOf(lengths[lengths.length - 1]);
  const lines: number[] = [];
  for (let atMs = known[0] % firstBar; atMs < known[0]; atMs += firstBar) lines.push(atMs);
  for (const [i, lineMs] of known.entries()) {
    lines.push(lineMs);
    if (i < lengths.length && isRest(lengths[i]))
      for (let atMs = lineMs + usual; atMs < known[i + 1]; atMs += usual) lines.push(atMs);
  }
  for (let atMs = lines[lines.length - 1]; atMs <= trackMs; lines.push(atMs)) atMs += lastBar;
  return { lines, inTrack: lineFrom(lines, trackMs + 1) };
}

/** Indices of lines. */
interface Run {
  first: number;
  last: number;
}

/** Of the runs that end in the track, the one whose middle is nearest to the span's. */
function nearestRun(lines: number[], inTrack: number, around: Span, endOf: (first: number) => number): Run | undefined {
  let best: Run | undefined;
  let leastMiss = Number.POSITIVE_INFINITY;
  for (let first = 0; first < inTrack - 1; first++) {
    const last = endOf(first);
    if (last >= inTrack) continue;
    const miss = Math.abs(lines[first] + lines[last] - around.startMs - around.endMs);
    if (miss < leastMiss) [best, leastMiss] = [{ first, last }, miss];
  }
  return best;
}

/** As long as the run, around the span's middle or as near to it as leaves the run's first line the one that snapping finds. */
function spanOf({ first, last }: Run, lines: number[], around: Span, trackMs: number): WholeBars {
  const lengthMs = lines[last] - lines[first];
  const halfBefore = first > 0 ? Math.ceil((lines[first] - lines[first - 1]) / 2) - 1 : lines[first];
  const halfAfter = Math.floor((lines[first + 1] - lines[first]) / 2);
  const earliest = lines[first] - Math.min(halfBefore, HALF_BAR_MS);
  const latest = Math.min(lines[first] + Math.min(halfAfter, HALF_BAR_MS), trackMs - lengthMs);
  const wanted = Math.round((around.startMs + around.endMs - lengthMs) / 2);
  const startMs = Math.min(Math.max(wanted, earliest), latest);
  return { startMs, endMs: startMs + lengthMs, bars: last - first };
}
