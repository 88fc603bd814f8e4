/**
 * What can be seen of a clip and heard of a recording, before any encoder: latent vectors, off by noise.
 *
 * A clip fits its moment only roughly, and each of its shots does so in its own way; a recording is close to its song. How this
 * becomes tokens is tokens.ts; the oracle is shown a clip as it is here (likelihood.ts).
 */
import { createRandom, type Random } from '../../lib/random.ts';
import { LATENT_WIDTH, latentOf } from './latent.ts';
import { thousandths } from './lengths.ts';
import type { SimulatedClip, SimulatedTrack, SimulatedWorld } from './world.ts';

/** Deviations of each latent value. */
export interface Noise {
  /** Alike all through a clip or track. */
  whole: number;
  /** Alike all through a shot. */
  shot: number;
  /** Each frame's or segment's own. */
  token: number;
}

/**
 * Chosen so that, on `small`, a linear matcher stands well above chance and the oracle well above it but well below 1, in track
 * and in moment. Without the shots' noise, frames would average out and every moment be found.
 */
export const VIDEO_NOISE: Noise = { whole: 0.9, shot: 1.2, token: 1 };
export const MUSIC_NOISE: Noise = { whole: 0.2, shot: 0, token: 0.3 };

const MAX_FRAMES = 50;
const MAX_SEGMENTS = 96;
const STRIDE_SEC = 2.5;
const REACH_SEC = 5;

/** A clip as it shows itself, before any encoder. */
export interface Shown {
  /** At 0, 1, 2, … s: the latent vectors of its moment, off by its noise. [F][LATENT_WIDTH] */
  frames: Float64Array[];
  /** First frame of each shot. */
  shots: number[];
}

/** @param random the clip's stream, which this begins */
export function show(
  world: SimulatedWorld,
  clip: SimulatedClip,
  random = createRandom(clip.seed).fork('frames'),
): Shown {
  const latent = latentOf(world.seed, world.tracks[clip.track]);
  const count = Math.min(MAX_FRAMES, Math.ceil(thousandths(clip.endSec - clip.startSec)));
  const moment = Array.from({ length: count }, (_, second) => {
    const out = new Float64Array(LATENT_WIDTH);
    latent(clip.startSec + second, out);
    return out;
  });
  const shots = drawShots(random, count);
  return { frames: withNoise(moment, shots, VIDEO_NOISE, random), shots };
}

/** A cut every 3 to 7 s. */
function drawShots(random: Random, frames: number): number[] {
  const shots: number[] = [];
  for (let first = 0; first < frames; first += 3 + random.integer(5)) shots.push(first);
  return shots;
}

/**
 * Means of the song's latent vectors over ±5 s around 0, 2.5, 5, … s, cut off at the track's ends, off by the recording's noise.
 * [S][LATENT_WIDTH]
 * @param random the recording's stream, which this begins
 */
export function hear(world: SimulatedWorld, track: SimulatedTrack, random: Random): Float64Array[] {
  const { durationSec } = track.song;
  const latent = latentOf(world.seed, track);
  const one = new Float64Array(LATENT_WIDTH);
  const heard = Array.from({ length: Math.min(MAX_SEGMENTS, Math.floor(durationSec / STRIDE_SEC) + 1) }, (_, j) => {
    const mean = new Float64Array(LATENT_WIDTH);
    const [from, to] = [Math.max(0, j * STRIDE_SEC - REACH_SEC), Math.min(durationSec, j * STRIDE_SEC + REACH_SEC)];
    const parts = Math.ceil(to - from);
    for (let part = 0; part < parts; part++) {
      latent(from + ((to - from) * (part + 0.5)) / parts, one);
      for (let i = 0; i < LATENT_WIDTH; i++) mean[i] += one[i] / parts;
    }
    return mean;
  });
  return withNoise(heard, [], MUSIC_NOISE, random);
}

function withNoise(
  latents: readonly Float64Array[],
  shots: readonly number[],
  { whole, shot, token }: Noise,
  random: Random,
): Float64Array[] {
  const normals = (size: number) => Float64Array.from({ length: LATENT_WIDTH }, () => size * random.normal());
  const ofAll = normals(whole);
  let ofShot = new Float64Array(LATENT_WIDTH);
  return latents.map((latent, at) => {
    if (shots.includes(at)) ofShot = normals(shot);
    return latent.map((value, i) => value + ofAll[i] + ofShot[i] + token * random.normal());
  });
}
