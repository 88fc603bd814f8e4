/**
 * What a moment of a track is like, as numbers that neither an ear nor an eye has touched yet.
 *
 * One vector per second holds: the track's topic (its style, and how it differs from others of that style), character and
 * tempo; the section's features and motif, which recur with the section; mood and energy, which move within it; and a slow
 * drift of the track's own, without which two choruses would be one. All of it is shared between music and video; what is
 * seen and heard of it is perception.ts.
 */

import { createRandom, type Random } from '../../lib/random.ts';
import type { SectionKind } from '../composed/form.ts';
import { moodAt, type Song, tempoShare } from '../composed/song.ts';
import { STYLES } from '../composed/styles.ts';
import type { SimulatedTrack } from './world.ts';

const [TOPIC, MOTIF, DRIFT] = [6, 4, 3];

/** Values of a latent vector: topic, character and tempo, mood and features, motif, drift. Each has a deviation near 1 or below. */
export const LATENT_WIDTH = TOPIC + 5 + 6 + MOTIF + DRIFT;

/** How far a track's topic lies from its style's, in deviations of the styles. */
const OWN_TOPIC = 0.75;
const DRIFT_SIZE = 0.5;
/** A drift swings once in so many seconds. */
const DRIFT_SEC = [12, 45] as const;

/** Writes the latent vector of the moment `sec` into `out`. [LATENT_WIDTH] */
export type Latent = (sec: number, out: Float64Array) => void;

/** @param worldSeed decides what the styles are like; everything else comes from the track's own seed */
export function latentOf(worldSeed: string, track: SimulatedTrack): Latent {
  const { song, seed } = track;
  const random = createRandom(seed);
  const constant = [...drawTopic(worldSeed, track), ...characterOf(song)];
  const motifs = new Map<SectionKind, number[]>();
  for (const { kind } of song.sections)
    if (!motifs.has(kind)) motifs.set(kind, normals(random.fork(`motif/${kind}`), MOTIF));
  const drifts = drawDrifts(random.fork('drift'));

  return function latentAt(sec, out) {
    out.set(constant);
    const { section, energy, arousal, valence } = moodAt(song, sec);
    let at = constant.length;
    for (const share of [energy, arousal, valence, section.register, section.density, section.brightness])
      out[at++] = 2.5 * (share - 0.5); // shares deviate by about a quarter
    for (const value of motifs.get(section.kind)!) out[at++] = 0.6 * value;
    for (const { size, periodSec, phase } of drifts)
      out[at++] = size * Math.sin((2 * Math.PI * sec) / periodSec + phase);
  };
}

function drawTopic(worldSeed: string, { style, seed }: SimulatedTrack): number[] {
  const centre = normals(createRandom(`${worldSeed}/style/${STYLES[style].name}`), TOPIC);
  const own = normals(createRandom(seed).fork('topic'), TOPIC);
  return centre.map((value, i) => 0.8 * value + OWN_TOPIC * own[i]);
}

function characterOf(song: Song): number[] {
  const { weight, air, roughness } = song.character;
  return [
    ...[weight, air, roughness, tempoShare(song)].map((share) => 3 * (share - 0.5)),
    song.mode === 'major' ? 1 : -1,
  ];
}

function drawDrifts(random: Random): { size: number; periodSec: number; phase: number }[] {
  return Array.from({ length: DRIFT }, () => ({
    size: DRIFT_SIZE * random.uniform(0.7, 1.7),
    periodSec: random.uniform(...DRIFT_SEC),
    phase: random.uniform(0, 2 * Math.PI),
  }));
}

const normals = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.normal());
