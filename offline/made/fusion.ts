/**
 * Fusion: a video's frames and a track's segments become one sequence, through a Transformer encoder.
 *
 * Paper §3.3; the layers are DETR's (Carion et al., 2020): post-norm, the position added to query and key at every layer. The
 * ablation 'cross' is the reference's other fusion: the segments read the frames once, and the encoder sees segments only.
 */

import { add, scale } from '../nn/elementwise.ts';
import { input, type Tensor, within } from '../nn/graph.ts';
import { reshape, transpose, transposeLast } from '../nn/layout.ts';
import { matmul } from '../nn/linear.ts';
import { softmax } from '../nn/normalise.ts';
import { type Builder, feedForward, hide, layerNorm, linear, selfAttention, slotPosition, xavier } from './layers.ts';
import { type Arrangement, collected, joined, type Sequence, spreadOut } from './sequence.ts';

// B pairs · F frames · S segments · C = F + S slots · H heads · D width

export interface Fused {
  /** The fused tokens, what detection reads; padded rows hold anything and are masked as keys. */
  memory: Sequence;
  /** The position of each row of the memory. */
  position: Tensor;
  /** The frames' slots, then the fused segments: the memory itself where it has the frames. */
  slots: Sequence;
}

/** @param slots how frames and segments are arranged as one sequence, when the two are packed */
export function fuse(b: Builder, frames: Sequence, segments: Sequence, slots?: Arrangement): Fused {
  const apart = b.config.fusion === 'cross';
  const { rows, at } = apart ? readFrames(b, segments, frames) : joined(frames, segments, slots);
  const position = slotPosition(b, at);
  const rate = b.config.dropout.detection;
  let x = rows;
  for (let layer = 0; layer < b.config.encoderLayers; layer++) {
    const name = `encoder.${layer}`;
    x = within(b.graph, name, () => {
      const placed = add(x, position);
      const likeness = b.config.detectionStart === 'likeness';
      const heads = b.config.heads.detection;
      const self = { query: placed, key: placed, value: x, at, heads, dropout: rate, likeness };
      const attended = b.dropout.apply(selfAttention(b, `${name}.attention`, self), rate, `${name}.attention`);
      const mid = layerNorm(b, `${name}.norm1`, add(x, attended));
      const hidden = { hidden: b.config.detectionFfn, activation: 'relu', dropout: rate, initial: xavier } as const;
      const fed = b.dropout.apply(feedForward(b, `${name}.ffn`, mid, hidden), rate, `${name}.ffn`);
      return layerNorm(b, `${name}.norm2`, add(mid, fed));
    });
  }
  const memory = { rows: x, at };
  return { memory, position, slots: apart ? joined(frames, memory, slots) : memory };
}

/** Attention is four times as wide as a token: at D = 256 eight heads of 128, as the reference has them. */
const READING = 4;

/**
 * Every segment reads the frames: the reference's cross-modal block, pre-norm, without biases into the attention.
 * It starts as Glorot's, uniform instead of normal, whatever `detectionStart` says. -> segments
 */
function readFrames(b: Builder, { rows, at }: Sequence, frames: Sequence): Sequence {
  const d = b.config.width;
  const rate = b.config.dropout.detection;
  return within(b.graph, 'fusion', () => {
    const read = between(b, layerNorm(b, 'fusion.norm1', rows), at, {
      rows: layerNorm(b, 'fusion.context', frames.rows),
      at: frames.at,
    });
    const x = add(rows, b.dropout.apply(read, rate, 'fusion.attention'));
    const hidden = { hidden: b.config.detectionFfn, activation: 'gelu', dropout: rate, initial: xavier } as const;
    const fed = add(x, feedForward(b, 'fusion.ffn', layerNorm(b, 'fusion.norm2', x), hidden));
    return { rows: linear(b, 'fusion.final', fed, d), at };
  });
}

/** Multi-head attention of one sequence to another. -> rows of the first */
function between(b: Builder, query: Tensor, at: Arrangement, context: Sequence): Tensor {
  const { width: d, heads: counts } = b.config;
  const [heads, inner] = [counts.detection, READING * d];
  const project = (x: Tensor, of: Arrangement, part: string) => {
    const weight = b.parameters.get(`fusion.${part}.weight`, [inner, d], { kind: 'xavier' });
    const whole = spreadOut(matmul(x, transposeLast(weight)), of); // [B, L, 4D]
    const [batch, length] = whole.shape;
    return transpose(reshape(whole, [batch, length, heads, inner / heads]), [0, 2, 1, 3]); // [B, H, L, 4D/H]
  };
  const q = scale(project(query, at, 'query'), 1 / Math.sqrt(inner / heads));
  const logits = matmul(q, transposeLast(project(context.rows, context.at, 'key'))); // [B, H, S, F]
  const { mask } = context.at;
  const hidden = reshape(hide(mask), [mask.shape[0], 1, 1, mask.shape[1]]);
  const weights = b.dropout.apply(softmax(add(logits, hidden)), b.config.dropout.detection, 'fusion.weights');
  const mixed = transpose(matmul(weights, project(context.rows, context.at, 'value')), [0, 2, 1, 3]); // [B, S, H, 4D/H]
  const rows = collected(reshape(mixed, [mixed.shape[0], mixed.shape[1], inner]), at);
  return linear(b, 'fusion.out', rows, d, xavier(inner));
}

/** How much each fused segment looks like part of the moment: a head that only training uses. [B, C] logits */
export function segmentSaliency(b: Builder, { rows, at }: Sequence): Tensor {
  const [batch, length] = at.mask.shape;
  const logits = spreadOut(linear(b, 'saliency', rows, 1), at); // [B, C, 1]
  const segment = input(b.graph, 'slot_segment', [batch, length]); // 1 = a segment; frames are hidden
  return add(reshape(logits, [batch, length]), hide(segment));
}
