/**
 * How likely a clip shows what it shows if it belongs to a place of a track, the track's latent numbers being known.
 *
 * The noise is Gaussian on the whole clip, on each shot and on each frame (perception.ts), alike in all latent values, so the
 * likelihood has a closed form. Which places there are is places.ts, what follows from it oracle.ts.
 */
import { LATENT_WIDTH, type Latent } from './latent.ts';
import { type Shown, VIDEO_NOISE } from './perception.ts';

const STEPS_PER_SEC = 4;

/** A track's latent vectors every quarter of a second, [steps, LATENT_WIDTH] as one list. */
export interface Grid {
  values: Float64Array;
  /** Row k holds the sum of the vectors 1 s, 2 s, 3 s, … before step k: two rows give the sum over seconds between them. */
  sums: Float64Array;
}

export function createGrid(latent: Latent, durationSec: number): Grid {
  const second = STEPS_PER_SEC * LATENT_WIDTH;
  const values = new Float64Array((Math.ceil(durationSec * STEPS_PER_SEC) + 1) * LATENT_WIDTH);
  const sums = new Float64Array(values.length + second);
  for (let at = 0; at < values.length; at += LATENT_WIDTH) latent(at / second, values.subarray(at, at + LATENT_WIDTH));
  for (let i = second; i < sums.length; i++) sums[i] = sums[i - second] + values[i - second];
  return { values, sums };
}

export interface View {
  /** The latent vectors of all frames, one after another. [F, LATENT_WIDTH] */
  frames: Float64Array;
  shots: { first: number; count: number; mean: Float64Array }[];
}

export function viewOf({ frames, shots }: Shown): View {
  const flat = new Float64Array(frames.length * LATENT_WIDTH);
  frames.forEach((frame, f) => void flat.set(frame, f * LATENT_WIDTH));
  const parts = shots.map((first, k) => {
    const count = (shots[k + 1] ?? frames.length) - first;
    const mean = new Float64Array(LATENT_WIDTH);
    for (const frame of frames.slice(first, first + count))
      for (let i = 0; i < LATENT_WIDTH; i++) mean[i] += frame[i] / count;
    return { first, count, mean };
  });
  return { frames: flat, shots: parts };
}

const { whole, shot: ofShot, token: ofFrame } = VIDEO_NOISE;
const common = new Float64Array(LATENT_WIDTH);

/**
 * The logarithm, up to a constant of the clip. It falls in two. The frames lie around their shot's mean with their own noise.
 * The shots' means deviate together by the clip's noise and each by its own: covariance w² 1 1ᵀ + diag(1/a), whose inverse is
 * diag(a) - a aᵀ / (1/w² + Σ a) (Sherman and Morrison).
 */
export function logLikelihood({ frames, shots }: View, { values, sums }: Grid, startSec: number): number {
  // As a whole number to the engine too: an index that it takes for a fraction is slow.
  const start = (startSec * STEPS_PER_SEC + 0.5) | 0;
  common.fill(0); // Σ a · gap
  let [weights, ofMeans, ofFrames] = [0, 0, 0];
  for (const { first, count, mean } of shots) {
    const weight = 1 / (ofShot ** 2 + ofFrame ** 2 / count);
    const from = (start + first * STEPS_PER_SEC) * LATENT_WIDTH;
    const to = from + count * STEPS_PER_SEC * LATENT_WIDTH;
    const share = 1 / count;
    let sum = 0;
    for (let i = 0; i < LATENT_WIDTH; i++) {
      const gap = mean[i] - share * (sums[to + i] - sums[from + i]);
      sum += gap * gap;
      common[i] += weight * gap;
    }
    weights += weight;
    ofMeans += weight * sum;
    ofFrames += squaredGap(frames, first, count, values, from) - count * sum;
  }
  let together = 0;
  for (let i = 0; i < LATENT_WIDTH; i++) together += common[i] * common[i];
  return -(ofMeans - together / (1 / whole ** 2 + weights)) / 2 - ofFrames / (2 * ofFrame ** 2);
}

/** Σ |frame - vector|² over `count` frames from `first` on, and the vectors a second apart from index `from` on. */
function squaredGap(frames: Float64Array, first: number, count: number, values: Float64Array, from: number): number {
  let sum = 0;
  for (let f = 0; f < count; f++) {
    const [a, b] = [(first + f) * LATENT_WIDTH, from + f * STEPS_PER_SEC * LATENT_WIDTH];
    for (let i = 0; i < LATENT_WIDTH; i++) {
      const gap = frames[a + i] - values[b + i];
      sum += gap * gap;
    }
  }
  return sum;
}
