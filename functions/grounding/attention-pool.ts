/**
 * X-Pool's attention of one video to the segments of many tracks, over the bytes they are held in.
 *
 * In the paper's matching module (§3.2) the segments pass a layer norm, are asked by the video, and pooled by the softmax of the
 * answers. For one video everything but two passes over the segments can be moved to its side (offline/models/grounding/serving.ts: `segmentQuery`,
 * `relevanceOfPooled`), and those two need neither a float copy of the tokens nor padding: a segment normalised to mean 0 and
 * deviation 1 is an affine function of its bytes. The network before and after runs as graphs; test/unit/functions holds this file
 * and them to the network's own relevance.
 */
import type { TrackTokens } from '../../index/format/token-shard.ts';

// N tracks · S segments of one track · D width

/** Under the root of a layer norm's variance, as in offline/nn/normalise.ts. */
const EPSILON = 1e-5;

/** What attend makes of N tracks. The graph relevance reads `pooled`; `weights` become the moments' curves. */
export interface Pooled {
  /** [N, D] segments at mean 0 and deviation 1, pooled by attention. */
  pooled: Float32Array;
  /** [S] of each track: attention, which sums to 1. Which passages suit the video, and how much. */
  weights: Float32Array[];
}

/**
 * Paper §3.2, for one video and tracks of any length.
 * @param question [D] of the graph enhanceVideo; @param tracks tokens [S, D] of each
 */
export function attend(question: Float32Array, tracks: readonly TrackTokens[]): Pooled {
  const width = question.length;
  const asked = Float64Array.from(question); // or every product would widen it again
  const pooled = new Float32Array(tracks.length * width);
  const weights = tracks.map((track, n) => {
    const stretch = deviations(track);
    const attention = answersOf(asked, track, stretch);
    softmax(attention);
    pool(track, attention, stretch, pooled.subarray(n * width, (n + 1) * width));
    return attention;
  });
  return { pooled, weights };
}

/** What a byte is worth once its token has deviation 1. [S] */
function deviations({ scales, variances }: TrackTokens): Float32Array {
  const stretch = new Float32Array(scales.length);
  for (let s = 0; s < scales.length; s++)
    stretch[s] = scales[s] / Math.sqrt(scales[s] * scales[s] * variances[s] + EPSILON);
  return stretch;
}

// Both passes over the bytes take four rows at once: with one, most of the time goes into reading the question and into reading and
// writing the sum. After the last row it is repeated, and what comes of that is dropped.

/** question · normalised segment, with the mean taken out behind the product: q · (x - m) = q · x - m Σq. [S] */
function answersOf(question: Float64Array, { values, means }: TrackTokens, stretch: Float32Array): Float32Array {
  const width = question.length;
  const last = stretch.length - 1;
  const sum = question.reduce((sum, value) => sum + value, 0);
  const answers = new Float32Array(stretch.length);
  for (let s = 0; s <= last; s += 4) {
    const b = s + 1 <= last ? width : 0;
    const c = s + 2 <= last ? b + width : b;
    const d = s + 3 <= last ? c + width : c;
    let sumA = 0;
    let sumB = 0;
    let sumC = 0;
    let sumD = 0;
    for (let i = 0, at = s * width; i < width; i++, at++) {
      const value = question[i];
      sumA += value * values[at];
      sumB += value * values[at + b];
      sumC += value * values[at + c];
      sumD += value * values[at + d];
    }
    answers[s] = (sumA - means[s] * sum) * stretch[s];
    if (s + 1 <= last) answers[s + 1] = (sumB - means[s + 1] * sum) * stretch[s + 1];
    if (s + 2 <= last) answers[s + 2] = (sumC - means[s + 2] * sum) * stretch[s + 2];
    if (s + 3 <= last) answers[s + 3] = (sumD - means[s + 3] * sum) * stretch[s + 3];
  }
  return answers;
}

function softmax(values: Float32Array): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of values) if (value > largest) largest = value;
  let sum = 0;
  for (let s = 0; s < values.length; s++) {
    values[s] = Math.exp(values[s] - largest);
    sum += values[s];
  }
  for (let s = 0; s < values.length; s++) values[s] /= sum;
}

function pool(
  { values, means }: TrackTokens,
  attention: Float32Array,
  stretch: Float32Array,
  into: Float32Array,
): void {
  const width = into.length;
  const last = attention.length - 1;
  let shift = 0;
  for (let s = 0; s <= last; s++) shift += attention[s] * stretch[s] * means[s];
  for (let s = 0; s <= last; s += 4) {
    const b = s + 1 <= last ? width : 0;
    const c = s + 2 <= last ? b + width : b;
    const d = s + 3 <= last ? c + width : c;
    const weightA = attention[s] * stretch[s];
    const weightB = s + 1 <= last ? attention[s + 1] * stretch[s + 1] : 0;
    const weightC = s + 2 <= last ? attention[s + 2] * stretch[s + 2] : 0;
    const weightD = s + 3 <= last ? attention[s + 3] * stretch[s + 3] : 0;
    for (let i = 0, at = s * width; i < width; i++, at++)
      into[i] += weightA * values[at] + weightB * values[at + b] + weightC * values[at + c] + weightD * values[at + d];
  }
  for (let i = 0; i < width; i++) into[i] -= shift;
}
