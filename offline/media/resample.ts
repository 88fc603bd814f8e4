/**
 * Change the sample rate: a windowed-sinc filter, one set of coefficients per phase.
 *
 * The textbook rational resampler (Crochiere and Rabiner, "Multirate Digital Signal Processing", 1983) with a Kaiser window
 * (Kaiser 1974). The filter passes up to 0.82 of the lower Nyquist frequency and is 70 dB down at it, so what would
 * alias is at most a thousandth of its amplitude. Channels are mixed elsewhere.
 */

const ATTENUATION_DB = 70;
/** Zero crossings of the sinc on either side, counted at the lower of the two rates. */
const HALF_CROSSINGS = 24;
/** Kaiser's formula: transition width, as a share of the lower rate, of a window of 2 · HALF_CROSSINGS periods. */
const TRANSITION = (ATTENUATION_DB - 7.95) / (14.36 * 2 * HALF_CROSSINGS);
const KAISER_BETA = 0.1102 * (ATTENUATION_DB - 8.7);
/**
 * A ratio whose reduced form has more phases than this (44,099 Hz: 16,000) shares PHASES of them, with interpolation between
 * neighbours: at 1/512 of a sample its error is (π/512)²/8 = -106 dB.
 */
const MAX_PHASES = 1000;
const PHASES = 512;

/** Resample; the result has round(length · toRate / fromRate) samples, aligned so that time 0 stays time 0. */
export function resample(samples: Float32Array, fromRate: number, toRate: number): Float32Array {
  if (fromRate === toRate) return samples;
  const resampler = createResampler(fromRate, toRate);
  const [most, rest] = [resampler.push(samples), resampler.end()];
  const out = new Float32Array(most.length + rest.length);
  out.set(most);
  out.set(rest, most.length);
  return out;
}

export interface Resampler {
  /** The next samples. @returns all that can be known of the result so far, from where the last call ended */
  push(samples: Float32Array): Float32Array;
  /** There are no more. @returns the rest of the result, after which silence is taken to follow */
  end(): Float32Array;
}

/** The same for a stream: however it is cut into pieces, the results one after the other are those of `resample`. */
export function createResampler(fromRate: number, toRate: number): Resampler {
  if (fromRate === toRate) return { push: (samples) => samples, end: () => new Float32Array(0) };
  const divisor = commonDivisor(fromRate, toRate);
  const [up, down] = [toRate / divisor, fromRate / divisor];
  const count = up <= MAX_PHASES ? up : PHASES;
  const { taps, phases } = designFilter(up / down, count);
  const half = taps / 2;
  let held = new Float32Array(0); // the input from heldAt on, as far as it is still needed
  let heldAt = 0;
  let made = 0;

  /** Results made..to - 1. */
  function make(to: number): Float32Array {
    const out = new Float32Array(Math.max(0, to - made));
    for (let n = 0; n < out.length; n++) {
      const time = (made + n) * down; // in 1 / up input samples
      const first = Math.floor(time / up) - half + 1 - heldAt;
      const place = ((time % up) * count) / up;
      const phase = Math.floor(place);
      const between = place - phase;
      out[n] = convolve(held, first, phases[phase]);
      if (between > 0) out[n] += between * (convolve(held, first, phases[phase + 1]) - out[n]);
    }
    made += out.length;
    return out;
  }

  return {
    push(samples) {
      const next = Math.max(heldAt, Math.floor((made * down) / up) - half + 1); // the first input still asked for
      const kept = held.subarray(Math.min(held.length, next - heldAt));
      const joined = new Float32Array(kept.length + samples.length);
      joined.set(kept);
      joined.set(samples, kept.length);
      heldAt += held.length - kept.length;
      held = joined;
      const received = heldAt + held.length;
      // Result i asks for inputs up to floor(i · down / up) + half.
      return make(Math.ceil(((received - half) * up) / down));
    },
    end() {
      return make(Math.round(((heldAt + held.length) * toRate) / fromRate));
    },
  };
}

/** Sum over the taps that meet a sample; outside the signal is silence. */
function convolve(samples: Float32Array, first: number, coefficients: Float32Array): number {
  const from = Math.max(0, -first);
  const to = Math.min(coefficients.length, samples.length - first);
  let sum = 0;
  for (let k = from; k < to; k++) sum += coefficients[k] * samples[first + k];
  return sum;
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));

/** Coefficients for `count` phases of a sample, and the next sample's first after them. */
function designFilter(ratio: number, count: number): { taps: number; phases: Float32Array[] } {
  const lower = Math.min(1, ratio); // the lower rate, in units of the input rate
  const cutoff = lower * (1 - TRANSITION); // 2 · the -6 dB point, so that the stop band begins at the lower Nyquist
  const half = Math.ceil(HALF_CROSSINGS / lower);
  const taps = 2 * half;
  const phases: Float32Array[] = [];
  for (let phase = 0; phase <= count; phase++) {
    const coefficients = new Float32Array(taps);
    let total = 0;
    for (let k = 0; k < taps; k++) {
      const distance = k - half + 1 - phase / count; // from the output's time to the input sample, in input samples
      const inside = distance / half;
      const window = Math.abs(inside) < 1 ? bessel0(KAISER_BETA * Math.sqrt(1 - inside * inside)) : 0;
      coefficients[k] = cutoff * sinc(cutoff * distance) * window;
      total += coefficients[k];
    }
    for (let k = 0; k < taps; k++) coefficients[k] /= total; // a constant stays exactly that constant in every phase
    phases.push(coefficients);
  }
  return { taps, phases };
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Modified Bessel function of the first kind, order 0, by its power series. */
function bessel0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
