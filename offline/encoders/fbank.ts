/**
 * Log mel energies of a track, and the windows of them that an audio spectrogram transformer (AST) reads.
 *
 * Kaldi's filter bank as torchaudio 0.13.1 computes it (torchaudio.compliance.kaldi.fbank) with AST's settings: frames of 25 ms every
 * 10 ms, mean removed, pre-emphasis 0.97, symmetric Hann window, 512 points, power, 128 triangles between 20 Hz and 8 kHz on
 * the scale 1127 ln(1 + f / 700), logarithm. Neither dither nor energy; only frames that lie within the sound.
 * MaDe's windows (paper §3.1) start on multiples of 2.5 s, which are whole frames: a track's frames are computed once and every
 * window reads its own. The transformer is ast-tower.ts.
 */
import FFT from 'fft.js';
import { MAX_SEGMENTS, REACH_SEC, STRIDE_SEC } from './segments.ts';

// T frames of a track

const SAMPLE_RATE = 16_000;
const FRAME = 400;
const HOP = 160;
const POINTS = 512;
const BANDS = 128;
const PRE_EMPHASIS = 0.97;
/** float32's epsilon, below which Kaldi cuts an energy off. */
const FLOOR = 2 ** -23;

export interface Fbank {
  /** Log mel energies [T, 128]. */
  frames: Float32Array;
  /** T, 0 where the sound is shorter than a frame. */
  count: number;
}

/** @param samples 16 kHz mono, in [-1, 1] */
export function fbank(samples: Float32Array): Fbank {
  const fft = new FFT(POINTS);
  const input = new Float64Array(POINTS); // what lies behind the frame stays zero
  const spectrum = new Float64Array(POINTS * 2); // re, im interleaved; only the first half is filled
  const power = new Float64Array(POINTS / 2);
  const window = Float64Array.from({ length: FRAME }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (FRAME - 1)));
  const { first, ends, weights } = triangles();

  const count = framesIn(samples.length);
  const frames = new Float32Array(count * BANDS);
  for (let frame = 0; frame < count; frame++) {
    fillFrame(input, samples, frame * HOP, window);
    fft.realTransform(spectrum, input);
    for (let bin = 0; bin < power.length; bin++) {
      const real = spectrum[2 * bin];
      const imaginary = spectrum[2 * bin + 1];
      power[bin] = real * real + imaginary * imaginary;
    }
    for (let band = 0, k = 0; band < BANDS; band++) {
      let energy = 0;
      for (let bin = first[band]; k < ends[band]; k++, bin++) energy += weights[k] * power[bin];
      frames[frame * BANDS + band] = Math.log(Math.max(energy, FLOOR));
    }
  }
  return { frames, count };
}

/** Whole frames within so many samples. */
function framesIn(samples: number): number {
  return samples < FRAME ? 0 : 1 + Math.floor((samples - FRAME) / HOP);
}

/** One frame without its mean, the difference to 0.97 of the sample before, faded in and out. */
function fillFrame(input: Float64Array, samples: Float32Array, start: number, window: Float64Array): void {
  let sum = 0;
  for (let i = start; i < start + FRAME; i++) sum += samples[i];
  const mean = sum / FRAME;
  let before = samples[start] - mean; // the first sample is its own predecessor
  for (let i = 0; i < FRAME; i++) {
    const sample = samples[start + i] - mean;
    input[i] = (sample - PRE_EMPHASIS * before) * window[i];
    before = sample;
  }
}

/** The bands' weights one behind the other, without the zeros: band b's end at ends[b], the first is bin first[b]'s. */
function triangles(): { first: Int32Array; ends: Int32Array; weights: Float64Array } {
  const mel = (hz: number): number => 1127 * Math.log(1 + hz / 700);
  const low = mel(20);
  const step = (mel(SAMPLE_RATE / 2) - low) / (BANDS + 1);
  const weights: number[] = [];
  const first = new Int32Array(BANDS);
  const ends = new Int32Array(BANDS);
  for (let band = 0; band < BANDS; band++) {
    const bins = Array.from({ length: POINTS / 2 }, (_, bin) => {
      const along = (mel((bin * SAMPLE_RATE) / POINTS) - low) / step - band; // 0 and 2 at the corners, 1 at the top
      return Math.min(along, 2 - along);
    });
    first[band] = bins.findIndex((weight) => weight > 0);
    weights.push(...bins.filter((weight) => weight > 0));
    ends[band] = weights.length; // the lowest triangles are narrower than a bin: some hold none
  }
  return { first, ends, weights: Float64Array.from(weights) };
}

export interface AstWindow {
  /** Frames [fromFrame, toFrame) of the track. */
  fromFrame: number;
  toFrame: number;
}

const STRIDE = STRIDE_SEC * SAMPLE_RATE;
const REACH = REACH_SEC * SAMPLE_RATE;
const MAX_SAMPLES = 240 * SAMPLE_RATE;

/**
 * MaDe's windows of a track: centred at 0, 2.5, 5, … 237.5 s, ±5 s, clipped to the track and to 240 s.
 * @param samples of the track, at 16 kHz
 * @returns S = floor(seconds / 2.5) + 1 windows, at most 96; one shorter than a frame is empty
 */
export function astWindows(samples: number): AstWindow[] {
  const end = Math.min(samples, MAX_SAMPLES);
  const count = Math.min(MAX_SEGMENTS, Math.floor(end / STRIDE) + 1);
  return Array.from({ length: count }, (_, i) => {
    const from = Math.max(0, i * STRIDE - REACH);
    const fromFrame = from / HOP; // whole: 2.5 s are 250 hops
    return { fromFrame, toFrame: fromFrame + framesIn(Math.min(end, i * STRIDE + REACH) - from) };
  });
}

/** Frames that AST reads; longer windows are cut. */
const AST_FRAMES = 1024;
/** Mean and deviation of AudioSet's log mel energies, as AST was trained with; the deviation counts twice. */
const AST_MEAN = -4.2677393;
const AST_DEVIATION = 4.5689974;

/**
 * One window as AST reads it. Frames that are missing are zeros before the normalising, so that they come out as 0.467.
 * @returns [1024, 128]
 */
export function astInput({ frames, count }: Fbank, fromFrame: number, toFrame: number): Float32Array {
  if (fromFrame < 0 || toFrame < fromFrame || toFrame > count)
    throw new Error(`internal: astInput wants frames within [0, ${count}), got [${fromFrame}, ${toFrame})`);
  const normal = (energy: number): number => (energy - AST_MEAN) / (2 * AST_DEVIATION);
  const out = new Float32Array(AST_FRAMES * BANDS).fill(normal(0));
  const wanted = frames.subarray(fromFrame * BANDS, Math.min(toFrame, fromFrame + AST_FRAMES) * BANDS);
  for (let i = 0; i < wanted.length; i++) out[i] = normal(wanted[i]);
  return out;
}
