/**
 * Unimodal enhancement: raw tokens of one kind to tokens that know their neighbours, and one vector for all of them.
 *
 * Paper §3.1 (Fig. 3, left); the block as the reference has it: pre-norm, the residual taken from the normalised tensor.
 * Video and music have the same structure and their own weights.
 */

import { add, multiply } from '../nn/elementwise.ts';
import { type Tensor, within } from '../nn/graph.ts';
import { reshape } from '../nn/layout.ts';
import { l2Normalise } from '../nn/normalise.ts';
import { addRowPosition, type Builder, feedForward, layerNorm, linear, selfAttention } from './layers.ts';
import { type Arrangement, meanOf, type Sequence } from './sequence.ts';

// B batch · L frames or segments · D width

export interface Enhanced {
  /** Enhanced tokens (f~ or s~), padded rows zero. */
  tokens: Sequence;
  /** Their mean, L2-normalised: h(v) or h0(M). [B, D] */
  mean: Tensor;
}

/** @param raw standardised encoder tokens, rows of width d_v or d_a; padded rows may hold anything */
export function enhance(b: Builder, kind: 'video' | 'music', raw: Sequence): Enhanced {
  const { width: d, heads, enhancementFfn, maxFrames, maxSegments } = b.config;
  const rate = b.config.dropout.enhancement;
  const { at } = raw;
  return within(b.graph, kind, () => {
    const rows = linear(b, `${kind}.project`, realRows(raw.rows, at), d);
    const placed = addRowPosition(b, { rows, at }, kind === 'video' ? maxFrames : maxSegments);
    let x = layerNorm(b, `${kind}.norm1`, placed);
    const self = { query: x, key: x, value: x, at, heads: heads.enhancement, dropout: rate };
    x = add(selfAttention(b, `${kind}.attention`, self), x);
    x = layerNorm(b, `${kind}.norm2`, x);
    x = add(feedForward(b, `${kind}.ffn`, x, { hidden: enhancementFfn, activation: 'gelu', dropout: rate }), x);
    const tokens = { rows: realRows(linear(b, `${kind}.final`, x, d), at), at };
    return { tokens, mean: meanVector(tokens) };
  });
}

/** Padded rows made zero; packed ones are all real. */
function realRows(rows: Tensor, { mask, places }: Arrangement): Tensor {
  return places ? rows : multiply(rows, reshape(mask, [...mask.shape, 1]));
}

/** Mean of the tokens, L2-normalised. -> [B, D] */
export function meanVector(tokens: Sequence): Tensor {
  return l2Normalise(meanOf(tokens));
}
