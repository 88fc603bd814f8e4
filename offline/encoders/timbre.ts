/**
 * Timbre and loudness of each 20 ms of a track: mel bands, loudness, centroid, rolloff, flatness, zero crossings, contrast.
 *
 * Definitions follow Peeters, "A large set of audio features" (CUIDADO, 2004); spectral contrast is Jiang et al., "Music
 * type classification by spectral contrast feature" (ICME 2002). Everything is finite on silence: 1e-10 (-100 dB) of white
 * power lies under every spectrum. Statistics over windows are made in basic-audio.ts.
 */
import { bandPower, eachSpectrum, framesOf, melBands } from './stft.ts';

export const SAMPLE_RATE = 16000;
const HOP = 320;
/** Frames per second. */
export const FRAME_RATE = SAMPLE_RATE / HOP;
export const MEL_COUNT = 24;
/** Jiang's octave bands, in Hz. */
const CONTRAST_EDGES = [0, 200, 400, 800, 1600, 3200, 8000];
export const CONTRAST_COUNT = CONTRAST_EDGES.length - 1;
/** Contrast moves slowly and needs sorting: one frame in five is enough. */
export const CONTRAST_EVERY = 5;

const SIZE = 1024;
const FLOOR = 1e-10;
const BIN_HZ = SAMPLE_RATE / SIZE;

// T frames
export interface Timbre {
  frames: number;
  /** [T, 24] power. */
  mel: Float32Array;
  /** [T] dB of mean square; a full-scale sine is -3. */
  loudness: Float32Array;
  /** [T] octaves above 55 Hz. */
  centroid: Float32Array;
  /** [T] octaves above 55 Hz, below which 85 % of the power lies. */
  rolloff: Float32Array;
  /** [T] dB of geometric over arithmetic mean: 0 for noise, far below for tones. */
  flatness: Float32Array;
  /** [T] zero crossings per sample. */
  crossings: Float32Array;
  /** [ceil(T / 5), 6] dB between the peaks and the valleys of each band. */
  contrast: Float32Array;
}

/** Measure a track of 16 kHz mono samples. */
export function measureTimbre(samples: Float32Array): Timbre {
  const frames = framesOf(samples.length, HOP);
  const bands = melBands(MEL_COUNT, SIZE, SAMPLE_RATE, 40, 8000);
  const timbre: Timbre = {
    frames,
    mel: new Float32Array(frames * MEL_COUNT),
    loudness: new Float32Array(frames),
    centroid: new Float32Array(frames),
    rolloff: new Float32Array(frames),
    flatness: new Float32Array(frames),
    crossings: zeroCrossings(samples, frames),
    contrast: new Float32Array(Math.ceil(frames / CONTRAST_EVERY) * CONTRAST_COUNT),
  };
  eachSpectrum(samples, { size: SIZE, hop: HOP }, (power, t) => {
    for (let b = 0; b < MEL_COUNT; b++) timbre.mel[t * MEL_COUNT + b] = bandPower(power, bands[b]);
    let [sum, weighted, logs] = [0, 0, 0];
    let product = 1; // one logarithm per eight bins: the sum of logarithms is the logarithm of the product
    for (let k = 1; k <= SIZE / 2; k++) {
      const p = power[k] + FLOOR / (SIZE / 2);
      sum += p;
      weighted += p * k;
      product *= p;
      if ((k & 7) === 0) {
        logs += Math.log(product);
        product = 1;
      }
    }
    timbre.loudness[t] = decibel(sum);
    timbre.centroid[t] = octaves((weighted / sum) * BIN_HZ);
    timbre.flatness[t] = (10 / Math.LN10) * (logs / (SIZE / 2) - Math.log(sum / (SIZE / 2)));
    timbre.rolloff[t] = octaves(rolloffBin(power, sum) * BIN_HZ);
    if (t % CONTRAST_EVERY === 0) writeContrast(power, timbre.contrast, (t / CONTRAST_EVERY) * CONTRAST_COUNT);
  });
  return timbre;
}

/** Octaves above 55 Hz, never below 0: pitch is heard logarithmically. */
export const octaves = (hz: number): number => Math.log2(Math.max(55, hz) / 55);

export const decibel = (power: number): number => 10 * Math.log10(power + FLOOR);

function rolloffBin(power: Float64Array, sum: number): number {
  let [k, below] = [0, 0];
  while (k < SIZE / 2 && below < 0.85 * sum) below += power[++k] + FLOOR / (SIZE / 2);
  return k;
}

function writeContrast(power: Float64Array, out: Float32Array, at: number): void {
  for (let b = 0; b < CONTRAST_COUNT; b++) {
    const from = Math.max(1, Math.round(CONTRAST_EDGES[b] / BIN_HZ));
    const band = power.slice(from, Math.round(CONTRAST_EDGES[b + 1] / BIN_HZ)).sort();
    const part = Math.max(1, Math.round(band.length * 0.2)); // Jiang's alpha
    let [valley, peak] = [0, 0];
    for (let i = 0; i < part; i++) {
      valley += band[i];
      peak += band[band.length - 1 - i];
    }
    out[at + b] = decibel(peak / part) - decibel(valley / part);
  }
}

function zeroCrossings(samples: Float32Array, frames: number): Float32Array {
  const counts = new Float32Array(frames);
  for (let i = 1; i < samples.length; i++)
    if (samples[i] >= 0 !== samples[i - 1] >= 0) counts[Math.floor(i / HOP)] += 1 / HOP;
  return counts;
}
