/**
 * Moment detection: one query reads the fused sequence and says where the moment lies.
 * Paper §3.3 (Fig. 3, right); the query's content starts as h(v), its position P is learned.
 */

import { add, relu, sigmoid } from '../nn/elementwise.ts';
import { type Tensor, within } from '../nn/graph.ts';
import { reshape } from '../nn/layout.ts';
import type { Fused } from './fusion.ts';
import { attention, type Builder, feedForward, layerNorm, linear, xavier } from './layers.ts';

// B pairs · D width

export interface Detection {
  /** (centre, width) as a share of maxDurationSec [B, 2] (p_c, p_w) */
  span: Tensor;
  /** Foreground and background logits [B, 2], where the config has that head. */
  foreground?: Tensor;
}

/**
 * One detection per decoder layer, the last one being the answer.
 * @param video h(v) [B, D]
 */
export function detect(b: Builder, fused: Fused, video: Tensor): Detection[] {
  const { width: d, decoderLayers } = b.config;
  const batch = video.shape[0];
  const query = b.parameters.get('decoder.query', [1, d], { kind: 'normal' }); // P
  const keys = add(fused.memory, fused.position);
  let content = reshape(video, [batch, 1, d]); // φ
  const detections: Detection[] = [];
  for (let layer = 0; layer < decoderLayers; layer++) {
    content = within(b.graph, `decoder.${layer}`, () =>
      decoderLayer(b, `decoder.${layer}`, content, query, keys, fused),
    );
    detections.push(heads(b, reshape(layerNorm(b, 'decoder.norm', content), [batch, d])));
  }
  return detections;
}

function decoderLayer(b: Builder, name: string, content: Tensor, query: Tensor, keys: Tensor, fused: Fused): Tensor {
  const rate = b.config.dropout.detection;
  const heads = b.config.heads.detection;
  const drop = (x: Tensor) => b.dropout.apply(x, rate);
  let x = content;
  if (b.config.decoderSelfAttention) {
    const placed = add(x, query);
    x = layerNorm(
      b,
      `${name}.norm1`,
      add(x, drop(attention(b, `${name}.self`, { query: placed, key: placed, value: x, heads, dropout: rate }))),
    );
  }
  const read = attention(b, `${name}.cross`, {
    query: add(x, query),
    key: keys,
    value: fused.memory,
    mask: fused.mask,
    heads,
    dropout: rate,
    likeness: b.config.detectionStart === 'likeness',
  });
  x = layerNorm(b, `${name}.norm2`, add(x, drop(read)));
  const hidden = { hidden: b.config.detectionFfn, activation: 'relu', dropout: rate, initial: xavier } as const;
  return layerNorm(b, `${name}.norm3`, add(x, drop(feedForward(b, `${name}.ffn`, x, hidden))));
}

function heads(b: Builder, x: Tensor): Detection {
  const d = b.config.width;
  const hidden = relu(linear(b, 'span.1', relu(linear(b, 'span.0', x, d)), d));
  return {
    span: sigmoid(linear(b, 'span.2', hidden, 2)),
    foreground: b.config.foregroundHead ? linear(b, 'foreground', x, 2) : undefined,
  };
}
