/**
 * Where the music's gain under speech turns, as points to draw straight lines between, in decibels: what players and editing programs take in place of
 * a filtergraph. index/moment/mix.ts says how the same sounds as one.
 */
import type { EditMoment } from './edit.ts';

export interface GainPoint {
  /** In the clip. */
  atMs: number;
  /** Beside the music's own level: 0, or below. */
  gainDb: number;
}

/** Ascending, none where nothing is ducked; the gain of the first holds before it, that of the last after it. */
export function gainPoints(mix: EditMoment['mix'], clipMs: number): GainPoint[] {
  const points: GainPoint[] = [];
  for (const { startMs, endMs, gainDb } of mix?.duck ?? []) {
    const { attackMs, releaseMs } = mix!;
    const downMs = startMs === 0 ? 0 : attackMs;
    const upMs = endMs >= clipMs ? 0 : releaseMs;
    const meetMs = startMs + ((endMs - startMs) * downMs) / (downMs + upMs || 1); // where down and up cross, if they do
    const lowFromMs = Math.min(startMs + downMs, Math.max(startMs, meetMs));
    const depth =
      downMs > 0 ? Math.min(1, (lowFromMs - startMs) / downMs) : Math.min(1, upMs > 0 ? (endMs - startMs) / upMs : 1);
    const lowToMs = Math.max(lowFromMs, endMs - upMs);
    if (downMs > 0) points.push({ atMs: startMs, gainDb: 0 });
    points.push({ atMs: Math.round(lowFromMs), gainDb: gainDb * depth });
    if (lowToMs > lowFromMs) points.push({ atMs: lowToMs, gainDb: gainDb * depth });
    if (upMs > 0) points.push({ atMs: endMs, gainDb: 0 });
  }
  return points;
}

/** The gain at a time of the clip; 0 without points. */
export function gainAt(points: readonly GainPoint[], ms: number): number {
  const after = points.findIndex(({ atMs }) => atMs > ms);
  if (after < 0) return points.at(-1)?.gainDb ?? 0;
  if (after === 0) return points[0].gainDb;
  const [from, to] = [points[after - 1], points[after]];
  return from.gainDb + ((to.gainDb - from.gainDb) * (ms - from.atMs)) / (to.atMs - from.atMs);
}
