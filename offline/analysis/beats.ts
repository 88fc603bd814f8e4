/**
 * Where the beats of a track fall.
 *
 * For each tempo that repeats, beats are placed by dynamic programming (Ellis, "Beat tracking by dynamic programming", JNMR
 * 2007): strong onsets, about a beat apart, where the beat's length follows the tempogram. Which of the tempi is the beat is
 * then decided in beat-level.ts, and its beats are placed again where the track sounds as it does on most of them
 * (beat-pattern.ts). Bars are found in bars.ts.
 */
import { levelScore } from './beat-level.ts';
import { likeness } from './beat-pattern.ts';
import { strongest } from './beat-strength.ts';
import { ONSET_RATE, type Onsets } from './onsets.ts';
import { candidates, FASTEST_BPM, SLOWEST_BPM, type Tempogram, type TempoPath, tempogram, tempoPath } from './tempo.ts';

// T frames · B beats

export interface Beats {
  /** [B] seconds. Empty where there is no regular pulse. */
  times: Float32Array;
  bpm: number | null;
  /** 0 to 1: how regularly onsets repeat at the beat. */
  confidence: number;
}

const NONE: Beats = { times: new Float32Array(0), bpm: null, confidence: 0 };
/** In less sound a tempo is not better than chance. */
const LEAST_SEC = 4;
/** Mean strength of the path below which nothing repeats. */
const LEAST_STRENGTH = 0.05;
/** Score of the best level (beat-level.ts) below which it is no beat: noise has -7 and less, music with a pulse 3 and more, and little is between. */
const LEAST_SCORE = -2;
const MOST_CANDIDATES = 6;
/** People do not tap faster: where notes come so quickly, every second one is the beat. */
const MOST_BPM = 210;

/**
 * @param played ascending frames in which there is music; what lies between is left out, and no beat falls there. All unless given.
 */
export function trackBeats(all: Onsets, played?: Uint32Array): Beats {
  const onsets = played && played.length < all.frames ? only(played, all) : all;
  const novelty = noveltyOf(onsets);
  if (onsets.frames < LEAST_SEC * ONSET_RATE || novelty.every((value) => value === 0)) return NONE;
  const tempi = tempogram(centred(smoothed(novelty)), ONSET_RATE);
  const paths = levelsOf(tempi).map((bpm) => tempoPath(tempi, bpm));
  let best: Level | undefined;
  for (const path of paths.filter((one, i) => paths.findIndex((other) => isSamePath(one, other)) === i)) {
    const level = beatsAlong(path, tempi.hop, novelty, onsets);
    if (level && (!best || level.score > best.score)) best = level;
  }
  if (!best || best.strength < LEAST_STRENGTH || best.score < LEAST_SCORE) return NONE;
  const inTrack = (frame: number): number => (onsets === all ? 0 : played![frame] - frame);
  const frames = settled(best, novelty, onsets);
  const times = Float32Array.from(frames, (frame) =>
    Math.max(0, (inTrack(frame) + refined(novelty, frame)) / ONSET_RATE),
  );
  return { times, bpm: medianBpm(times), confidence: Math.min(1, Math.max(0, best.strength)) };
}

/** The onsets of these frames, as if nothing had been between. */
function only(played: Uint32Array, { low, middle, high }: Onsets): Onsets {
  const of = (signal: Float32Array): Float32Array => Float32Array.from(played, (frame) => signal[frame]);
  return { frames: played.length, low: of(low), middle: of(middle), high: of(high) };
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

/** How much likeness counts beside onset strength when beats are placed again. */
const LIKENESS = 0.5;

/** The beats of a level placed again, where the track sounds as it does on most of them. */
function settled({ frames, periods }: Level, novelty: Float32Array, onsets: Onsets): number[] {
  const like = likeness(frames, periods, onsets);
  return place(
    smoothed(novelty).map((value, t) => (1 - LIKENESS) * value + LIKENESS * like[t]),
    periods,
  );
}

interface Level {
  frames: number[];
  /** [T] frames that a beat lasts. */
  periods: Float64Array;
  strength: number;
  score: number;
}

/** Two centres half an octave apart can lead to one path. */
const isSamePath = (a: TempoPath, b: TempoPath): boolean => a.bpm.every((bpm, w) => bpm === b.bpm[w]);

/** The beats at one level of the metre, and how much they look like the beat. */
function beatsAlong(path: TempoPath, hop: number, novelty: Float32Array, onsets: Onsets): Level | undefined {
  const periods = periodsOf(path.bpm, hop, novelty.length);
  const frames = place(smoothed(novelty), periods);
  if (frames.length < 4 || (medianBpm(frames.map((frame) => frame / ONSET_RATE)) ?? 0) > MOST_BPM) return undefined;
  return { frames, periods, strength: path.strength, score: levelScore(frames, novelty, onsets, path.strength) };
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

/**
 * Ellis's trade between strong onsets and even spacing. He takes 100 for onset strength of deviation 1; four times that follows
 * a drift of 8 % still, since the period follows it, and keeps the beat through passages with few onsets.
 */
const TIGHTNESS = 400;

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

/** Between frames, at the vertex of the parabola through the highest of ±2 frames. */
function refined(novelty: Float32Array, frame: number): number {
  let top = frame;
  for (let t = Math.max(1, frame - 2); t <= Math.min(novelty.length - 2, frame + 2); t++)
    if (novelty[t] > novelty[top]) top = t;
  const [a, b, c] = [novelty[top - 1] ?? 0, novelty[top], novelty[top + 1] ?? 0];
  const curve = a - 2 * b + c;
  return curve < 0 ? top + (0.5 * (a - c)) / curve : top;
}

function medianBpm(times: ArrayLike<number>): number | null {
  if (times.length < 2) return null;
  const gaps = Array.from({ length: times.length - 1 }, (_, i) => times[i + 1] - times[i]).sort((a, b) => a - b);
  const middle = gaps.slice(Math.floor(gaps.length / 4), Math.ceil((3 * gaps.length) / 4));
  return (60 * middle.length) / middle.reduce((sum, gap) => sum + gap, 0);
}
