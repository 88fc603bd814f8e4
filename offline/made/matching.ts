/**
 * Video-music matching: how well a track suits a video, seen whole (h0) and through the video's eyes (X-Pool, h1).
 *
 * Paper §3.2. X-Pool (Gorti et al., CVPR 2022) lets the video attend to the track's segments with one head and pools them
 * by that attention, so a track with one fitting passage is not averaged away.
 */

import { add, multiply, scale } from '../nn/elementwise.ts';
import { type Tensor, within } from '../nn/graph.ts';
import { reshape, transpose, transposeLast } from '../nn/layout.ts';
import { gemm, matmul, linear as product } from '../nn/linear.ts';
import { cosineWith, softmax } from '../nn/normalise.ts';
import { meanVector } from './enhancement.ts';
import { type Builder, hide, identity, layerNorm, layerNormParameters, linear, linearParameters } from './layers.ts';
import { type Sequence, spreadOut } from './sequence.ts';

// B videos · N tracks · S segments · D width

export interface Similarities {
  /** What relevance is the sum of, each with a loss of its own: cos(h(v), h0(M)) and cos(h(v), h1(M | v)), [B, N] each. */
  terms: readonly Tensor[];
  /** X-Pool's attention before its softmax: how well each segment suits each video. [N, B, S], where the config has X-Pool */
  attention?: Tensor;
}

/**
 * Where X-Pool's value and output projections stand: on every segment, which is less work when many videos ask, or on what each
 * pair pooled, which is less when one does. Both give the same numbers, since attention sums to 1.
 */
export type Placement = 'segments' | 'pooled';

/**
 * Every video against every track.
 * @param video h(v) [B, D]; @param music s~, N sequences
 */
export function similarities(b: Builder, video: Tensor, music: Sequence, placement: Placement): Similarities {
  return within(b.graph, 'matching', () => {
    const mean = meanVector(music); // h0 [N, D]
    if (b.config.matching === 'h0') return { terms: [whole(video, mean)] };
    const { h1, attention } = xPool(b, video, music, { each: 'video', placement });
    return { terms: termsOf(b, video, mean, h1), attention };
  });
}

/**
 * What one video asks of every segment, when a host does the attending (functions/grounding/attention-pool.ts): its product with a segment that
 * was normalised to mean 0 and deviation 1 is X-Pool's attention before its softmax, but for a number that is the same for all. [B, D]
 */
export function question(b: Builder, video: Tensor): Tensor {
  return within(b.graph, 'matching', () => {
    if (b.config.matching === 'h0') return scale(video, 0); // asks nothing: all segments weigh alike
    const { gain } = layerNormParameters(b, 'matching.norm1', b.config.width);
    return scale(multiply(asked(b, video), gain), 1 / Math.sqrt(b.config.width));
  });
}

/**
 * One video against every track, when a host did the attending.
 * @param video h(v) [1, D]; @param mean h0 [N, D]; @param pooled segments at mean 0 and deviation 1, pooled by attention [N, D]
 */
export function similaritiesOfPooled(b: Builder, video: Tensor, mean: Tensor, pooled: Tensor): Similarities {
  return within(b.graph, 'matching', () => {
    if (b.config.matching === 'h0') return { terms: [whole(video, mean)] };
    const { width: d } = b.config;
    const { gain, bias } = layerNormParameters(b, 'matching.norm1', d);
    const keys = add(multiply(pooled, gain), bias); // attention sums to 1, so the bias comes through it whole
    const h1 = concluded(b, projectedOnce(b, reshape(keys, [pooled.shape[0], 1, d])), 'matching.final');
    return { terms: termsOf(b, video, mean, h1) };
  });
}

/** cos(h(v), h0(M)); both have length 1. -> [B, N] */
const whole = (video: Tensor, mean: Tensor): Tensor => matmul(video, transpose(mean, [1, 0]));

/** @param h1 [N, B, D] */
function termsOf(b: Builder, video: Tensor, mean: Tensor, h1: Tensor): Tensor[] {
  const { matching } = b.config;
  if (matching === 'averaged') {
    const [tracks, , d] = h1.shape;
    return [likeness(add(h1, reshape(mean, [tracks, 1, d])), video)]; // half of it has the same cosine
  }
  const pooled = likeness(h1, video);
  if (matching === 'h1') return [pooled];
  return matching === 'summed' ? [add(whole(video, mean), pooled)] : [whole(video, mean), pooled];
}

/** Relevance (p_s) = the sum of the similarities. */
export function relevance({ terms }: Similarities): Tensor {
  return terms.reduce((total, term) => add(total, term));
}

/**
 * h1(M | v) of aligned pairs, video i with track i. -> [B, D]
 * @param video h(v) [B, D]; @param music s~, B sequences
 */
export function ownPooled(b: Builder, video: Tensor, music: Sequence): Tensor {
  const { h1 } = within(b.graph, 'content', () => xPool(b, video, music, { each: 'pair', placement: 'pooled' }));
  return reshape(h1, video.shape);
}

/** The cosine of every video with what it pooled of every track. [N, B, D] -> [B, N] */
function likeness(pooled: Tensor, video: Tensor): Tensor {
  const [tracks, batch, d] = pooled.shape;
  const perTrack = cosineWith(pooled, reshape(video, [1, batch, d])); // [N, B, 1]
  return transpose(reshape(perTrack, [tracks, batch]), [1, 0]);
}

interface Asking {
  /** Every track is asked by every video, Q = B; or by the one video of its pair, Q = 1. */
  each: 'video' | 'pair';
  placement: Placement;
}

/** h1(M | v) [N, Q, D], not L2-normalised, and the attention before its softmax [N, Q, S]. */
function xPool(
  b: Builder,
  video: Tensor,
  { rows, at }: Sequence,
  { each, placement }: Asking,
): { h1: Tensor; attention: Tensor } {
  const { width: d } = b.config;
  const [tracks, segments] = at.mask.shape;
  const query = asked(b, video); // [B, D]
  const normed = layerNorm(b, 'matching.norm1', rows); // one norm for both sides
  const keys = spreadOut(normed, at); // [N, S, D]
  const questions = each === 'video' ? transpose(query, [1, 0]) : reshape(query, [tracks, d, 1]);
  const logits = scale(transposeLast(matmul(keys, questions)), 1 / Math.sqrt(d)); // [N, Q, S]
  const attention = add(logits, reshape(hide(at.mask), [tracks, 1, segments]));
  const weights = softmax(attention);
  const attended = // [N, Q, D]
    placement === 'segments'
      ? matmul(weights, spreadOut(projected(b, normed), at))
      : projected(b, matmul(weights, keys));
  return { h1: concluded(b, attended, each === 'video' ? 'matching.final' : 'content.final'), attention };
}

/** The query with the key's projection moved to its side, q · (W x) = (Wᵀ q) · x; the key's bias shifts all logits alike and drops out. */
function asked(b: Builder, video: Tensor): Tensor {
  const { width: d } = b.config;
  const query = linear(b, 'matching.query', layerNorm(b, 'matching.norm1', video), d, identity); // [B, D]
  return gemm(query, linearParameters(b, 'matching.key', d, d, identity).weight);
}

function projected(b: Builder, x: Tensor): Tensor {
  const { width: d } = b.config;
  return linear(b, 'matching.out', linear(b, 'matching.value', x, d, identity), d, identity);
}

/** As projected, both matrices made one when the graph is opened: a third of the products of ranking. */
function projectedOnce(b: Builder, x: Tensor): Tensor {
  const { width: d } = b.config;
  const [value, out] = ['value', 'out'].map((part) => linearParameters(b, `matching.${part}`, d, d, identity));
  const bias = product(reshape(value.bias, [1, d]), out.weight, out.bias);
  return product(x, matmul(out.weight, value.weight), reshape(bias, [d]));
}

/** @param attended [N, Q, D] */
function concluded(b: Builder, attended: Tensor, dropoutSite: string): Tensor {
  const y = layerNorm(b, 'matching.norm2', attended);
  const final = linear(b, 'matching.final', y, b.config.width, identity);
  return layerNorm(b, 'matching.norm3', add(y, b.dropout.apply(final, b.config.dropout.matching, dropoutSite)));
}
