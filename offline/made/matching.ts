/**
 * Video-music matching: how well a track suits a video, seen whole (h0) and through the video's eyes (X-Pool, h1).
 *
 * Paper §3.2. X-Pool (Gorti et al., CVPR 2022) lets the video attend to the track's segments with one head and pools them
 * by that attention, so a track with one fitting passage is not averaged away.
 */

import { add, scale } from '../nn/elementwise.ts';
import { type Tensor, within } from '../nn/graph.ts';
import { reshape, transpose, transposeLast } from '../nn/layout.ts';
import { gemm, matmul } from '../nn/linear.ts';
import { cosineWith, softmax } from '../nn/normalise.ts';
import { meanVector } from './enhancement.ts';
import { type Builder, hide, identity, layerNorm, linear, linearParameters } from './layers.ts';
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
  const { matching } = b.config;
  return within(b.graph, 'matching', () => {
    const mean = meanVector(music); // h0 [N, D]
    const whole = () => matmul(video, transpose(mean, [1, 0])); // [B, N]
    if (matching === 'h0') return { terms: [whole()] };
    const { h1, attention } = xPool(b, video, music, { each: 'video', placement });
    if (matching === 'averaged') {
      const [tracks, , d] = h1.shape;
      return { terms: [likeness(add(h1, reshape(mean, [tracks, 1, d])), video)], attention }; // half of it has the same cosine
    }
    const pooled = likeness(h1, video);
    if (matching === 'h1') return { terms: [pooled], attention };
    return { terms: matching === 'summed' ? [add(whole(), pooled)] : [whole(), pooled], attention };
  });
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
  const { width: d, dropout } = b.config;
  const [tracks, segments] = at.mask.shape;
  const query = linear(b, 'matching.query', layerNorm(b, 'matching.norm1', video), d, identity); // [B, D]
  const normed = layerNorm(b, 'matching.norm1', rows); // one norm for both sides
  // The key's projection on the side of the query, q · (W x) = (Wᵀ q) · x; its bias shifts all logits alike and drops out.
  const asked = gemm(query, linearParameters(b, 'matching.key', d, d, identity).weight); // [B, D]
  const keys = spreadOut(normed, at); // [N, S, D]
  const questions = each === 'video' ? transpose(asked, [1, 0]) : reshape(asked, [tracks, d, 1]);
  const logits = scale(transposeLast(matmul(keys, questions)), 1 / Math.sqrt(d)); // [N, Q, S]
  const attention = add(logits, reshape(hide(at.mask), [tracks, 1, segments]));
  const weights = softmax(attention);
  const projected = (x: Tensor) => linear(b, 'matching.out', linear(b, 'matching.value', x, d, identity), d, identity);
  const attended = // [N, Q, D]
    placement === 'segments' ? matmul(weights, spreadOut(projected(normed), at)) : projected(matmul(weights, keys));
  const y = layerNorm(b, 'matching.norm2', attended);
  const final = linear(b, 'matching.final', y, d, identity);
  const site = each === 'video' ? 'matching.final' : 'content.final';
  const h1 = layerNorm(b, 'matching.norm3', add(y, b.dropout.apply(final, dropout.matching, site)));
  return { h1, attention };
}
