/**
 * What can be wrong with a picture in a request. The code is stable: the Worker's problem answers carry it.
 */

export type ImageErrorCode =
  | 'image-unrecognised'
  | 'image-truncated'
  | 'image-animated'
  | 'image-too-large'
  | 'image-corrupt';

/** The sender's fault, with a sentence that says what to do. Everything else thrown while decoding is ours. */
export class ImageError extends Error {
  readonly code: ImageErrorCode;

  constructor(code: ImageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ImageError';
    this.code = code;
  }
}

export function truncated(format: string, end: string, bytes: Uint8Array): ImageError {
  return new ImageError(
    'image-truncated',
    `image: expected a whole ${format}, got ${bytes.length} bytes without ${end}. Send the file again, all of it.`,
  );
}

export function corrupt(expected: string): ImageError {
  return new ImageError('image-corrupt', `image: expected ${expected}. Export the frame again as JPEG.`);
}
