/**
 * How much a series of beats looks like the beat, and not like its half, its double or something between.
 *
 * Every level of the metre repeats; the beat is known by what falls where. Bass drum and snare take turns on it (the "back
 * beat"), what falls halfway is weaker, and little falls where no part of a beat is: at two beats to every five notes,
 * say, a tempo that autocorrelation finds as regular as the true one.
 */
import { strongest } from './beat-strength.ts';
import { ONSET_RATE, type Onsets } from './onsets.ts';
import { priorOf } from './tempo.ts';

// T frames · B beats

/**
 * Fitted so that the level with the highest sum is the one whose beats agree best with the true ones: on drum patterns and
 * composed music (test/bench/beats.ts) of the seed "tuning", by gradient descent on the expected F-measure; the prior was then raised, and
 * ambiguity added, after what made the real tracks to tune on unstable (docs/experiments.md).
 */
const WEIGHTS = {
  prior: 5.3,
  strength: 20,
  halves: -10,
  snareHalves: 9,
  quarters: -8.5,
  thirds: -14,
  explained: 11.7,
  backBeat: 19,
  ambiguous: -25,
};

/** What falls halfway may be this strong, compared with the beat: only above do beats change sides. */
const CLEAR = 0.8;
/** A snare on every half is no more a sign of the beat than a soft one. */
const MOST_SNARE = 0.6;
/** What falls between beats on which nothing falls is not compared with nothing. */
const MOST_SHARE = 2;

/**
 * @param frames [B] of the beats, at least two
 * @param novelty [T] onset strength
 * @param strength how strongly the beats' period repeats, 0 to 1
 * @returns higher for what is rather the beat, below 0 where there hardly is one
 */
export function levelScore(frames: readonly number[], novelty: Float32Array, onsets: Onsets, strength: number): number {
  const marks = marksOf(frames, novelty, onsets, strength);
  return NAMES.reduce((sum, name) => sum + WEIGHTS[name] * marks[name], 0);
}

const NAMES = Object.keys(WEIGHTS) as (keyof typeof WEIGHTS)[];

/** The measures that the beat is chosen by, each about 0 to 2. */
function marksOf(frames: readonly number[], novelty: Float32Array, onsets: Onsets, strength: number): typeof WEIGHTS {
  const bpm = (60 * ONSET_RATE * (frames.length - 1)) / (frames[frames.length - 1] - frames[0]);
  const typical = percentile(
    frames.map((frame) => strongest(novelty, frame)),
    0.8,
  );
  const share = (part: number, whole: number): number => Math.min(MOST_SHARE, part / (whole + 1e-6));
  const between = (...places: number[]): number =>
    share(places.reduce((sum, place) => sum + meanAt(frames, novelty, place), 0) / places.length, typical);
  return {
    prior: priorOf(bpm),
    strength,
    halves: between(0.5),
    snareHalves: Math.min(MOST_SNARE, share(meanAt(frames, onsets.middle, 0.5), meanAt(frames, onsets.middle, 0))),
    quarters: between(0.25, 0.75),
    thirds: between(1 / 3, 2 / 3),
    explained: explained(frames, novelty),
    backBeat: backBeat(frames, onsets),
    ambiguous: Math.max(0, meanAt(frames, novelty, 0.5) / (meanAt(frames, novelty, 0) + 1e-6) - CLEAR),
  };
}

/** Mean strength at a place between each beat and the next, 0 = on the beat. */
function meanAt(frames: readonly number[], signal: Float32Array, place: number): number {
  let sum = 0;
  for (let i = 0; i + 1 < frames.length; i++)
    sum += strongest(signal, Math.round(frames[i] + place * (frames[i + 1] - frames[i])));
  return sum / (frames.length - 1);
}

/** Where notes fall within a beat: in quarters, in thirds, or swung, lightly or more. */
const GRIDS = [
  [0, 1 / 4, 1 / 2, 3 / 4, 1],
  [0, 1 / 3, 2 / 3, 1],
  [0, 0.58, 1],
  [0, 0.63, 1],
];
/** Frames from a place of the grid that still count as on it. */
const NEAR = 2.5;
/** A grid that covers more of the time than this explains nothing. */
const MOST_COVER = 0.95;

/** How much of all onsets lies on the grid that fits best, less what would by chance: 0 as chance has it, 1 all of it. */
function explained(frames: readonly number[], novelty: Float32Array): number {
  const near = GRIDS.map(() => 0);
  const covered = GRIDS.map(() => 0);
  let all = 0;
  for (let i = 0; i + 1 < frames.length; i++) {
    const gap = frames[i + 1] - frames[i];
    for (let t = frames[i]; t < frames[i + 1]; t++) {
      const isPeak = novelty[t] > (novelty[t - 1] ?? 0) && novelty[t] >= (novelty[t + 1] ?? 0);
      const onset = isPeak ? novelty[t] : 0;
      all += onset;
      for (const [g, places] of GRIDS.entries()) {
        if (!places.some((place) => Math.abs(t - frames[i] - place * gap) <= NEAR)) continue;
        near[g] += onset;
        covered[g]++;
      }
    }
  }
  const count = frames[frames.length - 1] - frames[0];
  let best = 0;
  for (let g = 0; g < GRIDS.length; g++) {
    const cover = covered[g] / count;
    if (cover < MOST_COVER) best = Math.max(best, (near[g] / (all + 1e-6) - cover) / (1 - cover));
  }
  return best;
}

/** 0 to 1: how regularly bass drum and snare take turns from beat to beat. */
function backBeat(frames: readonly number[], { low, middle }: Onsets): number {
  const [bass, snare] = [low, middle].map((signal) => frames.map((frame) => strongest(signal, frame)));
  const [bassSum, snareSum] = [bass, snare].map((values) => values.reduce((sum, value) => sum + value, 1e-6));
  let turns = 0;
  for (let i = 0; i < frames.length; i++) turns += (i % 2 ? -1 : 1) * (bass[i] / bassSum - snare[i] / snareSum);
  return Math.abs(turns) / 2;
}

function percentile(values: number[], share: number): number {
  const sorted = values.sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
