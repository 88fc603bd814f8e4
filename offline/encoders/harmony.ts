/**
 * Pitch classes, key and register of each 100 ms of a track.
 *
 * Pitch classes are collected from spectral peaks with interpolated frequency (Gómez, "Tonal description of music audio
 * signals", 2006), which 4096-point bins alone could not resolve below 130 Hz. Keys are correlations with the
 * probe-tone profiles of Krumhansl and Kessler (1982). A is taken to be 440 Hz; detuned recordings smear by their offset.
 */
import { createSpectrumStream, framesOf, type SpectrumStream } from './stft.ts';
import { octaves, SAMPLE_RATE } from './timbre.ts';

const HARMONY_HOP = 1600;
export const HARMONY_RATE = SAMPLE_RATE / HARMONY_HOP;

const SIZE = 4096;
const LOW_HZ = 60;
const HIGH_HZ = 2000;
/** Peaks more than 50 dB below the strongest of a frame are taken for leakage and noise. */
const PEAK_RANGE = 1e-5;
const SILENCE = 1e-9;

const MAJOR = [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88];
const MINOR = [6.33, 2.68, 3.52, 5.38, 2.6, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17];

// H frames
export interface Harmony {
  frames: number;
  /** [H, 12] amplitude per pitch class, C first. */
  chroma: Float32Array;
  /** [H] mean pitch of the peaks in octaves above 55 Hz times their amplitude; divide by weight. */
  pitch: Float32Array;
  /** [H] sum of the peaks' amplitudes. */
  weight: Float32Array;
}

/** Measure a track of 16 kHz mono samples. */
export function measureHarmony(samples: Float32Array): Harmony {
  const frames = framesOf(samples.length, HARMONY_HOP);
  const harmony: Harmony = {
    frames,
    chroma: new Float32Array(frames * 12),
    pitch: new Float32Array(frames),
    weight: new Float32Array(frames),
  };
  const stream = createHarmonyStream((moment, t) => {
    harmony.chroma.set(moment.chroma, t * 12);
    harmony.pitch[t] = moment.pitch;
    harmony.weight[t] = moment.weight;
  });
  stream.push(samples);
  stream.end();
  return harmony;
}

/** One frame of Harmony. */
export interface HarmonyMoment {
  /** [12] */
  chroma: Float32Array;
  pitch: number;
  weight: number;
}

/** The same for 16 kHz mono that comes piece by piece: `each` is called for every frame, in order. The moment is reused. */
export function createHarmonyStream(each: (moment: HarmonyMoment, frame: number) => void): SpectrumStream {
  const binHz = SAMPLE_RATE / SIZE;
  const [low, high] = [Math.ceil(LOW_HZ / binHz), Math.floor(HIGH_HZ / binHz)];
  const chroma = new Float32Array(12);
  const sums = new Float32Array(2); // pitch, weight; single precision, as they are kept
  const moment: HarmonyMoment = { chroma, pitch: 0, weight: 0 };
  return createSpectrumStream({ size: SIZE, hop: HARMONY_HOP }, (power, t) => {
    chroma.fill(0);
    sums.fill(0);
    let strongest = 0;
    for (let k = low; k <= high; k++) strongest = Math.max(strongest, power[k]);
    for (let k = low; k <= high && strongest >= SILENCE; k++) {
      const p = power[k];
      if (p < strongest * PEAK_RANGE || p <= power[k - 1] || p < power[k + 1]) continue;
      const hz = (k + peakOffset(power[k - 1], p, power[k + 1])) * binHz;
      const amplitude = Math.sqrt(p);
      const note = 12 * Math.log2(hz / 440) + 69; // MIDI number; 60 is a C
      const below = Math.floor(note);
      chroma[below % 12] += amplitude * (1 - (note - below));
      chroma[(below + 1) % 12] += amplitude * (note - below);
      sums[0] += amplitude * octaves(hz);
      sums[1] += amplitude;
    }
    [moment.pitch, moment.weight] = sums;
    each(moment, t);
  });
}

export interface Key {
  /** Pitch class of the strongest key's tonic, C = 0. */
  tonic: number;
  /** Correlation with the best major and the best minor profile, in [-1, 1]; 0 for silence. */
  major: number;
  minor: number;
}

/** The strongest key of a chroma vector [12]. */
export function findKey(chroma: ArrayLike<number>): Key {
  const key: Key = { tonic: 0, major: -1, minor: -1 };
  const strengths = keyStrengths(chroma);
  for (let tonic = 0; tonic < 12; tonic++) {
    const [major, minor] = [strengths[tonic], strengths[12 + tonic]];
    if (Math.max(major, minor) > Math.max(key.major, key.minor)) key.tonic = tonic;
    key.major = Math.max(key.major, major);
    key.minor = Math.max(key.minor, minor);
  }
  return key;
}

/** Correlation of a chroma vector [12] with every key's profile [24]: twelve majors from C up, then twelve minors. */
export function keyStrengths(chroma: ArrayLike<number>): number[] {
  return Array.from({ length: 24 }, (_, i) => correlation(chroma, i < 12 ? MAJOR : MINOR, i % 12));
}

/** Where between two bins a peak lies: the vertex of the parabola through three log powers (Smith and Serra 1987). */
function peakOffset(left: number, centre: number, right: number): number {
  const [a, b, c] = [Math.log(left + 1e-30), Math.log(centre), Math.log(right + 1e-30)];
  const curve = a - 2 * b + c;
  return curve === 0 ? 0 : (0.5 * (a - c)) / curve;
}

function correlation(chroma: ArrayLike<number>, profile: readonly number[], tonic: number): number {
  const [meanX, meanY] = [mean(chroma), mean(profile)];
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < 12; i++) {
    const x = chroma[(i + tonic) % 12] - meanX;
    const y = profile[i] - meanY;
    xy += x * y;
    xx += x * x;
    yy += y * y;
  }
  return xx > 0 ? xy / Math.sqrt(xx * yy) : 0;
}

const mean = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
};
