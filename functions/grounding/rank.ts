/**
 * Relevance (p_s) of some tracks for a clip, and what X-Pool thinks of each of their segments.
 *
 * Paper §3.2 and §4: the clip attends to the segments (attention-pool.ts), the model judges what that pooled.
 */
import type { TrackTokens } from '../../index/format/token-shard.ts';
import { moved, type Pull } from '../../index/search/taste.ts';
import type { EnhancedVideo } from '../engine.ts';
import { attend } from './attention-pool.ts';
import type { OpenIndex } from './open-index.ts';

// N tracks · S segments of one track · D width

/** A candidate and how well it suits the clip: rank makes it, choose.ts chooses among them, ground.ts decodes them. */
export interface Scored {
  /** The track's place in the catalogue. */
  label: number;
  /** p_s, from -2 to 2; beyond that where taste moved it. */
  relevance: number;
  /** [S] X-Pool's attention, which sums to 1. */
  curve: Float32Array;
  tokens: TrackTokens;
}

/**
 * The tracks, most relevant first, equal relevance by label.
 * @param tokens of each label, in the same order
 * @param pulls what moves relevance beside the clip (index/search/taste.ts)
 * @throws Error when the model gives a relevance that is not finite, or does not run
 */
export async function rank(
  { engine, candidates }: OpenIndex,
  video: EnhancedVideo,
  labels: readonly number[],
  tokens: readonly TrackTokens[],
  pulls: readonly Pull[] = [],
): Promise<Scored[]> {
  if (labels.length === 0) return [];
  const width = video.h.length;
  const { pooled, weights } = attend(video.question, tokens);
  const means = new Float32Array(labels.length * width); // h0 [N, D]
  for (const [i, label] of labels.entries())
    means.set(candidates.vectorOf?.(label) ?? meanVector(tokens[i], width), i * width);
  const relevance = await engine.relevance(video.h, means, pooled); // [N]
  return labels
    .map((label, i) => ({
      label,
      relevance: finite(relevance[i], 'relevance') + moved(pulls, means.subarray(i * width, (i + 1) * width)),
      curve: weights[i],
      tokens: tokens[i],
    }))
    .sort((one, other) => other.relevance - one.relevance || one.label - other.label);
}

/** h0 from the bytes of the tokens: their mean, brought to length 1; zeros where that is zero. [D] @param width D */
export function meanVector({ values, scales }: TrackTokens, width: number): Float32Array {
  const sum = new Float32Array(width);
  for (let s = 0, at = 0; s < scales.length; s++)
    for (let i = 0; i < width; i++, at++) sum[i] += scales[s] * values[at];
  const length = Math.hypot(...sum);
  return length > 0 ? sum.map((value) => value / length) : sum;
}

/** @throws Error when the model gave NaN or an infinity */
export function finite(value: number, what: string): number {
  if (!Number.isFinite(value))
    throw new Error(`ground: expected a finite ${what}, got ${value}. Check the model's graphs.`);
  return value;
}
