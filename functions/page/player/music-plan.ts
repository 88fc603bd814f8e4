/**
 * What is heard when: the pieces of a track under a clip, how loud, and where their beats fall in the clip.
 *
 * Of most moments it is one piece from the clip's start on; with fit=loop the same bars several times. Times are seconds of the clip.
 */
import type { GainPoint } from '../../../index/edit/gain-points.ts';
import type { Moment } from '../api/types.ts';

export type { Moment };

/** What of a moment is played: a dragged one has another start. */
export type Played = Pick<Moment, 'startMs' | 'endMs' | 'loop' | 'fade' | 'gainDb'>;

export interface Music extends Played {
  /** Of the track's preview. */
  url: string;
  /** Tells one from another where it is shown what plays. */
  name: string;
  /** How far it goes down while the clip speaks, as points of the clip. */
  gain?: readonly GainPoint[];
  /** In the clip, for who draws them. */
  beats?: readonly BeatUnder[];
}

/** Of 1 each. */
export interface Levels {
  clip: number;
  music: number;
}

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

/** The same music from another start on, as long as before. */
export function movedTo<M extends Pick<Played, 'startMs' | 'endMs' | 'loop'>>(moment: M, startMs: number): M {
  const byMs = startMs - moment.startMs;
  const { endMs, loop } = moment;
  return {
    ...moment,
    startMs,
    endMs: endMs + byMs,
    ...(loop && { loop: { ...loop, lastEndMs: loop.lastEndMs + byMs } }),
  };
}

export interface BeatUnder {
  /** In the clip. */
  atMs: number;
  /** It begins a bar. */
  isBar: boolean;
}

/** The music's beats in the clip's time, ascending. @param beats of the whole track, in its own time */
export function beatsUnder(
  pieces: readonly Piece[],
  { beatsMs, downbeatsMs }: { beatsMs: readonly number[]; downbeatsMs: readonly number[] },
): BeatUnder[] {
  const bars = new Set(downbeatsMs);
  return pieces.flatMap(({ atSec, fromSec, lengthSec }) =>
    beatsMs
      .filter((ms) => ms >= fromSec * 1000 && ms < (fromSec + lengthSec) * 1000)
      .map((ms) => ({ atMs: Math.round(ms + (atSec - fromSec) * 1000), isBar: bars.has(ms) })),
  );
}

/** When the music is over, in seconds of the clip. */
export function endOf(pieces: readonly Piece[]): number {
  const last = pieces.at(-1);
  return last ? last.atSec + last.lengthSec : 0;
}

/** Of 1; silence has none. */
export function levelOf({ gainDb }: Pick<Played, 'gainDb'>): number {
  return ratioOf(gainDb ?? 0);
}

export const ratioOf = (db: number): number => 10 ** (db / 20);

/** The fades' level at a time of the clip, 0 to 1. */
export function fadeAt({ fade }: Pick<Played, 'fade'>, sec: number, endSec: number): number {
  const inwards = fade.inMs > 0 ? (sec * 1000) / fade.inMs : 1;
  const outwards = fade.outMs > 0 ? ((endSec - sec) * 1000) / fade.outMs : 1;
  return Math.max(0, Math.min(1, inwards, outwards));
}
