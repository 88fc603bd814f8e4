/** What each segment of a track speaks for: its curve's weight and its loudness belong to the stretch nearest to its centre. */
import type { Span } from './moment.ts';

// S segments, centred at 0, stride, 2 stride, …

/**
 * Segment s reaches from edge s to edge s + 1: half a stride to either side of its centre, as far as the track does.
 * @returns [S + 1] milliseconds from the track's start, not rounded
 */
export const segmentEdges = (segments: number, strideSec: number, trackMs: number): number[] =>
  Array.from({ length: segments + 1 }, (_, s) => Math.min(Math.max(0, (s - 0.5) * strideSec * 1000), trackMs));

/** Milliseconds of the span that belong to segment s. */
export const overlapMs = ({ startMs, endMs }: Span, edges: readonly number[], s: number): number =>
  Math.max(0, Math.min(endMs, edges[s + 1]) - Math.max(startMs, edges[s]));
