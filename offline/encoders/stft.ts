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
  /** Samples between the centres of two frames. */
  hop: number;
}

export const framesOf = (length: number, hop: number): number => Math.floor(length / hop) + 1;

/**
 * Call `each` for every frame, in order, with its power spectrum [size / 2 + 1]. The array is reused.
 * Power is scaled so that a full-scale sine sums to about 0.5 over its bins, its mean square.
 */
export function eachSpectrum(
  samples: Float32Array,
  framing: Framing,
  each: (power: Float64Array, frame: number) => void,
): void {
  const { size, hop } = framing;
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

  const frames = framesOf(samples.length, hop);
  for (let frame = 0; frame < frames; frame++) {
    const first = frame * hop - size / 2;
    for (let i = 0; i < size; i++) {
      const at = first + i;
      input[i] = at >= 0 && at < samples.length ? samples[at] * window[i] : 0;
    }
    fft.realTransform(output, input);
    for (let k = 0; k <= size / 2; k++) power[k] = (output[2 * k] ** 2 + output[2 * k + 1] ** 2) * scale;
    each(power, frame);
  }
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
