/**
 * The embedded image encoder: what a frame's colour, light, texture and motion say, without any model to download.
 *
 * Every number is measured on a 64 x 64 copy of the frame (whatever its shape), so a phone's small JPEG and a studio's large
 * one of the same picture give nearly the same token. The measures are the classical ones of affective picture
 * analysis (Machajdik & Hanbury, "Affective image classification", ACM MM 2010), each with its source where it is made.
 * Bringing the values to one scale is index/format/standardise.ts's part; learning what they mean is the model's.
 */

import { type Pixels, rgbToLab, shrink } from '../../index/image/image.ts';
import { COLOUR_WIDTH, measureColour } from './colour.ts';
import { decodeImage, type ImageDecoders } from './decode-image.ts';
import { MOTION_WIDTH, measureMotion } from './motion.ts';
import { measureTexture, TEXTURE_WIDTH } from './texture.ts';

// F frames · G cells of a side of the grid (64) · width values per token: colour, then texture, then motion

/** A power of two, so that octaves of detail halve exactly. */
const GRID = 64;

/** The revision is raised when equal frames give other tokens: what was kept from before is then encoded again. */
export const BASIC_FRAMES = {
  name: 'basic-frames',
  revision: 1,
  width: COLOUR_WIDTH + TEXTURE_WIDTH + MOTION_WIDTH,
} as const;

export interface FrameEmbedder {
  /** Measures the next frame. Nothing of `pixels` is kept but a 64 x 64 copy, until the frame after. */
  push(pixels: Pixels): void;
  /**
   * [F, width] of the frames so far. A first frame has nothing before it: it takes the second's motion, or 0 when it is alone.
   */
  tokens(): Float32Array;
}

export function createFrameEmbedder(): FrameEmbedder {
  const frames: Float32Array[] = []; // [width] each
  let before: Float32Array | undefined; // [G, G, 3] L*a*b* of the last frame

  function push(pixels: Pixels): void {
    const rgb = shrink(pixels, GRID, GRID);
    const lab = rgbToLab(rgb);
    const token = new Float32Array(BASIC_FRAMES.width);
    measureColour(rgb, lab, GRID, token.subarray(0, COLOUR_WIDTH));
    measureTexture(lab, GRID, token.subarray(COLOUR_WIDTH, COLOUR_WIDTH + TEXTURE_WIDTH));
    if (before) measureMotion(before, lab, motionOf(token));
    frames.push(token);
    if (frames.length === 2) motionOf(frames[0]).set(motionOf(token));
    before = lab;
  }

  function tokens(): Float32Array {
    const all = new Float32Array(frames.length * BASIC_FRAMES.width);
    for (const [i, token] of frames.entries()) all.set(token, i * BASIC_FRAMES.width);
    return all;
  }

  return { push, tokens };
}

const motionOf = (token: Float32Array): Float32Array => token.subarray(COLOUR_WIDTH + TEXTURE_WIDTH);

/**
 * Files to tokens, one decoded picture in memory at a time.
 * @param images JPEG, PNG or WebP files of one clip, one per second, in order
 * @returns [F, width] raw tokens
 * @throws ImageError for the first file that is refused.
 */
export async function embedFrames(images: readonly Uint8Array[], decoders: ImageDecoders): Promise<Float32Array> {
  const embedder = createFrameEmbedder();
  for (const image of images) embedder.push(await decodeImage(image, decoders));
  return embedder.tokens();
}
