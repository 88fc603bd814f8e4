/** The one error of reading a clip in the browser. Its message is a sentence for the person who chose the file. */
export class ClipError extends Error {
  override readonly name = 'ClipError';
}
