/**
 * Moment detection: one query reads the fused sequence and says where the moment lies.
 *
 * Paper §3.3 (Fig. 3, right); the query's content starts as h(v), its position P is learned. For the ablations there may be
 * several queries, another content, a head without the width, or no decoder at all.
 */

import { add, multiply, relu, scale, sigmoid, subtract } from '../nn/elementwise.ts';
import { filled, type Tensor, within } from '../nn/graph.ts';
import { concat, reshape, slice } from '../nn/layout.ts';
import type { Dim } from '../nn/onnx.ts';
import { sum } from '../nn/reduce.ts';
import { lowest } from './choice.ts';
import { meanVector } from './enhancement.ts';
import type { Fused } from './fusion.ts';
import { type Builder, crossAttention, feedForward, layerNorm, linear, selfAttention, xavier } from './layers.ts';
import { ownPooled } from './matching.ts';
import { type Arrangement, meanOf, type Sequence, spreadOut } from './sequence.ts';

// B pairs · Q queries · D width

export interface Detection {
  /** Of every query (centre, width) as a share of maxDurationSec [B, Q, 2]. */
  spans: Tensor;
  /** Foreground and background logits [B, Q, 2], where the config has that head. */
  foreground?: Tensor;
  /** The answer [B, 2] (p_c, p_w): the span of the query that is the likeliest foreground. */
  span: Tensor;
}

/**
 * What a query holds at the start (φ0). -> [B, D]
 * @param video h(v) [B, D]; @param music s~ of the pair's own track
 */
export function initialContent(b: Builder, video: Tensor, music: Sequence): Tensor {
  const { content } = b.config;
  if (content === 'zero') return scale(video, 0);
  if (content === 'h0') return meanVector(music);
  return content === 'h1' ? ownPooled(b, video, music) : video;
}

/**
 * One detection per decoder layer, the last one being the answer.
 * @param content [B, D], the same for every query; @param clip where the frames stand, which says how long the clip is
 */
export function detect(b: Builder, fused: Fused, content: Tensor, clip: Arrangement): Detection[] {
  const heads = (x: Tensor) => headsOf(b, x, content.shape[0], clip);
  return b.config.detector === 'decoder' ? decode(b, fused, content).map(heads) : [heads(meanOf(fused.memory))];
}

/** Every decoder layer's output, normed. -> [B, Q, D] each */
function decode(b: Builder, fused: Fused, content: Tensor): Tensor[] {
  const { width: d, decoderLayers, queries } = b.config;
  const query = b.parameters.get('decoder.query', [queries, d], { kind: 'normal' }); // P
  const { rows, at } = fused.memory;
  const memory = { keys: spreadOut(add(rows, fused.position), at), values: spreadOut(rows, at), mask: at.mask };
  let x = forEachQuery(b, reshape(content, [content.shape[0], 1, d])); // φ
  const outputs: Tensor[] = [];
  for (let layer = 0; layer < decoderLayers; layer++) {
    x = within(b.graph, `decoder.${layer}`, () => decoderLayer(b, `decoder.${layer}`, x, query, memory));
    outputs.push(layerNorm(b, 'decoder.norm', x));
  }
  return outputs;
}

/** [B, 1, n] -> [B, Q, n] */
function forEachQuery(b: Builder, x: Tensor): Tensor {
  return b.config.queries === 1 ? x : multiply(x, filled(b.graph, 1, [b.config.queries, 1]));
}

/** The fused sequence as the decoder reads it, [B, C, D] and [B, C]. */
interface Memory {
  keys: Tensor;
  values: Tensor;
  mask: Tensor;
}

function decoderLayer(b: Builder, name: string, content: Tensor, query: Tensor, memory: Memory): Tensor {
  const rate = b.config.dropout.detection;
  const heads = b.config.heads.detection;
  const drop = (x: Tensor, part: string) => b.dropout.apply(x, rate, `${name}.${part}`);
  let x = content;
  if (b.config.decoderSelfAttention) {
    const placed = add(x, query);
    const self = { query: placed, key: placed, value: x, heads, dropout: rate };
    x = layerNorm(b, `${name}.norm1`, add(x, drop(selfAttention(b, `${name}.self`, self), 'self')));
  }
  const likeness = b.config.detectionStart === 'likeness';
  const cross = { query: add(x, query), ...memory, heads, dropout: rate, likeness };
  x = layerNorm(b, `${name}.norm2`, add(x, drop(crossAttention(b, `${name}.cross`, cross), 'cross')));
  const hidden = { hidden: b.config.detectionFfn, activation: 'relu', dropout: rate, initial: xavier } as const;
  return layerNorm(b, `${name}.norm3`, add(x, drop(feedForward(b, `${name}.ffn`, x, hidden), 'ffn')));
}

/** @param x of every query, [B, Q, D] or [B, D] */
function headsOf(b: Builder, x: Tensor, batch: Dim, clip: Arrangement): Detection {
  const { width: d, queries, spanWidth, foregroundHead } = b.config;
  const rows = reshape(x, [queries === 1 ? batch : 'B·Q', d]); // one product for all queries
  const perQuery = (y: Tensor, values: number) => reshape(y, [batch, queries, values]);
  const hidden = relu(linear(b, 'span.1', relu(linear(b, 'span.0', rows, d)), d));
  const found = perQuery(sigmoid(linear(b, 'span.2', hidden, spanWidth ? 2 : 1)), spanWidth ? 2 : 1);
  const spans = spanWidth ? found : concat([found, forEachQuery(b, clipLength(b, clip))], 2);
  const foreground = foregroundHead ? perQuery(linear(b, 'foreground', rows, 2), 2) : undefined;
  return { spans, foreground, span: answer(spans, foreground) };
}

/** Frames are a second each. -> [B, 1, 1] as a share of maxDurationSec */
function clipLength(b: Builder, { mask }: Arrangement): Tensor {
  return reshape(scale(sum(mask, [1]), 1 / b.config.maxDurationSec), [mask.shape[0], 1, 1]);
}

/** The span of the query whose foreground stands out most. [B, Q, 2] -> [B, 2] */
function answer(spans: Tensor, foreground?: Tensor): Tensor {
  const [batch, queries] = spans.shape;
  if (queries === 1 || !foreground) return reshape(spans, [batch, 2]);
  const doubt = subtract(slice(foreground, 2, 1, 1), slice(foreground, 2, 0, 1)); // [B, Q, 1]
  const chosen = lowest(reshape(doubt, [batch, queries]));
  return reshape(sum(multiply(spans, reshape(chosen, [batch, queries, 1])), [1]), [batch, 2]);
}
