/**
 * Whose taste: what somebody used before, as one direction among the tracks, and how it moves relevance.
 *
 * MaDe leaves open whose ear a recommendation is for ("Music Grounding by Short Video", ICCV 2025, §6). Here it is in the request, and nothing
 * is kept of anybody. t is the mean of the tracks' h0, brought to length 1; a the same of tracks that are not wanted. Then
 *
 *   relevance = p_s + w · cos(t, h0) − w' · cos(a, h0)
 *
 * and candidates are searched by h(v) + (w t − w' a) / 2, brought to length 1: p_s is the sum of two cosines that h(v) takes part in, so a
 * track's place in the search moves by as much, against the clip, as its relevance does. What is the same for all tracks moves none.
 */

/**
 * What a request that names no weight has, where the index brings none of its own: little more than an order among near equals. What suits
 * depends on the model and on the people (npm run bench -- taste: from 0 to 0.3), so that it is better fitted (evaluate/taste.ts).
 */
export const DEFAULT_TASTE_WEIGHT = 0.05;

/** At most this counts: as much as the clip itself. */
export const MAX_TASTE_WEIGHT = 2;

/** A direction of length 1 [D], and how much it counts; below 0 where it is one to avoid. */
export interface Pull {
  direction: Float32Array;
  weight: number;
}

/**
 * The mean of some tracks' h0, brought to length 1. The order does not matter but for the last bits.
 * @param vectors of length 1, [D] each
 * @returns undefined where there is none, or they cancel out
 */
export function directionOf(vectors: readonly Float32Array[]): Float32Array | undefined {
  if (!vectors.length) return undefined;
  const sum = new Float64Array(vectors[0].length);
  for (const vector of vectors) for (let i = 0; i < sum.length; i++) sum[i] += vector[i];
  const length = Math.hypot(...sum);
  return length > 1e-6 * vectors.length ? Float32Array.from(sum, (value) => value / length) : undefined;
}

/** What a track's relevance moves by. @param h0 of length 1, [D] */
export function moved(pulls: readonly Pull[], h0: ArrayLike<number>): number {
  let sum = 0;
  for (const { direction, weight } of pulls) {
    let cosine = 0;
    for (let i = 0; i < direction.length; i++) cosine += direction[i] * h0[i];
    sum += weight * cosine;
  }
  return sum;
}

/** What candidates are searched by. @param h h(v), of length 1, [D] @returns the same array where nothing pulls */
export function movedQuery(pulls: readonly Pull[], h: Float32Array): Float32Array {
  if (pulls.every(({ weight }) => weight === 0)) return h;
  const query = Float64Array.from(h);
  for (const { direction, weight } of pulls)
    for (let i = 0; i < query.length; i++) query[i] += (weight / 2) * direction[i];
  const length = Math.hypot(...query);
  return length > 1e-6 ? Float32Array.from(query, (value) => value / length) : h;
}
