/** What a decoder knows of a file beside its sound. */
export interface Heard {
  /** Of the whole file in seconds, where the file says it; an estimate from its size and bitrate does not count. */
  declaredSec: number | undefined;
  /** What was wrong with the file and was put up with, for people. */
  remarks: string[];
}
