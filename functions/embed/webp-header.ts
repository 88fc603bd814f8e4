/**
 * Read of a WebP only what must be known before decoding it, as image-header.ts does of JPEG and PNG.
 *
 * Sources: RFC 9649 (WebP container and lossless bitstream) and RFC 6386 §9.1 (the frame header of lossy VP8). The size is taken
 * from the picture's own bitstream, which is what the decoder reserves memory by; a canvas that says something else is refused.
 */

import { corrupt, ImageError, truncated } from './image-error.ts';
import type { ImageHeader } from './image-facts.ts';

export function isWebp(bytes: Uint8Array): boolean {
  return bytes.length >= 12 && fourCc(bytes, 0) === 'RIFF' && fourCc(bytes, 8) === 'WEBP';
}

/**
 * Walks the chunks { u32 name, u32 length, data, padding to an even length } up to the picture, all little-endian.
 * @throws ImageError when the file ends too early, is animated, or contradicts itself.
 */
export function readWebp(bytes: Uint8Array): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 8 + view.getUint32(4, true);
  if (end > bytes.length) throw truncated('WebP', `the ${end} that its header announces`, bytes);
  let canvas: Size | undefined;
  let hasAlpha = false;
  for (let at = 12; at + 8 <= end; ) {
    const name = fourCc(bytes, at);
    const length = view.getUint32(at + 4, true);
    const data = at + 8;
    if (data + length > end) throw corrupt(`a WebP chunk "${name}" that ends within its file`);
    if (name === 'VP8X') {
      if (canvas || length < 10) throw corrupt('one WebP canvas of 10 bytes');
      if (bytes[data] & ANIMATION) throw animated();
      canvas = { width: 1 + u24(bytes, data + 4), height: 1 + u24(bytes, data + 7) };
    }
    if (name === 'ANIM' || name === 'ANMF') throw animated();
    if (name === 'ALPH') hasAlpha = true;
    if (name === 'VP8 ' || name === 'VP8L') {
      const size = (name === 'VP8 ' ? lossySize : losslessSize)(bytes.subarray(data, data + length));
      if (canvas && (canvas.width !== size.width || canvas.height !== size.height))
        throw corrupt(`a WebP picture of its canvas's size, got ${size.width} x ${size.height}`);
      const coding =
        name === 'VP8 ' ? ({ kind: 'webp-lossy', hasAlpha } as const) : ({ kind: 'webp-lossless' } as const);
      return { format: 'webp', ...size, coding };
    }
    at = data + length + (length & 1);
  }
  throw corrupt('a WebP with a picture in it');
}

interface Size {
  width: number;
  height: number;
}

/** Bit 1 of the canvas's flags. */
const ANIMATION = 0x02;

/** RFC 6386 §9.1: three bytes of tag whose lowest bit is 0 for a key frame, a start code, 14 bits each of width and height. */
function lossySize(data: Uint8Array): Size {
  const isKeyFrame = data.length >= 10 && (data[0] & 1) === 0;
  if (!isKeyFrame || data[3] !== 0x9d || data[4] !== 0x01 || data[5] !== 0x2a) throw corrupt('a key frame of VP8');
  return { width: (data[6] | (data[7] << 8)) & 0x3fff, height: (data[8] | (data[9] << 8)) & 0x3fff };
}

/** RFC 9649 §3.4: a signature, 14 bits of width - 1, 14 of height - 1, one of alpha, three of version 0. */
function losslessSize(data: Uint8Array): Size {
  if (data.length < 5 || data[0] !== 0x2f || data[4] >> 5 !== 0) throw corrupt('a lossless picture of version 0');
  return {
    width: 1 + ((data[1] | (data[2] << 8)) & 0x3fff),
    height: 1 + (((data[2] >> 6) | (data[3] << 2) | (data[4] << 10)) & 0x3fff),
  };
}

function u24(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
}

function fourCc(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function animated(): ImageError {
  return new ImageError(
    'image-animated',
    'image: expected a still picture, got an animated WebP. Send each frame as a picture of its own.',
  );
}
