/**
 * Fusion: a video's frames and a track's segments in one sequence, through a Transformer encoder.
 * Paper §3.3; the layers are DETR's (Carion et al., 2020): post-norm, the position added to query and key at every layer.
 */

import { add } from '../nn/elementwise.ts';
import { type Tensor, within } from '../nn/graph.ts';
import { concat, reshape, slice } from '../nn/layout.ts';
import { attention, type Builder, feedForward, hide, layerNorm, linear, slotPosition, xavier } from './layers.ts';

// B pairs · F frames · S segments · C = F + S slots · D width

export interface Fused {
  /** [B, C, D]; padded rows hold anything and are masked as keys. */
  memory: Tensor;
  position: Tensor;
  /** [B, C], 1 = real */
  mask: Tensor;
}

export interface Sequence {
  tokens: Tensor;
  mask: Tensor;
}

/** @param frames [B, F, D] with its mask [B, F]; @param segments [B, S, D] with its mask [B, S] */
export function fuse(b: Builder, frames: Sequence, segments: Sequence): Fused {
  const rate = b.config.dropout.detection;
  const [frameCount, segmentCount] = [frames.mask.shape[1], segments.mask.shape[1]];
  const slots = typeof frameCount === 'number' && typeof segmentCount === 'number' ? undefined : 'C';
  const mask = concat([frames.mask, segments.mask], 1, slots);
  const position = slotPosition(b, mask);
  let x = concat([frames.tokens, segments.tokens], 1, slots);
  for (let layer = 0; layer < b.config.encoderLayers; layer++) {
    const name = `encoder.${layer}`;
    x = within(b.graph, name, () => {
      const placed = add(x, position);
      const likeness = b.config.detectionStart === 'likeness';
      const inputs = {
        query: placed,
        key: placed,
        value: x,
        mask,
        heads: b.config.heads.detection,
        dropout: rate,
        likeness,
      };
      const attended = b.dropout.apply(attention(b, `${name}.attention`, inputs), rate);
      const mid = layerNorm(b, `${name}.norm1`, add(x, attended));
      const hidden = { hidden: b.config.detectionFfn, activation: 'relu', dropout: rate, initial: xavier } as const;
      return layerNorm(b, `${name}.norm2`, add(mid, b.dropout.apply(feedForward(b, `${name}.ffn`, mid, hidden), rate)));
    });
  }
  return { memory: x, position, mask };
}

/** How much each fused segment looks like part of the moment: a head that only training uses. [B, S] logits */
export function segmentSaliency(b: Builder, fused: Fused, segmentMask: Tensor): Tensor {
  const [batch, segments] = segmentMask.shape as [number, number];
  const slots = fused.mask.shape[1] as number;
  const logits = linear(b, 'saliency', slice(fused.memory, 1, slots - segments, segments), 1); // [B, S, 1]
  return add(reshape(logits, [batch, segments]), hide(segmentMask));
}
