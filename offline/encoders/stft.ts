/**
 * Short-time power spectra and the mel bands over them: what every measure of basic-audio is computed from.
 *
 * Frames are centred on multiples of the hop and see zeros beyond the ends (as librosa's `center` does), Hann window.
 * Mel bands are Davis and Mermelstein's triangles (1980) on the scale m = 2595 log10(1 + f / 700).
 */
import FFT from 'fft.js';

export interface Framing {
  /** Samples of a frame, a power of two. */
  size: number;
  /** Samples between the centres of two frames, at most `size`. */
  hop: number;
}

export const framesOf = (length: number, hop: number): number => Math.floor(length / hop) + 1;

/** Power spectra of samples that come piece by piece. */
export interface SpectrumStream {
  /** The next samples. Calls `each` for every frame that they complete. */
  push(samples: Float32Array): void;
  /** There are no more: the last frames see zeros. */
  end(): void;
}

/**
 * Call `each` for every frame, in order, with its power spectrum [size / 2 + 1]. The array is reused.
 * Power is scaled so that a full-scale sine sums to about 0.5 over its bins, its mean square.
 */
export function eachSpectrum(
  samples: Float32Array,
  framing: Framing,
  each: (power: Float64Array, frame: number) => void,
): void {
  const stream = createSpectrumStream(framing, each);
  stream.push(samples);
  stream.end();
}

/** The same for a stream: however it is cut into pieces, the spectra are those of `eachSpectrum`. Holds two frames of samples. */
export function createSpectrumStream(
  { size, hop }: Framing,
  each: (power: Float64Array, frame: number) => void,
): SpectrumStream {
  const fft = new FFT(size);
  const window = new Float64Array(size);
  let energy = 0;
  for (let i = 0; i < size; i++) {
    window[i] = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size);
    energy += window[i] * window[i];
  }
  const scale = 2 / (energy * size);
  const input = new Float64Array(size);
  const output = new Float64Array(size * 2); // re, im interleaved; only the first half is filled
  const power = new Float64Array(size / 2 + 1);

  const held = new Float32Array(2 * size); // from the beginning of the next frame on, half a frame of zeros first
  let filled = size / 2;
  let received = 0;
  let frame = 0;

  function transform(from: number): void {
    for (let i = 0; i < size; i++) input[i] = held[from + i] * window[i];
    fft.realTransform(output, input);
    for (let k = 0; k <= size / 2; k++) power[k] = (output[2 * k] ** 2 + output[2 * k + 1] ** 2) * scale;
    each(power, frame++);
  }

  /** Take what fits, transform every frame that is whole, and move the rest to the front. @returns how many were taken */
  function take(samples: Float32Array, from: number): number {
    const taken = Math.min(held.length - filled, samples.length - from);
    held.set(samples.subarray(from, from + taken), filled);
    filled += taken;
    let at = 0;
    for (; at + size <= filled; at += hop) transform(at);
    held.copyWithin(0, at, filled);
    filled -= at;
    return taken;
  }

  return {
    push(samples) {
      received += samples.length;
      for (let from = 0; from < samples.length; ) from += take(samples, from);
    },
    end() {
      const zeros = new Float32Array(hop);
      for (const frames = framesOf(received, hop); frame < frames; )
        take(zeros.subarray(0, Math.min(hop, size - filled)), 0);
    },
  };
}

/** A triangle over the bins first .. first + weights.length - 1. */
export interface MelBand {
  first: number;
  weights: Float64Array;
}

/** `count` triangles whose corners are evenly spaced in mel between lowHz and highHz. */
export function melBands(count: number, size: number, sampleRate: number, lowHz: number, highHz: number): MelBand[] {
  const mel = (hz: number): number => 2595 * Math.log10(1 + hz / 700);
  const hertz = (m: number): number => 700 * (10 ** (m / 2595) - 1);
  const binHz = sampleRate / size;
  const corner = (i: number): number => hertz(mel(lowHz) + ((mel(highHz) - mel(lowHz)) * i) / (count + 1));
  return Array.from({ length: count }, (_, band) => {
    const [low, centre, high] = [corner(band), corner(band + 1), corner(band + 2)];
    const first = Math.floor(low / binHz);
    const last = Math.min(size / 2, Math.ceil(high / binHz));
    const weights = new Float64Array(last - first + 1);
    for (let k = first; k <= last; k++) {
      const hz = k * binHz;
      weights[k - first] = Math.max(0, Math.min((hz - low) / (centre - low), (high - hz) / (high - centre)));
    }
    return { first, weights };
  });
}

/** Power in one band. */
export function bandPower(power: Float64Array, band: MelBand): number {
  let sum = 0;
  for (let k = 0; k < band.weights.length; k++) sum += power[band.first + k] * band.weights[k];
  return sum;
}
