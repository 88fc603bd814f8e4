/** What is promised of every moment, whatever was asked. */
import { HALF_BAR_MS } from '../../../index/moment/beat-grid.ts';
import type { Aligned, Moment, Span } from '../answers.ts';
import { meets } from './unmet.ts';

export const lengthOf = ({ startMs, endMs }: Span): number => endMs - startMs;
export const idsOf = (moments: readonly Moment[]): string[] => moments.map(({ track }) => track.id);

/** Weights are written with five digits, and there are at most some hundred. */
const SUM_TOLERANCE = 0.002;

/** @throws Unmet */
export function areRanked(moments: readonly Moment[]): void {
  for (const [i, { rank, relevance }] of moments.entries()) {
    meets(rank === i + 1, `rank ${i + 1}`, rank);
    const before = moments[i - 1]?.relevance ?? Number.POSITIVE_INFINITY;
    meets(relevance <= before, `a relevance of at most ${before} at rank ${rank}`, relevance);
  }
  const ids = idsOf(moments);
  meets(new Set(ids).size === ids.length, 'each track once', ids.join(', '));
}

/** @throws Unmet */
export function isWhole(moment: Moment): void {
  const { track, beats, fade, curve } = moment;
  isInside(moment, track.durationMs, track.id);
  const length = lengthOf(moment);
  const outside = [...beats.beatsMs, ...beats.downbeatsMs].find((at) => at < 0 || at >= length);
  meets(outside === undefined, `beats of ${track.id} inside its ${length} ms`, outside);
  meets(fade.inMs >= 0 && fade.outMs >= 0 && fade.inMs + fade.outMs <= length, `fades within ${length} ms`, fade);
  const sum = curve.weights.reduce((total, weight) => total + weight, 0);
  meets(Math.abs(sum - 1) <= SUM_TOLERANCE, `a curve of ${track.id} that sums to 1`, sum);
}

export function isInside({ startMs, endMs }: Span, trackMs: number, what: string): void {
  const isIn = startMs >= 0 && startMs < endMs && endMs <= trackMs;
  meets(isIn, `a moment inside the ${trackMs} ms of ${what}`, `${startMs} to ${endMs}`);
}

/** fit=clip, to the millisecond. @throws Unmet */
export function isAsLongAs(clipMs: number, { track, shortfallMs, ...span }: Moment): void {
  const expected = Math.min(clipMs, track.durationMs);
  meets(lengthOf(span) === expected, `${expected} ms of ${track.id}`, `${lengthOf(span)} ms`);
  const missing = clipMs - expected;
  meets((shortfallMs ?? 0) === missing, `${track.id} to tell that ${missing} ms are missing`, shortfallMs ?? 0);
}

/** A later start has left the bar it came from, whose length is not in the answer; a tempo drifts by less than this. */
const DRIFT = 1.25;

/**
 * That a snapped start was moved by at most half a bar, as far as the answer says how long a bar is.
 * @param beatsPerBar of the track, where it is known
 * @throws Unmet
 */
export function isNear(moment: Moment, beatsPerBar: number | null): void {
  const { snap, beats, track } = moment;
  const bar = Math.max(
    longestGap(beats.downbeatsMs),
    track.bpm && beatsPerBar ? (60_000 / track.bpm) * beatsPerBar : 0,
  );
  if (bar === 0) return;
  const most = Math.min((bar / 2) * DRIFT, HALF_BAR_MS);
  meets(
    Math.abs(snap.shiftMs) <= most,
    `a shift of ${track.id} of at most half a bar, ${Math.round(Math.min(bar / 2, HALF_BAR_MS))} ms`,
    snap.shiftMs,
  );
}

function longestGap(lines: readonly number[]): number {
  return lines.slice(1).reduce((longest, line, i) => Math.max(longest, line - lines[i]), 0);
}

/** @throws Unmet */
export function areApart(spans: readonly (Span | Aligned)[], what: string): void {
  const ordered = spans.toSorted((one, other) => one.startMs - other.startMs);
  for (const [i, span] of ordered.entries()) {
    const before = ordered[i - 1]?.endMs ?? 0;
    meets(
      span.startMs >= before,
      `moments of ${what} that do not overlap`,
      `one to ${before}, one from ${span.startMs}`,
    );
  }
}
