/**
 * Bring an encoder's raw tokens to mean 0 and deviation 1, with the statistics of the training set.
 *
 * Training and serving call the same function with the numbers of the manifest, so their features cannot drift apart.
 */

import type { EncoderInfo } from './manifest.ts';

/** A value this many deviations out says "extreme" and no more: media unlike the training set must not drown the rest. */
const LARGEST_VALUE = 4;

/** Below this a value never varied in training; the model knows nothing of it, so it is left out (0) rather than blown up. */
const LEAST_DEVIATION = 1e-6;

/**
 * @param raw [n, width] tokens as the encoder makes them
 * @returns [n, width] of (x - mean) / deviation, within ±4; a copy where the encoder has no statistics
 * @throws Error when the length of `raw` is not a multiple of the encoder's width.
 */
export function standardise(raw: Float32Array, info: EncoderInfo): Float32Array {
  const { width, statistics } = info;
  if (raw.length % width !== 0)
    throw new Error(
      `standardise: expected tokens of width ${width} (${info.name}), got ${raw.length} values. Encode with "${info.name}".`,
    );
  if (!statistics) return raw.slice();
  const { mean, deviation } = statistics;
  const out = new Float32Array(raw.length);
  for (let i = 0; i < raw.length; i++) {
    const column = i % width;
    if (deviation[column] < LEAST_DEVIATION) continue;
    const value = (raw[i] - mean[column]) / deviation[column];
    out[i] = Math.min(Math.max(value, -LARGEST_VALUE), LARGEST_VALUE);
  }
  return out;
}

/**
 * Mean and standard deviation (over n, not n - 1) of each column over all rows.
 * @param tokens raw tokens, each [n_i, width]; gone through twice
 * @returns [width] each
 * @throws Error when there is no row, or a length is not a multiple of the width.
 */
export function statisticsOf(tokens: Iterable<Float32Array>, width: number): { mean: number[]; deviation: number[] } {
  const mean = new Array<number>(width).fill(0);
  const deviation = new Array<number>(width).fill(0);
  let values = 0;
  for (const part of tokens) {
    if (part.length % width !== 0)
      throw new Error(`statistics: expected tokens of width ${width}, got ${part.length} values. Encode them again.`);
    for (let i = 0; i < part.length; i++) mean[i % width] += part[i];
    values += part.length;
  }
  const rows = values / width;
  if (rows === 0) throw new Error('statistics: expected at least one token, got none. Add media to train on.');
  for (let c = 0; c < width; c++) mean[c] /= rows;
  // The second pass around the known mean keeps the digits that "mean of squares minus square of mean" would lose.
  for (const part of tokens)
    for (let i = 0; i < part.length; i++) deviation[i % width] += (part[i] - mean[i % width]) ** 2;
  for (let c = 0; c < width; c++) deviation[c] = Math.sqrt(deviation[c] / rows);
  return { mean, deviation };
}
