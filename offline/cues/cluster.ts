/**
 * The starts of a track's uses as cues: starts within a second of each other are one.
 *
 * In MGSV-EC two videos' starts in one track agree within 0.1 s in 70 % of cases, within 1 s in 80.7 % and within 2 s in 83.6 %:
 * up to a second is one decision made twice, beyond lie other places. The fullest start gathers its neighbours first, so that a
 * chain of near starts does not become one cue of many seconds.
 */
import type { Cue } from '../../index/format/cues.ts';

export const CLUSTER_MS = 1000;
/** The most used are kept: a track used everywhere has no cue worth its bytes. */
const MOST_CUES = 16;

type Start = { startMs: number; endMs: number };

/** The most used first, of equals the earliest. */
export function clusterStarts(uses: readonly Start[]): Cue[] {
  let left = uses.toSorted((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
  const cues: Cue[] = [];
  while (left.length && cues.length < MOST_CUES) {
    const { from, to } = fullest(left);
    const gathered = left.slice(from, to);
    cues.push({
      startMs: middle(gathered.map(({ startMs }) => startMs)),
      count: gathered.length,
      widthMs: middle(gathered.map(({ startMs, endMs }) => endMs - startMs)),
    });
    left = [...left.slice(0, from), ...left.slice(to)];
  }
  return cues.sort((a, b) => b.count - a.count || a.startMs - b.startMs);
}

/**
 * The start with the most others within CLUSTER_MS, of equals the one they lie closest around, then the first. They are those
 * from `from` to before `to`.
 */
function fullest(sorted: readonly Start[]): { from: number; to: number } {
  let best = { from: 0, to: 0, startMs: -1, spreadMs: 0 };
  let [from, to] = [0, 0];
  for (const { startMs } of sorted) {
    while (sorted[from].startMs < startMs - CLUSTER_MS) from++;
    while (to < sorted.length && sorted[to].startMs <= startMs + CLUSTER_MS) to++;
    const more = to - from - (best.to - best.from);
    if (more < 0 || startMs === best.startMs) continue; // the spread costs time, and equal starts have the same
    const spreadMs = sorted.slice(from, to).reduce((sum, other) => sum + Math.abs(other.startMs - startMs), 0);
    if (more > 0 || spreadMs < best.spreadMs) best = { from, to, startMs, spreadMs };
  }
  return best;
}

/** The median; the lower of two, since a mean of both would be a place that was never used. */
function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1];
}
