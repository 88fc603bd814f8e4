/** The one error of reading sound or pictures from the user's files: what failed, what was expected, what to do next. */

/** A file is not what it claims to be, is damaged, or needs a program that is missing. `cause` holds a decoder's own error. */
export class AudioError extends Error {
  override name = 'AudioError';
}
