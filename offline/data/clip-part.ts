/**
 * A clip of which only a part has the music: a post that begins in silence, or changes its track on the way.
 *
 * What is learned from is that part alone, as MGSV-EC has segments of videos: its pictures and its length, and the place of the track that
 * was heard when it began. So a cue lies where the editor began the track, not where the track would have begun under the whole clip. A part
 * has an id of its own, which ends in its milliseconds of the clip; two parts of one clip are one clip where clips are told apart.
 */

/** Seconds of the clip. */
export interface ClipPart {
  fromSec: number;
  toSec: number;
}

const PART = /^(.+)@(\d+)-(\d+)$/s;

/** `clip-128@3000-10000`; also what tells a part's tokens from its clip's. */
export const partId = (clip: string, { fromSec, toSec }: ClipPart): string =>
  `${clip}@${Math.round(fromSec * 1000)}-${Math.round(toSec * 1000)}`;

/** What partId made an id of; without a part where it is a whole clip's. */
export function partOfId(id: string): { clip: string; part?: ClipPart } {
  const [, clip, from, to] = PART.exec(id) ?? [];
  return clip === undefined ? { clip: id } : { clip, part: { fromSec: Number(from) / 1000, toSec: Number(to) / 1000 } };
}

/** The clip of a part, the same for a whole clip. */
export const clipOfId = (id: string): string => partOfId(id).clip;
