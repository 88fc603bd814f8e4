/**
 * Simulated encoders: from what is seen or heard (perception.ts) to the tokens that a network is given.
 *
 * An encoder is fixed by the world's seed. It folds the latent vector through sines of random directions, so that no linear
 * map undoes it, and adds what the other side knows nothing of: a content of the clip's or track's own, and white noise.
 * The scale is 1: every value of a token deviates by about 1.
 */
import type { NamedTensor } from '../../formats/safetensors.ts';
import { createRandom, type Random } from '../../lib/random.ts';
import { LATENT_WIDTH } from './latent.ts';
import { hear, show } from './perception.ts';
import type { SimulatedClip, SimulatedTrack, SimulatedWorld } from './world.ts';

export interface Encoders {
  /** One frame per second. [F, frameWidth] */
  video(clip: SimulatedClip): NamedTensor;
  /** One segment every 2.5 s, over 10 s. [S, segmentWidth] */
  music(track: SimulatedTrack): NamedTensor;
}

export interface Widths {
  frame: number;
  segment: number;
}

/** CLIP ViT-B/32's and AST's. */
export const WIDTHS: Widths = { frame: 512, segment: 768 };

export function simulatedEncoders(world: SimulatedWorld, widths: Widths = WIDTHS): Encoders {
  const random = createRandom(world.seed);
  const video = createMap(random.fork('encoder/video'), widths.frame);
  const music = createMap(random.fork('encoder/music'), widths.segment);
  return {
    video(clip) {
      const random = createRandom(clip.seed).fork('frames');
      return video(show(world, clip, random).frames, random);
    },
    music(track) {
      const random = createRandom(track.seed).fork('segments');
      return music(hear(world, track, random), random);
    },
  };
}

const DIRECTIONS = 64;
const CONTENT = 16;
/** Of the content and the white noise, the latent part being 1. */
const SIZE = { content: 0.5, white: 0.5 };
/** Radians per deviation of the latent vector: far above 1 nothing could be undone, far below it the map would be linear. */
const BEND = 0.6;

/** A fixed random map to tokens of this width. */
function createMap(random: Random, width: number) {
  const normals = (count: number, size: number): Float64Array =>
    Float64Array.from({ length: count }, () => size * random.normal());
  const directions = normals(DIRECTIONS * LATENT_WIDTH, BEND / Math.sqrt(LATENT_WIDTH)); // [DIRECTIONS, LATENT_WIDTH]
  const phases = Float64Array.from({ length: DIRECTIONS }, () => random.uniform(0, 2 * Math.PI));
  const out = normals(width * DIRECTIONS, Math.sqrt(2 / DIRECTIONS)); // [width, DIRECTIONS]
  const own = normals(width * CONTENT, SIZE.content / Math.sqrt(CONTENT)); // [width, CONTENT]
  const scale = 1 / Math.sqrt(1 + SIZE.content ** 2 + SIZE.white ** 2);

  return function toTokens(latents: readonly Float64Array[], stream: Random): NamedTensor {
    const content = new Float64Array(width);
    const drawn = Float64Array.from({ length: CONTENT }, () => stream.normal());
    multiply(own, drawn, content);
    const folded = new Float64Array(DIRECTIONS);
    const token = new Float64Array(width);
    const data = new Float32Array(latents.length * width);
    latents.forEach((latent, row) => {
      multiply(directions, latent, folded);
      for (let i = 0; i < DIRECTIONS; i++) folded[i] = Math.sin(folded[i] + phases[i]);
      multiply(out, folded, token);
      for (let i = 0; i < width; i++)
        data[row * width + i] = scale * (token[i] + content[i] + SIZE.white * stream.normal());
    });
    return { shape: [latents.length, width], data };
  };
}

/** matrix [rows, columns] · vector [columns] -> out [rows]; columns come in fours, which run side by side */
function multiply(matrix: Float64Array, vector: Float64Array, out: Float64Array): void {
  const columns = vector.length;
  for (let row = 0; row < out.length; row++) {
    const at = row * columns;
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let i = 0; i < columns; i += 4) {
      a += matrix[at + i] * vector[i];
      b += matrix[at + i + 1] * vector[i + 1];
      c += matrix[at + i + 2] * vector[i + 2];
      d += matrix[at + i + 3] * vector[i + 3];
    }
    out[row] = a + b + (c + d);
  }
}
