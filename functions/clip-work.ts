/**
 * What the frames of one request may take together, known from their headers before the first is decoded.
 *
 * An isolate has one thread and 128 MB. The worst request that is let through is measured by `npm run bench -- edge pictures`.
 */
import { ImageError } from './embed/image-error.ts';
import type { ImageHeader } from './embed/image-facts.ts';
import { readImageHeader } from './embed/image-header.ts';
import { decoderBytesOf, MOST_DECODER_BYTES, workOf } from './embed/picture-work.ts';
import { Problem } from './schema/problem.ts';
import { MAX_FRAME_BYTES, MAX_FRAMES_PIXELS, MAX_FRAMES_WORK } from './schema/request.ts';

/** Units of work that count as one more request for the rate limit: a clip of twenty usual frames. */
const WORK_OF_A_REQUEST = 12e6;

/** Starting the other decoder in the memory that they share takes as long as so many units. */
const CHANGE_WORK = 500_000;

/** Of one answer, by the clock between two frames: as long as the platform computes. What was foretold takes a second or so, more where others compute beside it. */
export const MOST_FRAMES_MS = 30_000;

/**
 * @returns how many requests more than one the frames count as
 * @throws Problem image-too-large, frames-too-costly, and those of readImageHeader
 */
export function checkWork(frames: readonly Uint8Array[]): number {
  let pixels = 0;
  let work = 0;
  let before = '';
  for (const [i, bytes] of frames.entries()) {
    const header = headerOf(bytes, i);
    const decoder = decoderBytesOf(header, bytes.length);
    if (decoder > MOST_DECODER_BYTES)
      throw new Problem(
        'image-too-large',
        `frames[${i}]: expected a picture that is decoded in ${MOST_DECODER_BYTES} bytes, got ${header.width} x ${header.height} that take ${Math.round(decoder)}. Scale it down, or save it as a baseline JPEG.`,
      );
    pixels += header.width * header.height;
    work += workOf(header, bytes.length) + (header.format === before ? 0 : CHANGE_WORK);
    before = header.format;
  }
  if (pixels > MAX_FRAMES_PIXELS) throw tooCostly(`at most ${MAX_FRAMES_PIXELS} pixels of all frames, got ${pixels}`);
  if (work > MAX_FRAMES_WORK)
    throw tooCostly(`frames that take as long as ${MAX_FRAMES_WORK} pixels of baseline JPEG, got ${Math.round(work)}`);
  return Math.floor(work / WORK_OF_A_REQUEST);
}

function headerOf(bytes: Uint8Array, i: number): ImageHeader {
  if (bytes.length > MAX_FRAME_BYTES)
    throw new Problem(
      'image-too-large',
      `frames[${i}]: expected at most ${MAX_FRAME_BYTES} bytes, got ${bytes.length}. Scale the frame down; 640 pixels on the long side are plenty.`,
    );
  try {
    return readImageHeader(bytes);
  } catch (error) {
    if (error instanceof ImageError) throw new Problem(error.code, `frames[${i}]: ${error.message}`);
    throw error;
  }
}

export function tooCostly(expected: string): Problem {
  return new Problem(
    'frames-too-costly',
    `frames: expected ${expected}. Scale them down to 640 pixels on the long side, and send baseline JPEG.`,
  );
}
