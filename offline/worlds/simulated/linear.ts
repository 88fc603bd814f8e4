/**
 * The linear matcher: ridge regression from a clip's mean frame to the mean segment of its moment, and nothing else.
 *
 * Tracks rank by the cosine between the prediction and their mean segment; the moment is where a window of the clip's length
 * has the best mean cosine. It is what a network has to beat to have learned more than a linear map.
 */
import { fitToClip, type Moment } from '../../../index/moment/moment.ts';
import type { NamedTensor } from '../../formats/safetensors.ts';
import { addSample, emptySums, type LinearMap, predictCentred, type Sums, solveRidge } from './ridge.ts';

/** Tried in this order, chosen on the validation split. */
export const STRENGTHS = [0.01, 0.1, 1, 10] as const;
const STRIDE_SEC = 2.5;

export interface Learner {
  learn(frame: ArrayLike<number>, segments: NamedTensor, moment: Moment): void;
  solve(strength: number): LinearMap;
}

export function createLearner(frameWidth: number, segmentWidth: number): Learner {
  const sums: Sums = emptySums(frameWidth, segmentWidth);
  return {
    learn: (frame, segments, moment) => addSample(sums, frame, meanToken(segments, moment)),
    solve: (strength) => solveRidge(sums, strength),
  };
}

/** Mean of all tokens, or of those whose centre lies in the moment (the nearest one when there is none). [width] */
export function meanToken({ data, shape: [count, width] }: NamedTensor, moment?: Moment): Float64Array {
  const [first, last] = moment ? within(moment, count) : [0, count - 1];
  const mean = new Float64Array(width);
  for (let row = first; row <= last; row++)
    for (let i = 0; i < width; i++) mean[i] += data[row * width + i] / (last - first + 1);
  return mean;
}

/** First and last segment whose centre (0, 2.5, 5, … s) lies in the moment. */
function within({ startSec, endSec }: Moment, count: number): [first: number, last: number] {
  const first = Math.min(Math.ceil(startSec / STRIDE_SEC), count - 1);
  return [first, Math.max(first, Math.min(Math.floor(endSec / STRIDE_SEC), count - 1))];
}

/** How well a clip's prediction (around the mean) fits a token, or a mean of tokens. In -1..1 */
export function likeness({ meanY }: LinearMap, predicted: Float64Array, token: ArrayLike<number>, at = 0): number {
  let [product, one, other] = [0, 0, 0];
  for (let i = 0; i < predicted.length; i++) {
    const value = token[at + i] - meanY[i];
    product += predicted[i] * value;
    one += predicted[i] ** 2;
    other += value ** 2;
  }
  return one > 0 && other > 0 ? product / Math.sqrt(one * other) : 0;
}

/** The window of the clip's length, starting at a segment's centre, whose segments fit best on average. */
export function bestWindow(
  map: LinearMap,
  frame: ArrayLike<number>,
  { data, shape: [count, width] }: NamedTensor,
  clipSec: number,
  trackSec: number,
): Moment {
  const predicted = predictCentred(map, frame);
  const fits = Array.from({ length: count }, (_, row) => likeness(map, predicted, data, row * width));
  let [best, start] = [Number.NEGATIVE_INFINITY, 0];
  for (let j = 0; j < count && (j === 0 || j * STRIDE_SEC + clipSec <= trackSec); j++) {
    const [first, last] = within({ startSec: j * STRIDE_SEC, endSec: j * STRIDE_SEC + clipSec }, count);
    const fit = fits.slice(first, last + 1).reduce((sum, value) => sum + value, 0) / (last - first + 1);
    if (fit > best) [best, start] = [fit, j * STRIDE_SEC];
  }
  return fitToClip({ startSec: start, endSec: start + clipSec }, clipSec, trackSec);
}
