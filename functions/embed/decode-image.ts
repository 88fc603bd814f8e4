/**
 * From the bytes of a JPEG, PNG or WebP file to pixels, having refused first what must not reach a decoder.
 *
 * Frames are turned as their EXIF orientation says, as viewers do (orientation.ts). Colour profiles are not applied: values are
 * taken for sRGB, which is what video frames are. A 16-bit PNG is brought to 8 bits, an animated one shows its first frame;
 * an animated WebP is refused, since its decoder takes still pictures only.
 * The decoders themselves come from outside (jpeg-decoder.ts, png-decoder.ts, webp-decoder.ts), because a Worker and a Node program get
 * at their WebAssembly in different ways; the bytes they make are the same.
 */

import type { Pixels } from '../../index/image/image.ts';
import { readImageHeader } from './image-header.ts';
import { orientationOf, turnUpright } from './orientation.ts';

/** Pixels as they are stored, not turned. Each throws ImageError for bytes it cannot decode. */
export interface ImageDecoders {
  jpeg(bytes: Uint8Array): Promise<Pixels>;
  png(bytes: Uint8Array): Promise<Pixels>;
  webp(bytes: Uint8Array): Promise<Pixels>;
}

/** @throws ImageError when the picture is refused or cannot be decoded. */
export async function decodeImage(bytes: Uint8Array, decoders: ImageDecoders): Promise<Pixels> {
  const header = readImageHeader(bytes);
  const pixels = await decoders[header.format](bytes);
  if (
    pixels.width * pixels.height !== header.width * header.height ||
    pixels.data.length !== header.width * header.height * 4
  )
    throw new Error(
      `internal: decode image: expected ${header.width} x ${header.height} pixels, got ${pixels.width} x ${pixels.height} in ${pixels.data.length} bytes.`,
    );
  return turnUpright(pixels, orientationOf(bytes, header.format));
}
