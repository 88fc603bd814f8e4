/**
 * Video-music matching: how well a track suits a video, seen whole (h0) and through the video's eyes (X-Pool, h1).
 *
 * Paper §3.2. X-Pool (Gorti et al., CVPR 2022) lets the video attend to the track's segments with one head and pools them
 * by that attention, so a track with one fitting passage is not averaged away.
 */

import { add, multiply, scale } from '../nn/elementwise.ts';
import { type Tensor, within } from '../nn/graph.ts';
import { reshape, transpose, transposeLast } from '../nn/layout.ts';
import { matmul } from '../nn/linear.ts';
import { l2Normalise, softmax } from '../nn/normalise.ts';
import { sum } from '../nn/reduce.ts';
import { type Builder, hide, identity, layerNorm, linear } from './layers.ts';

// B videos · N tracks · S segments · D width

export interface Similarities {
  /** cos(h(v), h0(M)) [B, N] */
  mean: Tensor;
  /** cos(h(v), h1(M | v)) [B, N] */
  pooled: Tensor;
  /** X-Pool's attention before its softmax: how well each segment suits each video. [N, B, S] */
  attention: Tensor;
}

/**
 * Every video against every track.
 * @param video h(v) [B, D]; @param tokens s~ [N, S, D]; @param mask [N, S]; @param music h0 [N, D]
 */
export function similarities(b: Builder, video: Tensor, tokens: Tensor, mask: Tensor, music: Tensor): Similarities {
  const [batch, d] = video.shape;
  const tracks = tokens.shape[0];
  return within(b.graph, 'matching', () => {
    const { h1, attention } = xPool(b, video, tokens, mask);
    const pooled = l2Normalise(h1); // [N, B, D]
    const perTrack = sum(multiply(pooled, reshape(video, [1, batch, d])), [2]); // [N, B, 1]
    return {
      mean: matmul(video, transpose(music, [1, 0])),
      pooled: transpose(reshape(perTrack, [tracks, batch]), [1, 0]),
      attention,
    };
  });
}

/** Relevance (p_s) = the sum of both similarities. */
export function relevance(both: Similarities): Tensor {
  return add(both.mean, both.pooled);
}

/** h1(M | v) [N, B, D], not L2-normalised. */
function xPool(b: Builder, video: Tensor, tokens: Tensor, mask: Tensor): { h1: Tensor; attention: Tensor } {
  const { width: d, dropout } = b.config;
  const [tracks, segments] = mask.shape;
  const query = linear(b, 'matching.query', layerNorm(b, 'matching.norm1', video), d, identity); // [B, D]
  const normed = layerNorm(b, 'matching.norm1', tokens); // [N, S, D]: one norm for both sides
  const key = linear(b, 'matching.key', normed, d, identity);
  const value = linear(b, 'matching.value', normed, d, identity);
  const logits = scale(transposeLast(matmul(key, transpose(query, [1, 0]))), 1 / Math.sqrt(d)); // [N, B, S]
  const attention = add(logits, reshape(hide(mask), [tracks, 1, segments]));
  const weights = softmax(attention);
  const attended = linear(b, 'matching.out', matmul(weights, value), d, identity); // [N, B, D]
  const y = layerNorm(b, 'matching.norm2', attended);
  const h1 = layerNorm(
    b,
    'matching.norm3',
    add(y, b.dropout.apply(linear(b, 'matching.final', y, d, identity), dropout.matching)),
  );
  return { h1, attention };
}
