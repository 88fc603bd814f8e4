/**
 * Onsets and tempo: how much begins, how often, and how regularly.
 *
 * Onset strength is the spectral flux of compressed mel bands (Bello et al., "A tutorial on onset detection in music
 * signals", 2005); the tempo profile is its autocorrelation, whose highest point is Lartillot's pulse clarity (ISMIR 2008).
 * Bar lines and beats to cut on are not found here.
 */
import { FRAME_RATE, MEL_COUNT, type Timbre } from './timbre.ts';

/** Bin edges are evenly spaced in log tempo. */
export const TEMPO_BINS = 12;
const LOW_BPM = 60;
const HIGH_BPM = 180;
/** Compression: power relative to the track's mean, so that a louder copy has the same onsets. */
const GAIN = 100;
/** Flux is taken over 40 ms, the overlap of two 64 ms frames being most of it at 20 ms. */
const LAG = 2;
/** A peak is the highest of ±60 ms and stands out of the mean of ±0.5 s. */
const PEAK_REACH = 3;
const MEAN_REACH = 25;

// T frames
export interface Rhythm {
  /** [T] onset strength, 0 and up. */
  strength: Float32Array;
  /** [T] 1 where an onset was found. */
  onsets: Float32Array;
  /** [T] strength, smoothed: for tempoProfile. */
  pulse: Float32Array;
}

export function measureRhythm(timbre: Timbre): Rhythm {
  const strength = spectralFlux(timbre);
  return { strength, onsets: pickPeaks(strength), pulse: smooth(strength) };
}

/**
 * Autocorrelation of the pulse of frames from..to at the lags of the twelve tempo bins, 1 at lag 0.
 * The estimate is the biased one, so of a pulse and its half the faster wins. All 0 where nothing begins.
 */
export function tempoProfile(pulse: Float32Array, from: number, to: number, out: Float32Array, at: number): void {
  const length = to - from;
  let mean = 0;
  for (let i = from; i < to; i++) mean += pulse[i] / length;
  const longest = Math.ceil((60 / LOW_BPM) * FRAME_RATE) + 1;
  const correlation = new Float64Array(longest + 1);
  for (let lag = 0; lag <= longest; lag++)
    for (let i = from; i < to - lag; i++) correlation[lag] += (pulse[i] - mean) * (pulse[i + lag] - mean);

  for (let bin = 0; bin < TEMPO_BINS; bin++) {
    let best = -1;
    for (let part = 0; part < 4; part++) {
      const bpm = LOW_BPM * (HIGH_BPM / LOW_BPM) ** ((bin + (part + 0.5) / 4) / TEMPO_BINS);
      const lag = (60 / bpm) * FRAME_RATE;
      const whole = Math.floor(lag);
      const value = correlation[whole] + (lag - whole) * (correlation[whole + 1] - correlation[whole]);
      best = Math.max(best, correlation[0] > 1e-9 ? value / correlation[0] : 0);
    }
    out[at + bin] = best;
  }
}

function spectralFlux({ mel, frames }: Timbre): Float32Array {
  let mean = 0;
  for (let i = 0; i < mel.length; i++) mean += mel[i] / mel.length;
  const scale = mean > 1e-12 ? GAIN / mean : 0;
  const level = mel.map((power) => Math.log1p(power * scale)); // [T, 24]
  const flux = new Float32Array(frames);
  for (let t = LAG; t < frames; t++) {
    let sum = 0;
    for (let b = 0; b < MEL_COUNT; b++) sum += Math.max(0, level[t * MEL_COUNT + b] - level[(t - LAG) * MEL_COUNT + b]);
    flux[t] = sum / MEL_COUNT;
  }
  return flux;
}

/**
 * Binomial, about 40 ms wide. A beat between two frames falls now on one and now on the other; unsmoothed, a pulse of 17.6
 * frames would look less regular than its half, of 35.3.
 */
function smooth(strength: Float32Array): Float32Array {
  const value = (t: number): number => strength[t] ?? 0;
  return strength.map(
    (_, t) => (value(t - 2) + 4 * value(t - 1) + 6 * value(t) + 4 * value(t + 1) + value(t + 2)) / 16,
  );
}

function pickPeaks(strength: Float32Array): Float32Array {
  const onsets = new Float32Array(strength.length);
  for (let t = 0; t < strength.length; t++) {
    const value = strength[t];
    if (value < 0.05 || !isHighest(strength, t)) continue;
    let [sum, count] = [0, 0];
    for (let i = Math.max(0, t - MEAN_REACH); i <= Math.min(strength.length - 1, t + MEAN_REACH); i++) {
      sum += strength[i];
      count++;
    }
    if (value > (1.5 * sum) / count) onsets[t] = 1;
  }
  return onsets;
}

function isHighest(strength: Float32Array, t: number): boolean {
  for (let d = 1; d <= PEAK_REACH; d++)
    if ((strength[t - d] ?? 0) >= strength[t] || (strength[t + d] ?? 0) > strength[t]) return false;
  return true;
}
