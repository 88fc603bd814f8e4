/**
 * Boxes in place of those of made.ts: those of the paper's ablations (its Table 6) and those that only the authors' public code has. `boxesOf` reads a config's switches.
 */
import { type CrossAttention, crossAttention, maskBias } from '../../nn/attention.ts';
import { expand, reshape, sum } from '../../nn/broadcast.ts';
import { add, multiply, scale } from '../../nn/elementwise.ts';
import { filled, fixed, type Tensor, within } from '../../nn/graph.ts';
import { feedForward, layerNorm, linear, xavier } from '../../nn/layers.ts';
import { concat, transpose, transposeLast } from '../../nn/layout.ts';
import { matmul } from '../../nn/linear.ts';
import { softmax } from '../../nn/normalise.ts';
import { addRowPosition, relativePositions } from '../../nn/positions.ts';
import { concatSequences, meanOf, type Packing, pack, type Sequence, unpack, zeroPadding } from '../../nn/sequence.ts';
import { type Detection, decode, encode, foregroundHead, likeliestSpan, spanHead } from '../detr.ts';
import { pooledSimilarity, type Similarities, wholeSimilarity, xPool } from '../grounding/matching.ts';
import type { MadeConfig } from './config.ts';
import { BOXES, type Boxes, decoderOf, encoderOf, type Fused, type Made } from './made.ts';

// B videos or pairs · N tracks · Q queries · C rows of the fused sequence · D width

/** The boxes of a network. @param reading how the decoder's queries read, where not folded: the same numbers with more work */
export function boxesOf(config: MadeConfig, reading?: CrossAttention): Boxes {
  const { enhancement, matching, content, fusion, detector } = config;
  const usual = config.queries === 1 && config.spanWidth && !config.foregroundHead && !reading;
  return {
    enhance: ENHANCED[enhancement],
    match: matching === 'both' ? BOXES.match : matchBy(matching),
    content: CONTENT[content],
    fuse: FUSED[fusion],
    detect: detector === 'regression' ? regress : usual ? BOXES.detect : detectBy(reading),
  };
}

/** As papers write attention, every key and value projected: to compare and measure with. */
export const plainBoxesOf = (config: MadeConfig): Boxes => boxesOf(config, crossAttention);

/** How a side is enhanced. */
const ENHANCED: Record<MadeConfig['enhancement'], Boxes['enhance']> = {
  attention: BOXES.enhance,
  mlp: alone,
  none: projected,
};

/** The block of made.ts without its attention: every token for itself, told where it stands. */
function alone(b: Made, kind: 'video' | 'music', raw: Sequence): Sequence {
  const { width: d, enhancementFfn: hidden, maxFrames, maxSegments } = b.config;
  const [dropout, { packing }] = [b.config.dropout.enhancement, raw];
  return within(b.graph, kind, () => {
    const rows = linear(b, `${kind}.project`, zeroPadding(raw), d); // [B, L, D]
    const placed = addRowPosition({ rows, packing }, kind === 'video' ? maxFrames : maxSegments);
    const x = layerNorm(b, `${kind}.norm2`, placed);
    const fed = add(feedForward(b, `${kind}.ffn`, x, { hidden, activation: 'gelu', dropout }), x);
    return { rows: zeroPadding({ rows: linear(b, `${kind}.final`, fed, d), packing }), packing };
  });
}

/** The projection to the network's width, and nothing after it. */
function projected(b: Made, kind: 'video' | 'music', raw: Sequence): Sequence {
  const { packing } = raw;
  const rows = within(b.graph, kind, () => linear(b, `${kind}.project`, zeroPadding(raw), b.config.width));
  return { rows: zeroPadding({ rows, packing }), packing };
}

function matchBy(matching: MadeConfig['matching']): Boxes['match'] {
  return (b, h, h0, s) =>
    within(b.graph, 'matching', (): Similarities => {
      if (matching === 'h0') return { terms: [wholeSimilarity(h, h0)] };
      const { h1, attention } = xPool(b, h, s, {
        each: 'query',
        projectionSide: 'keys',
        dropout: b.config.dropout.matching,
      });
      return { terms: termsOf(matching, h, h0, h1), attention };
    });
}

/** What relevance is the sum of. h [B, D], h0 [N, D], h1 [N, B, D] -> [B, N] each */
export function termsOf(matching: MadeConfig['matching'], h: Tensor, h0: Tensor, h1: Tensor): Tensor[] {
  if (matching === 'averaged') {
    const [tracks, , d] = h1.shape;
    return [pooledSimilarity(h, add(h1, reshape(h0, [tracks, 1, d])))]; // half of it has the same cosine
  }
  const pooled = pooledSimilarity(h, h1);
  if (matching === 'h1') return [pooled];
  return matching === 'summed' ? [add(wholeSimilarity(h, h0), pooled)] : [wholeSimilarity(h, h0), pooled];
}

/** What a query holds at the start. */
const CONTENT: Record<MadeConfig['content'], Boxes['content']> = {
  video: BOXES.content,
  zero: ({ graph }, _h, h0) => expand(filled(graph, 0, [1, fixed(h0.shape[1])]), h0),
  h0: (_b, _h, h0) => h0,
  h1: ownPooled,
};

/** h1(M | v) of aligned pairs, video i with track i. -> [B, D] */
export function ownPooled(b: Made, h: Tensor, _h0: Tensor, s: Sequence): Tensor {
  const how = { each: 'own', projectionSide: 'pooled', dropout: b.config.dropout.matching } as const;
  const { h1 } = within(b.graph, 'content', () => xPool(b, h, s, how));
  return reshape(h1, h.shape);
}

/** How a pair becomes one sequence. */
const FUSED: Record<MadeConfig['fusion'], Boxes['fuse']> = {
  concat: BOXES.fuse,
  attended: attendFrames,
  cross: readFrames,
};

/** One layer as the encoder's, but for whom it reads: the segments ask, the frames answer. The decoder reads segments only. */
function attendFrames(b: Made, f: Sequence, s: Sequence, slots?: Packing): Fused {
  const { hidden, heads, dropout, identityInit } = encoderOf(b.config);
  const positions = [f, s].map(({ packing }) => relativePositions(packing, b.config.width));
  const [own, { packing }] = [positions[1], s];
  const memory = within(b.graph, 'fusion', () => {
    const asked = {
      query: unpack(add(s.rows, own), packing),
      keys: unpack(add(f.rows, positions[0]), f.packing),
      values: unpack(f.rows, f.packing),
      mask: f.packing.mask,
    };
    const attended = pack(crossAttention(b, 'fusion.attention', { ...asked, heads, dropout, identityInit }), packing);
    const x = layerNorm(b, 'fusion.norm1', add(s.rows, b.dropout.apply(attended, dropout, 'fusion.attention')));
    const fed = feedForward(b, 'fusion.ffn', x, { hidden, activation: 'relu', dropout, initial: xavier });
    return { rows: layerNorm(b, 'fusion.norm2', add(x, b.dropout.apply(fed, dropout, 'fusion.ffn'))), packing };
  });
  return { memory, position: own, slots: concatSequences(f, memory, slots) };
}

/** The reference's other fusion: the segments read the frames once, and the encoder sees segments only. */
function readFrames(b: Made, f: Sequence, s: Sequence, slots?: Packing): Fused {
  const sequence = readingFrames(b, s, f);
  const position = relativePositions(sequence.packing, b.config.width);
  const memory = encode(b, 'encoder', sequence, position, encoderOf(b.config));
  return { memory, position, slots: concatSequences(f, memory, slots) };
}

/** Attention is four times as wide as a token: at D = 256 eight heads of 128, as the reference has them. */
const READING = 4;

/**
 * Every segment reads the frames: the reference's cross-modal block, pre-norm, without biases into the attention.
 * It starts as Glorot's, uniform instead of normal, whatever `detectionStart` says. -> segments
 */
function readingFrames(b: Made, { rows, packing }: Sequence, f: Sequence): Sequence {
  const dropout = b.config.dropout.detection;
  return within(b.graph, 'fusion', () => {
    const query = layerNorm(b, 'fusion.norm1', rows); // first: the order of use is that of the parameters in a checkpoint
    const context = { rows: layerNorm(b, 'fusion.context', f.rows), packing: f.packing };
    const read = between(b, query, packing, context);
    const x = add(rows, b.dropout.apply(read, dropout, 'fusion.attention'));
    const ffn = { hidden: b.config.detectionFfn, activation: 'gelu', dropout, initial: xavier } as const;
    const fed = add(x, feedForward(b, 'fusion.ffn', layerNorm(b, 'fusion.norm2', x), ffn));
    return { rows: linear(b, 'fusion.final', fed, b.config.width), packing };
  });
}

/** Multi-head attention of one sequence to another. -> rows of the first */
function between(b: Made, query: Tensor, packing: Packing, context: Sequence): Tensor {
  const { width: d, heads: counts } = b.config;
  const [heads, inner] = [counts.detection, READING * d];
  const project = (x: Tensor, of: Packing, part: string) => {
    const weight = b.parameters.get(`fusion.${part}.weight`, [inner, d], { kind: 'xavier' });
    const whole = unpack(matmul(x, transposeLast(weight)), of); // [B, L, 4D]
    const [batch, length] = whole.shape;
    return transpose(reshape(whole, [batch, length, heads, inner / heads]), [0, 2, 1, 3]); // [B, H, L, 4D/H]
  };
  const q = scale(project(query, packing, 'query'), 1 / Math.sqrt(inner / heads));
  const logits = matmul(q, transposeLast(project(context.rows, context.packing, 'key'))); // [B, H, S, F]
  const { mask } = context.packing;
  const bias = reshape(maskBias(mask), [mask.shape[0], 1, 1, mask.shape[1]]);
  const weights = b.dropout.apply(softmax(add(logits, bias)), b.config.dropout.detection, 'fusion.weights');
  const mixed = transpose(matmul(weights, project(context.rows, context.packing, 'value')), [0, 2, 1, 3]); // [B, S, H, 4D/H]
  const rows = pack(reshape(mixed, [mixed.shape[0], mixed.shape[1], inner]), packing);
  return linear(b, 'fusion.out', rows, d, xavier(inner));
}

/** Several queries, a head that ranks them, a head without the width. */
function detectBy(reading?: CrossAttention): Boxes['detect'] {
  return (b, { memory, position }, content, f) => {
    const { width: d, queries } = b.config;
    const query = b.parameters.get('decoder.query', [queries, d], { kind: 'normal' }); // P
    const start = forEachQuery(b, reshape(content, [content.shape[0], 1, d]));
    const options = { ...decoderOf(b.config), crossAttention: reading };
    const outputs = decode(b, 'decoder', { content: start, query, memory, position }, options);
    return outputs.map((x) => headsOf(b, x, f));
  };
}

/** No decoder: the heads read the mean of the fused sequence. */
function regress(b: Made, { memory }: Fused, _content: Tensor, f: Sequence): Detection[] {
  return [headsOf(b, meanOf(memory), f)];
}

/** @param x of every query, [B, Q, D] or [B, D] */
function headsOf(b: Made, x: Tensor, f: Sequence): Detection {
  const { width: d, queries, spanWidth } = b.config;
  const [batch] = f.packing.mask.shape;
  const rows = reshape(x, [queries === 1 ? batch : 'B·Q', d]); // one product for all queries
  const perQuery = (y: Tensor, values: number) => reshape(y, [batch, queries, values]);
  const found = perQuery(spanHead(b, rows, spanWidth ? 2 : 1), spanWidth ? 2 : 1);
  const spans = spanWidth ? found : concat([found, forEachQuery(b, clipLength(b, f))], 2);
  const foreground = b.config.foregroundHead ? perQuery(foregroundHead(b, rows), 2) : undefined;
  return { spans, foreground, span: likeliestSpan(spans, foreground) };
}

/** Frames are a second each. -> [B, 1, 1] as a share of maxDurationSec */
function clipLength(b: Made, { packing: { mask } }: Sequence): Tensor {
  return reshape(scale(sum(mask, [1]), 1 / b.config.maxDurationSec), [mask.shape[0], 1, 1]);
}

/** [B, 1, n] -> [B, Q, n] */
function forEachQuery(b: Made, x: Tensor): Tensor {
  return b.config.queries === 1 ? x : multiply(x, filled(b.graph, 1, [b.config.queries, 1]));
}
