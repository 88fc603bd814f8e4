/**
 * Where the beats of a track fall.
 *
 * For each tempo that repeats, beats are placed by dynamic programming (Ellis, "Beat tracking by dynamic programming", JNMR
 * 2007): strong onsets, about a beat apart, where the beat's length follows the tempogram. Which of the tempi is the beat is
 * then decided by what falls on its beats, between them and on every second one. Bars are found in bars.ts.
 */
import { ONSET_RATE, type Onsets } from './onsets.ts';
import { candidates, FASTEST_BPM, priorOf, SLOWEST_BPM, type Tempogram, tempogram, tempoPath } from './tempo.ts';

// T frames · B beats

export interface Beats {
  /** [B] seconds. Empty where there is no regular pulse. */
  times: Float32Array;
  bpm: number | null;
  /** 0 to 1: how regularly onsets repeat at the beat. */
  confidence: number;
}

const NONE: Beats = { times: new Float32Array(0), bpm: null, confidence: 0 };
/** Less sound has no tempo that could be told from chance. */
const LEAST_SEC = 4;
/** Mean strength of the path below which nothing repeats. */
const LEAST_STRENGTH = 0.1;
const MOST_CANDIDATES = 6;

export function trackBeats(onsets: Onsets): Beats {
  const { novelty, levels } = metre(onsets);
  const best = levels.reduce<Level | undefined>(
    (most, one) => (!most || one.score > most.score ? one : most),
    undefined,
  );
  if (!best || best.strength < LEAST_STRENGTH) return NONE;
  const times = Float32Array.from(best.frames, (frame) => Math.max(0, refined(novelty, frame) / ONSET_RATE));
  return { times, bpm: medianBpm(times), confidence: Math.min(1, Math.max(0, best.strength)) };
}

/** The beats at every level of the metre, and the onset strength [T] they were found in. */
export function metre(onsets: Onsets): { novelty: Float32Array; levels: Level[] } {
  const novelty = noveltyOf(onsets);
  if (onsets.frames < LEAST_SEC * ONSET_RATE || novelty.every((value) => value === 0)) return { novelty, levels: [] };
  const tempi = tempogram(centred(smoothed(novelty)), ONSET_RATE);
  const levels = levelsOf(tempi).map((bpm) => beatsAt(bpm, tempi, novelty, onsets));
  return { novelty, levels: levels.filter((level) => level !== undefined) };
}

/** How much of each range counts as a beat's onset: cymbals subdivide, drums mark. */
const WEIGHTS = { low: 1.6, middle: 1, high: 0.7 };
const MEAN_SEC = 0.8;

/** [T] onset strength above its surroundings, deviation 1 */
function noveltyOf({ low, middle, high, frames }: Onsets): Float32Array {
  const raw = new Float32Array(frames);
  for (let t = 0; t < frames; t++) raw[t] = WEIGHTS.low * low[t] + WEIGHTS.middle * middle[t] + WEIGHTS.high * high[t];
  const reach = Math.round((MEAN_SEC / 2) * ONSET_RATE);
  const sums = new Float64Array(frames + 1);
  for (let t = 0; t < frames; t++) sums[t + 1] = sums[t] + raw[t];
  const out = new Float32Array(frames);
  let squares = 0;
  for (let t = 0; t < frames; t++) {
    const [from, to] = [Math.max(0, t - reach), Math.min(frames, t + reach + 1)];
    out[t] = Math.max(0, raw[t] - (sums[to] - sums[from]) / (to - from));
    squares += out[t] * out[t];
  }
  const deviation = Math.sqrt(squares / frames);
  return deviation > 1e-6 ? out.map((value) => value / deviation) : out.fill(0);
}

/** Binomial over ±20 ms, since a beat falls now on one frame and now on the next. */
function smoothed(signal: Float32Array): Float32Array {
  const at = (t: number): number => signal[t] ?? 0;
  return signal.map((_, t) => (at(t - 2) + 4 * at(t - 1) + 6 * at(t) + 4 * at(t + 1) + at(t + 2)) / 16);
}

function centred(signal: Float32Array): Float32Array {
  const mean = signal.reduce((sum, value) => sum + value, 0) / signal.length;
  return signal.map((value) => value - mean);
}

/** The tempi that repeat most, with their halves and doubles, thirds left out; no two within a twentieth. */
function levelsOf(tempi: Tempogram): number[] {
  const found = candidates(tempi, MOST_CANDIDATES);
  const all = found.flatMap((bpm) => [bpm, bpm / 2, bpm * 2]).filter((bpm) => bpm >= SLOWEST_BPM && bpm <= FASTEST_BPM);
  const levels: number[] = [];
  for (const bpm of all) if (!levels.some((other) => Math.abs(Math.log2(bpm / other)) < 0.07)) levels.push(bpm);
  return levels;
}

export interface Level {
  frames: number[];
  strength: number;
  score: number;
  features: number[];
}

/** The beats at one level of the metre, and how much they look like the beat. */
function beatsAt(bpm: number, tempi: Tempogram, novelty: Float32Array, onsets: Onsets): Level | undefined {
  const path = tempoPath(tempi, bpm);
  const frames = place(smoothed(novelty), periodsOf(path.bpm, tempi.hop, novelty.length));
  if (frames.length < 4) return undefined;
  const features = featuresOf(frames, novelty, onsets, path.strength);
  const score = features.reduce((sum, value, i) => sum + value * FEATURE_WEIGHTS[i], 0);
  return { frames, strength: path.strength, score, features };
}

/** [T] frames that a beat lasts, between the windows' middles linear */
function periodsOf(bpm: Float64Array, hop: number, frames: number): Float64Array {
  const half = 4 * ONSET_RATE; // the first window's middle
  return Float64Array.from({ length: frames }, (_, t) => {
    const place = Math.min(bpm.length - 1, Math.max(0, (t - half) / hop));
    const below = Math.floor(place);
    const above = Math.min(bpm.length - 1, below + 1);
    return (60 * ONSET_RATE) / (bpm[below] + (place - below) * (bpm[above] - bpm[below]));
  });
}

/** Ellis's trade between strong onsets and even spacing; he takes 100 for onset strength of deviation 1. */
const TIGHTNESS = 100;

function place(novelty: Float32Array, periods: Float64Array): number[] {
  const count = novelty.length;
  const total = new Float64Array(count);
  const before = new Int32Array(count).fill(-1);
  for (let t = 0; t < count; t++) {
    const period = periods[t];
    let best = 0;
    for (let gap = Math.round(period / 1.6); gap <= Math.round(period * 1.6); gap++) {
      const from = t - gap;
      if (from < 0) break;
      const miss = Math.log(gap / period);
      const score = total[from] - TIGHTNESS * miss * miss;
      if (score > best) [best, before[t]] = [score, from];
    }
    total[t] = novelty[t] + best;
  }
  // The last beat lies within the last beat's length.
  let at = count - 1;
  for (let t = Math.max(0, count - Math.ceil(periods[count - 1])); t < count; t++) if (total[t] > total[at]) at = t;
  const frames: number[] = [];
  for (; at >= 0; at = before[at]) frames.push(at);
  return trimmed(frames.reverse(), novelty);
}

/** Without the beats before the first and after the last onset: silence has none. */
function trimmed(frames: number[], novelty: Float32Array): number[] {
  const strengths = frames.map((frame) => strongest(novelty, frame));
  const level = 0.25 * Math.sqrt(strengths.reduce((sum, value) => sum + value * value, 0) / strengths.length);
  let [from, to] = [0, frames.length];
  while (from < to && strengths[from] < level) from++;
  while (to > from && strengths[to - 1] < level) to--;
  return frames.slice(from, to);
}

/** The strongest within ±30 ms. */
function strongest(signal: Float32Array, frame: number): number {
  let most = 0;
  for (let t = Math.max(0, frame - 3); t <= Math.min(signal.length - 1, frame + 3); t++)
    most = Math.max(most, signal[t]);
  return most;
}

/** Fitted on drum patterns (test/bench/beats.ts, other seeds than it reports). */
const FEATURE_WEIGHTS = [2.8, 7.1, 3.6, -2, -1.5, -0.4, -4.1];

/**
 * What tells the beat from its half and its double: the prior; how strongly the period repeats; how strong its beats are; how
 * strong what falls halfway is; how unlike every second beat is; what falls on thirds.
 */
function featuresOf(frames: readonly number[], novelty: Float32Array, onsets: Onsets, strength: number): number[] {
  const bpm = (60 * ONSET_RATE * (frames.length - 1)) / (frames[frames.length - 1] - frames[0]);
  const drums = novelty.map((_, t) => 2 * onsets.low[t] + onsets.middle[t]);
  const means = (signal: Float32Array, offset: number): number => {
    let sum = 0;
    for (let i = 0; i + 1 < frames.length; i++)
      sum += strongest(signal, Math.round(frames[i] + offset * (frames[i + 1] - frames[i])));
    return sum / (frames.length - 1);
  };
  const typical =
    1e-6 +
    percentile(
      Array.from(frames, (frame) => strongest(novelty, frame)),
      0.8,
    );
  const drumTypical =
    1e-6 +
    percentile(
      Array.from(frames, (frame) => strongest(drums, frame)),
      0.8,
    );
  return [
    priorOf(bpm),
    strength,
    means(novelty, 0) / typical,
    means(novelty, 0.5) / typical,
    means(drums, 0.5) / drumTypical,
    Math.abs(alternation(frames, drums)),
    (means(novelty, 1 / 3) + means(novelty, 2 / 3)) / (2 * typical),
  ];
}

/** -1 to 1: how much stronger the even beats are than the odd ones. */
function alternation(frames: readonly number[], signal: Float32Array): number {
  let [even, odd] = [0, 0];
  for (const [i, frame] of frames.entries()) {
    if (i % 2) odd += strongest(signal, frame);
    else even += strongest(signal, frame);
  }
  return (even - odd) / (even + odd + 1e-6);
}

function percentile(values: number[], share: number): number {
  const sorted = values.sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** Between frames, at the vertex of the parabola through the highest of ±2 frames. */
function refined(novelty: Float32Array, frame: number): number {
  let top = frame;
  for (let t = Math.max(1, frame - 2); t <= Math.min(novelty.length - 2, frame + 2); t++)
    if (novelty[t] > novelty[top]) top = t;
  const [a, b, c] = [novelty[top - 1] ?? 0, novelty[top], novelty[top + 1] ?? 0];
  const curve = a - 2 * b + c;
  return curve < 0 ? top + (0.5 * (a - c)) / curve : top;
}

function medianBpm(times: Float32Array): number | null {
  if (times.length < 2) return null;
  const gaps = Array.from({ length: times.length - 1 }, (_, i) => times[i + 1] - times[i]).sort((a, b) => a - b);
  const middle = gaps.slice(Math.floor(gaps.length / 4), Math.ceil((3 * gaps.length) / 4));
  return (60 * middle.length) / middle.reduce((sum, gap) => sum + gap, 0);
}
