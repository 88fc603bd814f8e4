/**
 * A clip with one moment of music under it, as an editing program is told of it: what all writers of this folder are given.
 *
 * An answered moment is a `EditMoment` as it is, and a track of `GET /v1/tracks/{id}` with its file an `EditTrack`. Where files lie is the caller's
 * to say: a `src` is a URL, or a path relative to the file that is written.
 */
import type { Fade } from '../moment/levels.ts';
import type { Mix } from '../moment/mix.ts';
import type { Span } from '../moment/moment.ts';
import type { Loop } from '../moment/placement.ts';
import type { FrameRate } from './frame-rate.ts';

export interface Edit {
  clip: EditClip;
  moment: EditMoment;
  track: EditTrack;
}

export interface EditClip {
  /** As it is shown, such as "holiday.mp4". */
  name: string;
  /** The name unless given. */
  src?: string;
  durationMs: number;
  rate: FrameRate;
  hasSound: boolean;
  /** As it is shown, in pixels. */
  size?: { width: number; height: number };
}

/** Times are milliseconds of the track; beats count from the moment's start, ducks from the clip's. */
export interface EditMoment extends Span {
  loop?: Loop;
  fade: Fade;
  gainDb: number | null;
  beats: { beatsMs: readonly number[]; downbeatsMs: readonly number[] };
  mix?: Pick<Mix, 'duck' | 'attackMs' | 'releaseMs'>;
}

/** What the catalogue knows; `fields` are the other columns of the library's own. */
export interface EditTrack {
  id: string;
  title: string;
  /** Its sound. */
  src: string;
  durationMs: number;
  artist?: string | null;
  artists?: readonly string[];
  album?: string;
  licence?: string | null;
  instrumental?: boolean;
  fields?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** One uninterrupted piece of the track; of a loop there are several, and each begins where the one before ends. */
export interface Pass {
  /** In the clip. */
  atMs: number;
  /** In the track. */
  fromMs: number;
  lengthMs: number;
}

/** In the clip's order; no pass reaches beyond the clip. */
export function passesOf({ clip, moment }: Edit): Pass[] {
  const { startMs, endMs, loop } = moment;
  const passMs = endMs - startMs;
  const repeats = loop?.repeats ?? 1;
  const passes: Pass[] = [];
  for (let pass = 0; pass < repeats && passMs > 0 && pass * passMs < clip.durationMs; pass++) {
    const atMs = pass * passMs;
    const passEndMs = loop && pass === repeats - 1 ? loop.lastEndMs : endMs;
    const lengthMs = Math.min(passEndMs - startMs, clip.durationMs - atMs);
    if (lengthMs > 0) passes.push({ atMs, fromMs: startMs, lengthMs });
  }
  return passes;
}

/** "Title – Artist", for where one line is shown. */
export const nameOf = ({ title, artist }: EditTrack): string => (artist ? `${title} – ${artist}` : title);
