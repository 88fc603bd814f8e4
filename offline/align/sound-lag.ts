/**
 * By how much a post's sound is late against the track that it plays, to the sample: from their waves themselves.
 *
 * Windows are correlated with flattened spectra (Knapp and Carter, "The generalized correlation method for estimation of time delay", 1976), since a
 * voice and an equaliser change how loud a frequency is more than when it is. One window may be drowned; that all of them lie on one line is
 * what is looked for (Hough). Sound that was stretched or shifted in pitch has no wave in common with its track: then there is no such line.
 */
import FFT from 'fft.js';
import { RATE } from './warp.ts';

const SIZE = 8192;
const FFT_SIZE = 2 * SIZE;
const MOST_WINDOWS = 40;
/** Looked for up to 128 ms to either side. */
const REACH = 2048;
/** Flattened by so much: at 1 a frequency without music counts as much as one with. */
const FLAT = 0.7;
const LOW_BIN = Math.round((150 / RATE) * FFT_SIZE);
const HIGH_BIN = Math.round((7000 / RATE) * FFT_SIZE);
/** Samples that are looked at as one at first. */
const POOL = 8;
const POOLS = (2 * REACH) / POOL;
/** Of the rate, that peaks leave open; of one's own rate nearly nothing. */
const DRIFT = { open: 0.004, own: 0.0004 };

/** In less, a recorder that runs at a rate of its own is not noticed. */
const SHORT_SEC = 10;

export interface Lag {
  /** Samples by which the post is late at `atSec` … */
  samples: number;
  atSec: number;
  /** … and by how many more a second later. */
  perSec: number;
  /** How far the line stands out of all others, in their deviations: 5 by chance. */
  clarity: number;
}

/** From this on, two sounds are one. */
export const CLEAR = 7.5;

/**
 * @param post and track side by side, 16 kHz
 * @param own whether the track's own rate is meant: then it is kept unless the sound says otherwise
 */
export function findLag(post: Float32Array, track: Float32Array, fromSec: number, toSec: number, own: boolean): Lag {
  const windows = correlations(post, track, Math.round(fromSec * RATE), Math.round(toSec * RATE));
  if (!windows.length) return { samples: 0, atSec: fromSec, perSec: 0, clarity: 0 };
  const atSec = (fromSec + toSec) / 2;
  const spanSec = Math.max(0.5, toSec - fromSec);
  const pooled = windows.map(({ values }) => pool(values));
  const secs = windows.map(({ middle }) => middle / RATE - atSec);
  const most = own ? DRIFT.own : DRIFT.open;
  const step = POOL / RATE / (spanSec / 2);
  const steps = own && spanSec < SHORT_SEC ? 0 : Math.ceil(most / step);
  let best = { drift: 0, at: 0, sum: 0 };
  let [sum, squares, count] = [0, 0, 0];
  for (let i = -steps; i <= steps; i++) {
    const drift = i * step;
    const row = new Float64Array(POOLS);
    for (const [w, values] of pooled.entries()) {
      const shift = Math.round((drift * secs[w] * RATE) / POOL);
      for (let at = Math.max(0, -shift); at < Math.min(POOLS, POOLS - shift); at++) row[at] += values[at + shift];
    }
    for (let at = 0; at < POOLS; at++) {
      sum += row[at];
      squares += row[at] ** 2;
      count++;
      if (row[at] * (i === 0 ? 1.03 : 1) > best.sum) best = { drift, at, sum: row[at] * (i === 0 ? 1.03 : 1) };
    }
  }
  const mean = sum / count;
  const deviation = Math.sqrt(Math.max(1e-12, squares / count - mean ** 2));
  const clarity = (best.sum - mean) / deviation;
  const rough = { samples: (best.at + 0.5) * POOL - REACH, perSec: best.drift * RATE };
  return { ...fine(windows, secs, rough, own), atSec, clarity };
}

interface Correlation {
  /** Of the window, samples. */
  middle: number;
  /** At lags -REACH .. REACH - 1, over their own deviation. */
  values: Float32Array;
}

function correlations(post: Float32Array, track: Float32Array, from: number, to: number): Correlation[] {
  const room = Math.min(to, post.length) - SIZE - from;
  const count = Math.max(1, Math.min(MOST_WINDOWS, Math.floor((2 * room) / SIZE) + 1));
  const out: Correlation[] = [];
  for (let i = 0; i < count; i++) {
    const at =
      room <= 0 ? Math.max(0, from + Math.floor(room / 2)) : from + Math.round((room * i) / Math.max(1, count - 1));
    const values = correlate(post.subarray(at, at + SIZE), track.subarray(at, at + SIZE));
    if (values) out.push({ middle: at + SIZE / 2, values });
  }
  return out;
}

const fft = new FFT(FFT_SIZE);
/** Used again and again: fft.js would make them of numbers. */
const buffer = (): number[] => new Float64Array(2 * FFT_SIZE) as unknown as number[];
const [ofPost, ofTrack, cross, back] = [buffer(), buffer(), buffer(), buffer()];
const input = new Float64Array(FFT_SIZE);

/** Undefined where one of the two is silent. */
function correlate(post: Float32Array, track: Float32Array): Float32Array | undefined {
  if (!spectrum(post, ofPost) || !spectrum(track, ofTrack)) return undefined;
  for (let bin = LOW_BIN; bin <= HIGH_BIN; bin++) {
    const [ar, ai] = [ofPost[2 * bin], ofPost[2 * bin + 1]];
    const [br, bi] = [ofTrack[2 * bin], ofTrack[2 * bin + 1]];
    const [re, im] = [ar * br + ai * bi, ai * br - ar * bi];
    const weight = (re * re + im * im + 1e-20) ** (-FLAT / 2);
    cross[2 * bin] = re * weight; // the others stay zero
    cross[2 * bin + 1] = im * weight;
    cross[2 * (FFT_SIZE - bin)] = re * weight;
    cross[2 * (FFT_SIZE - bin) + 1] = -im * weight;
  }
  fft.inverseTransform(back, cross);
  const values = Float32Array.from({ length: 2 * REACH }, (_, i) => back[2 * ((i - REACH + FFT_SIZE) % FFT_SIZE)]);
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
  return deviation > 0 ? values.map((value) => value / deviation) : undefined;
}

/** @returns whether there is any sound */
function spectrum(samples: Float32Array, out: number[]): boolean {
  let energy = 0;
  for (let i = 0; i < SIZE; i++) {
    input[i] = (samples[i] ?? 0) * WINDOW[i];
    energy += input[i] ** 2;
  }
  if (energy < 1e-8) return false;
  fft.realTransform(out, input as unknown as number[]);
  return true;
}

const WINDOW = Float64Array.from({ length: SIZE }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / SIZE));

function pool(values: Float32Array): Float32Array {
  return Float32Array.from({ length: POOLS }, (_, at) => {
    let largest = 0;
    for (let i = at * POOL; i < (at + 1) * POOL; i++) largest = Math.max(largest, Math.abs(values[i]));
    return largest;
  });
}

/** Around the rough line, to parts of a sample: each window's own top, the high ones counting more, those beside the line not at all. */
function fine(
  windows: readonly Correlation[],
  secs: readonly number[],
  rough: Pick<Lag, 'samples' | 'perSec'>,
  own: boolean,
) {
  let { samples, perSec } = rough;
  for (const reach of [2 * POOL, POOL, POOL / 2]) {
    const tops = windows.flatMap(({ values }, w) => {
      const expected = samples + perSec * secs[w];
      const top = topNear(values, expected + REACH, reach);
      return top ? [{ sec: secs[w], lag: top.at - REACH, weight: top.height ** 2 }] : [];
    });
    const weights = tops.reduce((sum, { weight }) => sum + weight, 0);
    if (!weights) break;
    const mean = (of: (top: (typeof tops)[number]) => number) =>
      tops.reduce((sum, top) => sum + top.weight * of(top), 0) / weights;
    const [x, y] = [mean(({ sec }) => sec), mean(({ lag }) => lag)];
    const xx = mean(({ sec }) => (sec - x) ** 2);
    const slope = xx > 0.2 ? mean(({ sec, lag }) => (sec - x) * (lag - y)) / xx : perSec;
    // Where the rough line is straight, two samples over the whole stretch are no other rate.
    const isOwn = own && (rough.perSec === 0 || Math.abs(slope) * Math.sqrt(12 * xx) < 2);
    perSec = isOwn ? 0 : slope;
    samples = y - perSec * x;
  }
  return { samples, perSec };
}

function topNear(values: Float32Array, centre: number, reach: number): { at: number; height: number } | undefined {
  const [from, to] = [Math.max(1, Math.round(centre - reach)), Math.min(values.length - 2, Math.round(centre + reach))];
  let best = -1;
  for (let i = from; i <= to; i++) if (best < 0 || Math.abs(values[i]) > Math.abs(values[best])) best = i;
  if (best < 0) return undefined;
  const [a, b, c] = [Math.abs(values[best - 1]), Math.abs(values[best]), Math.abs(values[best + 1])];
  const bend = a - 2 * b + c;
  return { at: best + (bend < 0 ? (0.5 * (a - c)) / bend : 0), height: b };
}
