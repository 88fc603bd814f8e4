/**
 * How strongly something begins, a hundred times a second: the series that beats are found in.
 *
 * Spectral flux of compressed mel bands (Bello et al., "A tutorial on onset detection in music signals", 2005), summed over three
 * ranges: low for bass drums, middle for snares and voices, high for cymbals. A band is compared with the highest of itself and its
 * neighbours before, so that a tone that wavers is no onset (Böck and Widmer, "Maximum filter vibrato suppression for onset
 * detection", DAFx 2013). Short windows, so that a beat is placed to a hundredth of a second; the series of
 * offline/encoders/rhythm.ts has longer ones and serves statistics.
 */
import { bandPower, createSpectrumStream, melBands } from '../encoders/stft.ts';
import { createSeries } from './series.ts';

// T frames

const SAMPLE_RATE = 16000;
const HOP = 160;
/** Frames a second. */
export const ONSET_RATE = SAMPLE_RATE / HOP;
const SIZE = 512;
const BANDS = 48;
const LOW_HZ = 30;
const HIGH_HZ = 7800;
/** Bands whose middle lies below these are low and middle. */
const EDGES_HZ = [180, 2000];
/** Compression: a band 50 dB below the loudest frame of the last minute counts about as much as silence. */
const GAIN = 300;
/** How fast that loudest frame is forgotten: 1 / e of its amplitude is left after so long. Within a bar an accent has to stay one. */
const FORGET_SEC = 60;
const FORGET = Math.exp(-1 / (FORGET_SEC * ONSET_RATE));
/** Amplitude; what is quieter still is not held against itself. */
const LEAST_REFERENCE = 1e-3;
/** Frames between what is compared: windows of 32 ms, 10 ms apart, are much the same. */
const LAG = 2;

export interface OnsetMeter {
  /** 16 kHz mono. */
  push(samples: Float32Array): void;
  end(): Onsets;
}

export interface Onsets {
  /** T */
  frames: number;
  /** [T] rise of level in each range, 0 and up. */
  low: Float32Array;
  middle: Float32Array;
  high: Float32Array;
}

export function createOnsetMeter(): OnsetMeter {
  const rises = createSeries(3);
  const bands = melBands(BANDS, SIZE, SAMPLE_RATE, LOW_HZ, HIGH_HZ);
  const ranges = bands.map(({ first, weights }) => {
    const middleHz = ((first + weights.length / 2) * SAMPLE_RATE) / SIZE;
    return EDGES_HZ.findIndex((edge) => middleHz < edge) & 3; // -1, above both, is 3
  });
  const room = () => Array.from({ length: LAG + 1 }, () => new Float64Array(BANDS + 2)); // of the last frames, in turn; 0 at both ends
  const [amplitudes, levels] = [room(), room()];
  const row = new Float64Array(4);
  let reference = LEAST_REFERENCE;
  const stream = createSpectrumStream({ size: SIZE, hop: HOP }, (power, t) => {
    const [slot, slotBefore] = [t % (LAG + 1), (t + 1) % (LAG + 1)]; // before: LAG frames ago
    const [now, before] = [levels[slot], levels[slotBefore]];
    const amplitude = amplitudes[slot];
    row.fill(0);
    let sum = 0;
    for (let b = 0; b < BANDS; b++) {
      const inBand = bandPower(power, bands[b]);
      sum += inBand;
      amplitude[b + 1] = Math.sqrt(inBand);
    }
    reference = Math.max(LEAST_REFERENCE, reference * FORGET);
    if (sum > reference * reference) {
      reference = Math.sqrt(sum);
      for (const [i, held] of amplitudes.entries()) compress(held, reference, levels[i]); // what is compared has one reference
    } else compress(amplitude, reference, now);
    for (let b = 1; b <= BANDS && t >= LAG; b++) {
      const highest = Math.max(before[b - 1], before[b], before[b + 1]);
      if (now[b] > highest) row[ranges[b - 1]] += now[b] - highest;
    }
    rises.push([row[0], row[1], row[3]]);
  });
  return {
    push: stream.push,
    end() {
      stream.end();
      const frames = rises.length();
      const values = rises.values();
      const column = (c: number): Float32Array => Float32Array.from({ length: frames }, (_, t) => values[3 * t + c]);
      return { frames, low: column(0), middle: column(1), high: column(2) };
    },
  };
}

function compress(amplitudes: Float64Array, reference: number, levels: Float64Array): void {
  const gain = GAIN / reference;
  for (let b = 1; b <= BANDS; b++) levels[b] = Math.log1p(gain * amplitudes[b]);
}
