/** What a decoder knows of a file beside its sound. */

/** Raised when a file gives other sound, or other tags, than before: what was kept from then is made again. */
export const SOUND_REVISION = 2;

export interface Heard {
  /** Of the whole file in seconds, where the file says it; an estimate from its size and bitrate does not count. */
  declaredSec: number | undefined;
  /** What was wrong with the file and was put up with, for people. */
  remarks: string[];
}
