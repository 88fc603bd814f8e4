/**
 * Move a moment so that its strongest onset falls on a given point of the clip: the drop on the jump.
 *
 * Onsets are known to 50 ms (analysis-store.ts), so a hit is exact to half a step, and at the borders of the room, where a start
 * is taken that is half a step off, to a whole one. It takes the place of snapping: the two would undo each other.
 */
import type { Span } from './moment.ts';

/** Which onset was brought to which point of the clip, in milliseconds. Of a loop, the point is within one pass. */
export interface Hit {
  /** Where in the track the onset is: the middle of its 50 ms. */
  onsetMs: number;
  /** Where in the clip it falls now. */
  atMs: number;
  /** Added to start and end; negative is earlier. */
  shiftMs: number;
}

const ONSET_STEP_MS = 50;
const TOLERANCE_MS = ONSET_STEP_MS / 2;

/**
 * The strongest onset of the moment that can be brought there, of equal ones the nearest to that point. Where moving brings a
 * stronger one into the moment, that one is taken instead, and so on: the moment that is answered has its strongest onset there,
 * unless the room or the next rule keeps that one away. A start never moves further than the moment is long.
 * @param hitAtMs from the moment's start
 * @param room where the moment has to stay: the track, or a gap between other moments
 * @param onsetStrength [O] of the whole track, one for each 50 ms (TrackAnalysis)
 * @returns undefined where the moment has no onset that can be brought there, or ends before that point
 */
export function hitAt(hitAtMs: number, span: Span, room: Span, onsetStrength: Uint8Array): Hit | undefined {
  const lengthMs = span.endMs - span.startMs;
  if (hitAtMs >= lengthMs) return undefined;
  const earliest = Math.max(room.startMs, span.startMs - lengthMs);
  const latest = Math.min(room.endMs - lengthMs, span.startMs + lengthMs);
  const startFor = (step: number): number => Math.min(Math.max(middleOf(step) - hitAtMs, earliest), latest);
  const missOf = (step: number, startMs: number): number => Math.abs(middleOf(step) - startMs - hitAtMs);

  function strongestFrom(startMs: number): number | undefined {
    let best: number | undefined;
    const end = Math.min(onsetStrength.length, firstStep(startMs + lengthMs));
    for (let step = firstStep(startMs); step < end; step++) {
      if (!isOnset(onsetStrength, step) || missOf(step, startFor(step)) > TOLERANCE_MS) continue;
      const stronger = best === undefined ? 1 : onsetStrength[step] - onsetStrength[best];
      if (stronger > 0 || (stronger === 0 && missOf(step, startMs) < missOf(best!, startMs))) best = step;
    }
    return best;
  }

  let found: number | undefined;
  let next = strongestFrom(span.startMs);
  while (next !== undefined && (found === undefined || onsetStrength[next] > onsetStrength[found])) {
    found = next;
    next = strongestFrom(startFor(found));
  }
  if (found === undefined) return undefined;
  const startMs = startFor(found);
  return { onsetMs: middleOf(found), atMs: middleOf(found) - startMs, shiftMs: startMs - span.startMs };
}

const middleOf = (step: number): number => ONSET_STEP_MS * step + ONSET_STEP_MS / 2;

/** The first step whose middle is not before a time. */
const firstStep = (atMs: number): number => Math.max(0, Math.ceil((atMs - ONSET_STEP_MS / 2) / ONSET_STEP_MS));

/** A flank belongs to the onset beside it, which may lie outside the moment. */
const isOnset = (strength: Uint8Array, step: number): boolean =>
  strength[step] > 0 && strength[step] >= (strength[step - 1] ?? 0) && strength[step] >= (strength[step + 1] ?? 0);
