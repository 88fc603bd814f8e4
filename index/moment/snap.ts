/**
 * Move a moment onto the track's bar lines or beats.
 *
 * MaDe regresses a centre and a width (paper §4.1.3), which fall anywhere; music that enters under a picture should enter on a
 * downbeat. The start moves by at most half a bar (half a beat, for beats), and a bar counts as 4 s at most (beat-grid.ts), so the
 * moment stays the one the model meant; its length stays as it is. How long a moment is, is decided before, in placement.ts.
 */
import { barAround, barLines, beatAround, lineFrom, type Music } from './beat-grid.ts';
import type { Span } from './moment.ts';

/** What a start is moved onto: a bar line, any beat, or nothing. From the strictest to the freest. */
export const SNAPS = ['downbeat', 'beat', 'none'] as const;
/** As asked for; in Snapped, as it came out. */
export type Snap = (typeof SNAPS)[number];

/** What came of snapping, milliseconds. */
export interface Snapped {
  /** What the start lies on now; 'none' where it was left alone. */
  kind: Snap;
  /** Added to start and end; negative is earlier. */
  shiftMs: number;
}

/**
 * The nearest line that leaves the whole moment in its room. Where no downbeat does within half a bar (the track has none, or its
 * end is near) the beats are tried, and where no beat does the moment is left alone; `kind` says which it was.
 * @param room where the moment has to stay: the track, or a gap between other moments
 */
export function snapTo(wanted: Snap, span: Span, room: Span, music: Music): Snapped {
  const bars = barLines(music);
  const barMs = barAround(bars, span.startMs);
  const beatMs = beatAround(music, span.startMs);
  if (wanted === 'downbeat') {
    const shiftMs = shiftOnto(bars, barMs / 2, span, room);
    if (shiftMs !== undefined) return { kind: 'downbeat', shiftMs };
  }
  if (wanted !== 'none') {
    const reachMs = Math.min(beatMs, barMs || beatMs) / 2; // beats before the first downbeat may be wider than the first bar
    const shiftMs = shiftOnto(music.beatsMs, reachMs, span, room);
    if (shiftMs !== undefined) return { kind: 'beat', shiftMs };
  }
  return { kind: 'none', shiftMs: 0 };
}

/** Only the lines on either side can be near enough. The earlier wins a tie. */
function shiftOnto(lines: Uint32Array, reachMs: number, span: Span, room: Span): number | undefined {
  const after = lineFrom(lines, span.startMs);
  let nearest: number | undefined;
  for (let line = Math.max(0, after - 1); line <= after && line < lines.length; line++) {
    const shiftMs = lines[line] - span.startMs;
    const stays = span.startMs + shiftMs >= room.startMs && span.endMs + shiftMs <= room.endMs;
    if (!stays || Math.abs(shiftMs) > reachMs) continue;
    if (nearest === undefined || Math.abs(shiftMs) < Math.abs(nearest)) nearest = shiftMs;
  }
  return nearest;
}
