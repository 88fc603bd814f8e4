/**
 * MVPt and MVPt+: a Transformer over a clip's frames, another over a track's segments, and the cosine of what they give.
 *
 * Source: Surís et al. (CVPR 2022) as "Music Grounding by Short Video" (ICCV 2025) repurposes it. The blocks are those of that paper's
 * reference implementation: pre-norm, the residual taken from the normalised tensor. Each side is made alone, so that tracks are ranked by
 * vectors. Sequences may be padded or packed.
 */
import { selfAttention } from '../../nn/attention.ts';
import { reshape } from '../../nn/broadcast.ts';
import { add, exp, multiply } from '../../nn/elementwise.ts';
import { constant, type Tensor, within } from '../../nn/graph.ts';
import { type Builder, feedForward, layerNorm, linear } from '../../nn/layers.ts';
import { l2Normalise } from '../../nn/normalise.ts';
import { addRowPosition, sinusoid } from '../../nn/positions.ts';
import {
  firstOf,
  forEachSequence,
  meanOf,
  type Packing,
  type Sequence,
  withFirst,
  zeroPadding,
} from '../../nn/sequence.ts';
import { logScaleOf, wholeSimilarity } from '../grounding/matching.ts';
import { infoNce } from '../info-nce.ts';
import type { PairTensors } from '../pair-inputs.ts';
import type { MvptConfig } from './config.ts';

// B clips or pairs · N tracks · L frames or segments · D width

/** What a side becomes. */
export interface Side {
  /** After projection, token and positions. */
  placed: Sequence;
  /** After the blocks and the last layer. */
  tokens: Sequence;
  /** L2-normalised [B, D]. */
  embedding: Tensor;
}

/** Raw tokens of one kind -> its embedding. Video and music have the same structure and their own weights. */
export function embed(b: Builder, config: MvptConfig, kind: 'video' | 'music', raw: Sequence): Side {
  const { width: d, heads, ffn, layers, dropout, pooling } = config;
  return within(b.graph, kind, () => {
    const { rows, packing: own } = place(b, config, kind, raw); // without the token
    const token = pooling === 'token' ? tokenOf(b, kind, d, own) : undefined;
    const placed = token ? withFirst(token, { rows, packing: own }) : { rows, packing: own };
    const { packing } = placed;
    let x = placed.rows;
    for (let i = 0; i < layers; i++) {
      const name = `${kind}.${i}`;
      x = layerNorm(b, `${name}.norm1`, x);
      const self = { query: x, key: x, value: x, packing, heads, dropout };
      x = add(selfAttention(b, `${name}.attention`, self), x);
      x = layerNorm(b, `${name}.norm2`, x);
      x = add(feedForward(b, `${name}.ffn`, x, { hidden: ffn, activation: 'gelu', dropout }), x);
    }
    const tokens = { rows: linear(b, `${kind}.final`, x, d), packing };
    const pooled = token ? firstOf(tokens, token, raw) : meanOf(tokens);
    return { placed, tokens, embedding: l2Normalise(pooled) };
  });
}

/** Projected rows with their positions; the first is the token's, where there is one. */
function place(b: Builder, config: MvptConfig, kind: 'video' | 'music', raw: Sequence): Sequence {
  const { width: d, maxFrames, maxSegments, pooling } = config;
  const longest = kind === 'video' ? maxFrames : maxSegments;
  const { packing } = raw;
  const projected = { rows: linear(b, `${kind}.project`, zeroPadding(raw), d), packing };
  return { rows: addRowPosition(projected, longest, pooling === 'token' ? 1 : 0), packing };
}

/** The learned token that is put before each sequence, in its position. -> [B, D] */
function tokenOf(b: Builder, kind: 'video' | 'music', d: number, packing: Packing): Tensor {
  const learned = b.parameters.get(`${kind}.token`, [1, d], { kind: 'normal' });
  const token = add(learned, constant(b.graph, sinusoid(1, d), [1, d], 'first_position'));
  return forEachSequence(reshape(token, [d]), packing);
}

/** Every video against every track: cosines [B, N], and the learned scale [1] of the loss, used as exp(). */
export function match(b: Builder, config: MvptConfig, { frames, segments }: Pick<PairTensors, 'frames' | 'segments'>) {
  const video = embed(b, config, 'video', frames);
  const music = embed(b, config, 'music', segments);
  const similarity = wholeSimilarity(video.embedding, music.embedding);
  return { video, music, similarity, logScale: logScaleOf(b, config.temperature) };
}

/** InfoNCE, both ways, over the pairs of a whole batch. -> scalar */
export function matchingLoss(b: Builder, config: MvptConfig, pairs: PairTensors): Tensor {
  const { similarity, logScale } = match(b, config, pairs);
  const logits = multiply(similarity, exp(logScale));
  return infoNce(config.loss.maskSameTrack ? add(logits, pairs.negatives!) : logits);
}
