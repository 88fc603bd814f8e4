/**
 * What is heard when: the pieces of a track under a clip, and how loud.
 *
 * Of most moments it is one piece from the clip's start on; with fit=loop the same bars several times. Times are seconds of the clip.
 */
import type { MomentAnswer } from '../../schema/answer.ts';

export type Moment = MomentAnswer;

/** What of a moment is played: a dragged one has another start. */
export type Played = Pick<Moment, 'startMs' | 'endMs' | 'loop' | 'fade' | 'gainDb'>;

export interface Piece {
  /** When it begins in the clip. */
  atSec: number;
  /** What of the track. */
  fromSec: number;
  lengthSec: number;
}

export function piecesOf(
  { startMs, endMs, loop }: Pick<Played, 'startMs' | 'endMs' | 'loop'>,
  clipMs: number,
): Piece[] {
  const passMs = endMs - startMs;
  const repeats = loop?.repeats ?? 1;
  const pieces: Piece[] = [];
  for (let pass = 0; pass < repeats && pass * passMs < clipMs; pass++) {
    const passEndMs = loop && pass === repeats - 1 ? loop.lastEndMs : endMs;
    const lengthMs = Math.min(passEndMs - startMs, clipMs - pass * passMs);
    pieces.push({ atSec: (pass * passMs) / 1000, fromSec: startMs / 1000, lengthSec: lengthMs / 1000 });
  }
  return pieces;
}

/** When the music is over, in seconds of the clip. */
export function endOf(pieces: readonly Piece[]): number {
  const last = pieces.at(-1);
  return last ? last.atSec + last.lengthSec : 0;
}

/** Of 1; silence has none. */
export function levelOf({ gainDb }: Pick<Played, 'gainDb'>): number {
  return 10 ** ((gainDb ?? 0) / 20);
}

/** The fades' level at a time of the clip, 0 to 1. */
export function fadeAt({ fade }: Pick<Played, 'fade'>, sec: number, endSec: number): number {
  const inwards = fade.inMs > 0 ? (sec * 1000) / fade.inMs : 1;
  const outwards = fade.outMs > 0 ? ((endSec - sec) * 1000) / fade.outMs : 1;
  return Math.max(0, Math.min(1, inwards, outwards));
}
