/**
 * What can be wrong with a picture somebody sent. The code is stable: the Worker's problem answers carry it.
 */

export type ImageErrorCode = 'image-unrecognised' | 'image-truncated' | 'image-too-large' | 'image-corrupt';

/** The sender's fault, with a sentence that says what to do. Everything else thrown while decoding is ours. */
export class ImageError extends Error {
  readonly code: ImageErrorCode;

  constructor(code: ImageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ImageError';
    this.code = code;
  }
}
