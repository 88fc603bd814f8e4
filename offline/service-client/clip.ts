/**
 * The clip that a service is asked about: drawn from a seed, or the user's own.
 *
 * Drawn tokens are eighths from -1 to 1, which float32, float16 and int8 hold alike: all ways to send them must be answered by
 * the same bytes. Their music means nothing. Its length is no whole number of seconds, so that "to the millisecond" can be seen.
 */
/// <reference path="../lib/sharp.d.ts" />
import sharp from 'sharp';
import { BASIC_FRAMES, embedFrames } from '../../functions/embed/basic-frames.ts';
import { createRandom } from '../lib/random.ts';
import { nodeDecoders } from '../media/image-codecs.ts';
import { readClip } from '../media/video.ts';
import type { IndexAnswer } from './answers.ts';

// F frames · d_v values of a token

export interface Tokens {
  encoder: string;
  /** [F, d_v] */
  values: Float32Array<ArrayBuffer>;
  shape: [number, number];
  durationMs: number;
}

export interface Frames {
  /** JPEG, one per second. */
  frames: Uint8Array<ArrayBuffer>[];
  durationMs: number;
}

const SECONDS = 7;
const OVER_MS = 321;
const SEED = 'smoke';

export function drawnTokens({ encoders, model }: IndexAnswer): Tokens {
  const { name, width } = encoders.image;
  const frames = Math.min(SECONDS, model.maxFrames);
  const random = createRandom(SEED);
  const values = Float32Array.from({ length: frames * width }, () => (random.integer(17) - 8) / 8);
  return { encoder: name, values, shape: [frames, width], durationMs: frames * 1000 + OVER_MS };
}

/** Pictures of coloured waves that move on. */
export async function drawnFrames(maxFrames: number): Promise<Frames> {
  const count = Math.min(SECONDS, maxFrames);
  const [width, height] = [320, 180];
  const frames: Uint8Array<ArrayBuffer>[] = [];
  for (let second = 0; second < count; second++) {
    const pixels = new Uint8Array(width * height * 3);
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let channel = 0; channel < 3; channel++)
          pixels[at++] = 128 + 127 * Math.sin((x * (channel + 1) + 40 * second) / 50 + y / 30);
    const picture = sharp(pixels, { raw: { width, height, channels: 3 } });
    frames.push(Uint8Array.from(await picture.jpeg({ quality: 85 }).toBuffer()));
  }
  return { frames, durationMs: count * 1000 + OVER_MS };
}

/** @throws VideoError when there is nothing to see */
export async function readFrames(path: string, maxFrames: number): Promise<Frames> {
  const { frames, durationSec } = await readClip(path);
  const kept = frames.slice(0, maxFrames).map((frame) => Uint8Array.from(frame));
  return { frames: kept, durationMs: Math.round(durationSec * 1000) };
}

/** Made here, by the code that the service runs. @returns undefined where the index's encoder is another */
export async function tokensOf({ frames, durationMs }: Frames, { encoders }: IndexAnswer): Promise<Tokens | undefined> {
  const { name, width } = encoders.image;
  if (name !== BASIC_FRAMES.name || width !== BASIC_FRAMES.width) return undefined;
  const values = new Float32Array(await embedFrames(frames, await nodeDecoders()));
  return { encoder: name, values, shape: [frames.length, width], durationMs };
}
