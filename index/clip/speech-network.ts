/**
 * Silero VAD (github.com/snakers4/silero-vad, MIT; its sixth version) in plain arithmetic: how likely somebody speaks, 31 times a second.
 *
 * 680,000 multiplications a chunk, so that a phone needs no runtime of several megabytes for it, and page and offline program give the same
 * numbers. A chunk's spectra go through four convolutions and a memory (LSTM). The weights are read by speech-weights.ts; a test holds
 * the outputs to onnxruntime's. When that is speech, and from when to when, is speech.ts's.
 */
import type { Layer, SpeechWeights } from './speech-weights.ts';

export const SPEECH_RATE = 16_000;
/** Samples of a chunk: 32 ms. */
export const CHUNK = 512;
/** Of the chunk before, in front of each. */
const BEFORE = 64;
const WINDOW = 256;
const HOP = 128;
const BINS = WINDOW / 2 + 1;
const STATE = 128;
/** Spectra of a chunk. */
const SPECTRA = 4;

export interface SpeechNetwork {
  /** @param chunk [CHUNK] mono of 16 kHz @returns 0 to 1 */
  next(chunk: Float32Array): number;
}

export function createSpeechNetwork(weights: SpeechWeights): SpeechNetwork {
  const spectrumOf = createSpectrum();
  const before = new Float32Array(BEFORE);
  const samples = new Float32Array(BEFORE + CHUNK + BEFORE); // the last are the mirror of what is before them
  const hidden = new Float32Array(STATE);
  const cell = new Float32Array(STATE);
  const gates = new Float32Array(4 * STATE);

  function remember(seen: Float32Array): void {
    const { input, state } = weights;
    for (let row = 0; row < 4 * STATE; row++)
      gates[row] =
        input.biases[row] +
        state.biases[row] +
        dot(input.weights, row * STATE, seen) +
        dot(state.weights, row * STATE, hidden);
    for (let i = 0; i < STATE; i++) {
      const [keep, take] = [sigmoid(gates[STATE + i]), sigmoid(gates[i])];
      cell[i] = keep * cell[i] + take * Math.tanh(gates[2 * STATE + i]);
      hidden[i] = sigmoid(gates[3 * STATE + i]) * Math.tanh(cell[i]);
    }
  }

  return {
    next(chunk) {
      samples.set(before);
      samples.set(chunk, BEFORE);
      const end = BEFORE + CHUNK;
      for (let i = 0; i < BEFORE; i++) samples[end + i] = samples[end - 2 - i];
      before.set(chunk.subarray(CHUNK - BEFORE));
      const spectra = spectrumOf(samples); // [BINS, SPECTRA]
      const seen = convolve(spectra, SPECTRA, weights.spectrum, 1); // [128, 4]
      const halved = convolve(seen, 4, weights.halved, 2); // [64, 2]
      const again = convolve(halved, 2, weights.halvedAgain, 2); // [64, 1]
      remember(convolve(again, 1, weights.last, 1)); // [128, 1]
      const { biases } = weights.speech;
      let sum = biases[0];
      for (let i = 0; i < STATE; i++) sum += weights.speech.weights[i] * Math.max(0, hidden[i]);
      return sigmoid(sum);
    },
  };
}

/** Magnitudes of overlapping windows (Hann, periodic). @returns from samples to [BINS, SPECTRA] */
function createSpectrum(): (samples: Float32Array) => Float32Array {
  const [cosines, sines] = [new Float32Array(BINS * WINDOW), new Float32Array(BINS * WINDOW)];
  for (let bin = 0; bin < BINS; bin++)
    for (let i = 0; i < WINDOW; i++) {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW);
      const angle = (2 * Math.PI * ((bin * i) % WINDOW)) / WINDOW;
      cosines[bin * WINDOW + i] = window * Math.cos(angle);
      sines[bin * WINDOW + i] = window * Math.sin(angle);
    }
  return (samples) => {
    const out = new Float32Array(BINS * SPECTRA);
    for (let t = 0; t < SPECTRA; t++) {
      const part = samples.subarray(t * HOP, t * HOP + WINDOW);
      for (let bin = 0; bin < BINS; bin++)
        out[bin * SPECTRA + t] = Math.hypot(dot(cosines, bin * WINDOW, part), dot(sines, bin * WINDOW, part));
    }
    return out;
  };
}

/** Three taps, zeros around, then what is above zero. @param from [channels, length] @returns [outputs, ceil(length / stride)] */
function convolve(from: Float32Array, length: number, { weights, biases }: Layer, stride: number): Float32Array {
  const channels = from.length / length;
  const times = Math.ceil(length / stride);
  const out = new Float32Array(biases.length * times);
  const seen = new Float32Array(channels * 3);
  for (let t = 0; t < times; t++) {
    for (let channel = 0; channel < channels; channel++)
      for (let tap = 0; tap < 3; tap++) {
        const at = t * stride + tap - 1;
        seen[channel * 3 + tap] = at >= 0 && at < length ? from[channel * length + at] : 0;
      }
    for (let row = 0; row < biases.length; row++)
      out[row * times + t] = Math.max(0, biases[row] + dot(weights, row * seen.length, seen));
  }
  return out;
}

/** Of a row of a matrix with a vector. */
function dot(rows: Float32Array, from: number, vector: Float32Array): number {
  let [one, two, three, four] = [0, 0, 0, 0];
  const whole = vector.length - (vector.length % 4);
  for (let i = 0; i < whole; i += 4) {
    one += rows[from + i] * vector[i];
    two += rows[from + i + 1] * vector[i + 1];
    three += rows[from + i + 2] * vector[i + 2];
    four += rows[from + i + 3] * vector[i + 3];
  }
  for (let i = whole; i < vector.length; i++) one += rows[from + i] * vector[i];
  return one + two + three + four;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
