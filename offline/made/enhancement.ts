/**
 * Unimodal enhancement: raw tokens of one kind to tokens that know their neighbours, and one vector for all of them.
 *
 * Paper §3.1 (Fig. 3, left); the block as the reference has it: pre-norm, the residual taken from the normalised tensor.
 * Video and music have the same structure and their own weights.
 */

import { add, divide, multiply } from '../nn/elementwise.ts';
import { type Tensor, within } from '../nn/graph.ts';
import { reshape } from '../nn/layout.ts';
import { l2Normalise } from '../nn/normalise.ts';
import { sum } from '../nn/reduce.ts';
import { addRowPosition, attention, type Builder, feedForward, layerNorm, linear } from './layers.ts';

// B batch · L frames or segments · D width

export interface Enhanced {
  /** Enhanced tokens (f~ or s~) [B, L, D], padded rows zero. */
  tokens: Tensor;
  /** Their mean, L2-normalised: h(v) or h0(M). [B, D] */
  mean: Tensor;
}

/**
 * @param raw standardised encoder tokens [B, L, d_v or d_a]; padded rows may hold anything
 * @param mask [B, L], 1 = real
 */
export function enhance(b: Builder, kind: 'video' | 'music', raw: Tensor, mask: Tensor): Enhanced {
  const { width: d, heads, enhancementFfn, maxFrames, maxSegments } = b.config;
  const rate = b.config.dropout.enhancement;
  return within(b.graph, kind, () => {
    const real = reshape(mask, [...mask.shape, 1]);
    let x = linear(b, `${kind}.project`, multiply(raw, real), d); // [B, L, D]
    x = addRowPosition(b, x, kind === 'video' ? maxFrames : maxSegments);
    x = layerNorm(b, `${kind}.norm1`, x);
    x = add(
      attention(b, `${kind}.attention`, { query: x, key: x, value: x, mask, heads: heads.enhancement, dropout: rate }),
      x,
    );
    x = layerNorm(b, `${kind}.norm2`, x);
    x = add(feedForward(b, `${kind}.ffn`, x, { hidden: enhancementFfn, activation: 'gelu', dropout: rate }), x);
    const tokens = multiply(linear(b, `${kind}.final`, x, d), real);
    return { tokens, mean: meanVector(tokens, mask) };
  });
}

/** Sum of the tokens over the number of real ones, L2-normalised. [B, L, D] -> [B, D] */
export function meanVector(tokens: Tensor, mask: Tensor): Tensor {
  const total = reshape(sum(tokens, [1]), [tokens.shape[0], tokens.shape[2]]);
  return l2Normalise(divide(total, sum(mask, [1])));
}
