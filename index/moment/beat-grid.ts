/**
 * The lines that music is cut on: its beats, its bars, and how far apart they are around any time.
 *
 * Where the lines lie was measured offline (offline/analysis/) and is taken as it is. Who moves onto them, and how far, is
 * snap.ts; who counts whole bars, whole-bars.ts.
 */
import type { TrackAnalysis } from '../format/analysis-store.ts';
import type { Span } from './moment.ts';

/**
 * What half a bar may be at most: half of four beats at 60 bpm. Lines further apart have a rest between them, or a metre that
 * changes; a moment that moved by more would no longer be the one the model meant.
 */
export const HALF_BAR_MS = 2000;
/** Bars have three beats at least. */
export const HALF_BEAT_MS = Math.floor(HALF_BAR_MS / 3);

/** What placing a moment wants to know of a track: any TrackAnalysis will do. Beats and downbeats ascend strictly. */
export type Music = Pick<TrackAnalysis, 'beatsMs' | 'downbeats' | 'onsetStrength'>;

/** [D] when each bar begins, in milliseconds. */
export const barLines = ({ beatsMs, downbeats }: Music): Uint32Array =>
  Uint32Array.from(downbeats, (beat) => beatsMs[beat]);

/** Index of the first of ascending lines that is not before a time; their number where all are. */
export function lineFrom(lines: ArrayLike<number>, atMs: number): number {
  let [from, to] = [0, lines.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (lines[middle] < atMs) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Index of the nearest of ascending lines to a time, the earlier of two as near; -1 where there is none. */
export function nearestLine(lines: ArrayLike<number>, atMs: number): number {
  const after = lineFrom(lines, atMs);
  if (after === 0) return lines.length > 0 ? 0 : -1;
  return after < lines.length && lines[after] - atMs < atMs - lines[after - 1] ? after : after - 1;
}

/**
 * The distance of the two lines around a time, in milliseconds; before the first line and behind the last, that of the two
 * nearest. 0 where fewer than two lines leave it unknown.
 */
export function spacingAround(lines: ArrayLike<number>, atMs: number): number {
  if (lines.length < 2) return 0;
  const after = Math.min(Math.max(lineFrom(lines, atMs), 1), lines.length - 1);
  return lines[after] - lines[after - 1];
}

/** How long the bar around a time is, as spacingAround; of a rest, as long as a bar may be. */
export const barAround = (bars: ArrayLike<number>, atMs: number): number =>
  Math.min(spacingAround(bars, atMs), 2 * HALF_BAR_MS);

/** The same of the beat around a time. */
export const beatAround = ({ beatsMs }: Music, atMs: number): number =>
  Math.min(spacingAround(beatsMs, atMs), 2 * HALF_BEAT_MS);

/** What an editor cuts pictures to, in milliseconds from the moment's start. The downbeats are among the beats. */
export interface MomentBeats {
  beatsMs: number[];
  downbeatsMs: number[];
}

/** Beats and downbeats from the span's start up to, not including, its end; both empty where it has none. */
export function beatsInside(music: Music, { startMs, endMs }: Span): MomentBeats {
  const inside = (lines: Uint32Array): number[] =>
    Array.from(lines.subarray(lineFrom(lines, startMs), lineFrom(lines, endMs)), (atMs) => atMs - startMs);
  return { beatsMs: inside(music.beatsMs), downbeatsMs: inside(barLines(music)) };
}
