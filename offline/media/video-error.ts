/** The one error of reading clips: what failed, what was expected, what to do next. */

/** A clip has no pictures, is damaged, or needs a program that is missing. */
export class VideoError extends Error {
  override name = 'VideoError';
}
