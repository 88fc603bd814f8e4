/**
 * What decoding a picture takes, estimated from its header: time in units of work, and the decoder's memory.
 *
 * A unit is a pixel of a baseline JPEG, decoded and measured: about 15 ns. The rates are of `npm run bench -- edge pictures`, rounded up to the
 * worst that pictures made for it reach. A clock cannot do this: it moves between pictures only, when one has been paid for already.
 */
import type { ImageHeader } from './image-facts.ts';

/**
 * What the decoders' memory may grow to in the Worker. A baseline JPEG of four megapixels and a few megabytes fits, a progressive one or a
 * lossless WebP of two.
 */
export const MOST_DECODER_BYTES = 24 * 1024 * 1024;

/** Code, tables and stack of a decoder, and what growing by steps leaves unused. */
const DECODER_BASE_BYTES = 1.5e6;
/** A coefficient has two bytes, a block 64 of them. */
const BLOCK_BYTES = 128;

/** Bytes of the decoder's memory while a picture is in it. PNG is decoded into the pixels themselves. */
export function decoderBytesOf({ width, height, coding }: ImageHeader, fileBytes: number): number {
  const pixels = width * height;
  const held = DECODER_BASE_BYTES + fileBytes + 4 * pixels;
  if (coding.kind === 'png') return 0;
  if (coding.kind === 'jpeg') return held + (coding.isWhole ? coding.blocks * BLOCK_BYTES : 0);
  if (coding.kind === 'webp-lossless') return held + 4 * pixels;
  return held + (coding.hasAlpha ? 2 * pixels : 0);
}

/** Units of any frame: the token that is made of it. */
const FRAME_WORK = 100_000;

/** Units. A byte that is packed as tightly as can be costs as much as some pixels, and a scan something for each block that it goes over. */
export function workOf({ width, height, coding }: ImageHeader, fileBytes: number): number {
  const pixels = width * height;
  switch (coding.kind) {
    case 'jpeg':
      return (
        FRAME_WORK + (coding.isWhole ? 2.6 * pixels + 5 * coding.visits + 3 * fileBytes : pixels + 1.5 * fileBytes)
      );
    case 'png':
      return FRAME_WORK + 2 * pixels + 0.5 * coding.rawBytes + 50 * height + 3 * fileBytes;
    case 'webp-lossy':
      return FRAME_WORK + (coding.hasAlpha ? 3.7 : 1.7) * pixels + 2.6 * fileBytes;
    case 'webp-lossless':
      return FRAME_WORK + 3.5 * pixels + 4 * fileBytes;
  }
}
