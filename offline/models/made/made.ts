/**
 * MaDe, "Music Grounding by Short Video" (ICCV 2025), in the order of its Fig. 3: unimodal enhancement, video-music matching, moment
 * detection.
 *
 * `forward` is the whole network, built once for training, for evaluation and for the Worker; each box below it is one of the
 * figure's. Boxes that ablations put in place of these are in variants.ts, what a graph is given and gives back in network.ts,
 * losses in losses.ts. Sequences may be padded or packed, and no box knows which (nn/sequence.ts); shapes are those of padded ones.
 */
import { type AttentionPoolInputs, attentionPool, selfAttention } from '../../nn/attention.ts';
import { reshape } from '../../nn/broadcast.ts';
import { add } from '../../nn/elementwise.ts';
import { type Tensor, within } from '../../nn/graph.ts';
import { type Builder, feedForward, identity, layerNorm, linear } from '../../nn/layers.ts';
import { transpose } from '../../nn/layout.ts';
import { matmul } from '../../nn/linear.ts';
import { cosineWith, l2Normalise } from '../../nn/normalise.ts';
import { addRowPosition, relativePositions } from '../../nn/positions.ts';
import { concatSequences, meanOf, type Packing, type Sequence, zeroPadding } from '../../nn/sequence.ts';
import { type DecoderOptions, type Detection, decode, encode, spanHead } from '../detr.ts';
import type { MadeConfig } from './config.ts';

// B videos · N tracks · F frames · S segments · C = F + S · D width

/** What the boxes are built with. */
export interface Made extends Builder {
  config: MadeConfig;
  boxes: Boxes;
}

/** What the network is given. */
export interface Inputs {
  /** Standardised encoder tokens [B, F, d_v] and [N, S, d_a]; padded rows may hold anything. */
  frames: Sequence;
  segments: Sequence;
  /** How frames and segments stand as one sequence, when they are packed. */
  slots?: Packing;
  /** What an earlier graph has made, taken as it is. */
  known?: { f?: Sequence; s?: Sequence; h?: Tensor };
  /** Video i belongs to track i, and its moment is looked for there; without pairs every video is matched to every track, no more. */
  pairs?: boolean;
}

/** From raw tokens to relevance (p_s) and moment (p_c, p_w). @throws Error naming the place where shapes do not fit */
export function forward(b: Made, { frames, segments, slots, known = {}, pairs = true }: Inputs): Grounding {
  const { match, content, fuse, detect } = b.boxes;

  // Unimodal enhancement (§3.1)
  const f = known.f ?? enhance(b, 'video', frames); // f~ [B, F, D]
  const s = known.s ?? enhance(b, 'music', segments); // s~ [N, S, D]
  const h = known.h ?? meanVector(f); // h(v) [B, D]
  const h0 = meanVector(s); // h0(M) [N, D]

  // Video-music matching (§3.2)
  const matching = match(b, h, h0, s);
  const relevance = relevanceOf(matching); // p_s [B, N]
  const logScale = temperature(b); // of the matching losses
  const matched = { f, s, h, h0, matching, relevance, logScale };
  if (!pairs) return { ...matched, detections: [] };

  // Moment detection (§3.3)
  const phi = content(b, h, h0, s); // φ0 [B, D]
  const fused = fuse(b, f, s, slots); // [B, C, D]
  const detections = detect(b, fused, phi, f);
  return { ...matched, fused, detections, span: detections.at(-1)!.span }; // (p_c, p_w) [B, 2]
}

/** All that the network makes, in the order in which it does. A model keeps what its outputs need. */
export interface Grounding {
  /** Enhanced tokens f~ and s~, padded rows zero. */
  f: Sequence;
  s: Sequence;
  /** Their means, L2-normalised: h(v) [B, D] and h0(M) [N, D]. */
  h: Tensor;
  h0: Tensor;
  matching: Similarities;
  /** p_s [B, N] */
  relevance: Tensor;
  /** Learned, used as exp() [1]. */
  logScale: Tensor;
  fused?: Fused;
  /** One for each layer of the decoder. */
  detections: Detection[];
  /** (p_c, p_w) [B, 2], shares of maxDurationSec. */
  span?: Tensor;
}

/** The boxes that ablations replace. */
export interface Boxes {
  /** h(v) [B, D], h0(M) [N, D], s~ [N, S, D] -> similarities [B, N] */
  match(b: Made, h: Tensor, h0: Tensor, s: Sequence): Similarities;
  /** What the decoder's query holds at the start (φ0). -> [B, D] */
  content(b: Made, h: Tensor, h0: Tensor, s: Sequence): Tensor;
  /** f~ [B, F, D] and s~ [B, S, D] of each pair -> one sequence of C rows */
  fuse(b: Made, f: Sequence, s: Sequence, slots?: Packing): Fused;
  /** φ0 [B, D] -> a detection for each decoder layer */
  detect(b: Made, fused: Fused, content: Tensor, f: Sequence): Detection[];
}

/** The paper's. */
export const BOXES: Boxes = { match, content: (_, h) => h, fuse, detect };

/**
 * Raw tokens of one kind to tokens that know their neighbours. Video and music have the same structure and their own weights. The
 * block is the reference's: pre-norm, the residual taken from the normalised tensor.
 */
export function enhance(b: Made, kind: 'video' | 'music', raw: Sequence): Sequence {
  const { width: d, heads: count, enhancementFfn: hidden, maxFrames, maxSegments } = b.config;
  const [dropout, heads, { packing }] = [b.config.dropout.enhancement, count.enhancement, raw];
  return within(b.graph, kind, () => {
    const rows = linear(b, `${kind}.project`, zeroPadding(raw), d); // [B, L, D]
    const placed = addRowPosition({ rows, packing }, kind === 'video' ? maxFrames : maxSegments);
    let x = layerNorm(b, `${kind}.norm1`, placed);
    x = add(selfAttention(b, `${kind}.attention`, { query: x, key: x, value: x, packing, heads, dropout }), x);
    x = layerNorm(b, `${kind}.norm2`, x);
    x = add(feedForward(b, `${kind}.ffn`, x, { hidden, activation: 'gelu', dropout }), x);
    return { rows: zeroPadding({ rows: linear(b, `${kind}.final`, x, d), packing }), packing };
  });
}

/** Mean of the tokens, L2-normalised. -> [B, D] */
export function meanVector(tokens: Sequence): Tensor {
  return l2Normalise(meanOf(tokens));
}

/** How well each track suits each video. */
export interface Similarities {
  /** What relevance is the sum of, each with a loss of its own: cos(h(v), h0(M)) and cos(h(v), h1(M | v)), [B, N] each. */
  terms: readonly Tensor[];
  /** X-Pool's attention before its softmax: how well each segment suits each video. [N, B, S], where there is X-Pool */
  attention?: Tensor;
}

/** A track suits a video by how it sounds as a whole (h0) and by its passage that the video attends to (h1). */
export function match(b: Made, h: Tensor, h0: Tensor, s: Sequence): Similarities {
  return within(b.graph, 'matching', () => {
    const { h1, attention } = xPool(b, h, s, { each: 'query', projectionSide: 'keys' }); // [N, B, D]
    const pooled = pooledSimilarity(h, h1);
    return { terms: [wholeSimilarity(h, h0), pooled], attention };
  });
}

/**
 * X-Pool (Gorti et al., CVPR 2022): the video attends to the track's segments with one head, so that a track with one fitting passage
 * is not averaged away. -> h1(M | v) [N, B, D], not L2-normalised; attention before its softmax [N, B, S]
 */
export function xPool(
  b: Made,
  h: Tensor,
  { rows, packing }: Sequence,
  how: Pick<AttentionPoolInputs, 'each' | 'projectionSide'>,
): { h1: Tensor; attention: Tensor } {
  const query = layerNorm(b, 'matching.norm1', h); // one norm for both sides
  const keys = { rows: layerNorm(b, 'matching.norm1', rows), packing };
  const { pooled, logits } = attentionPool(b, 'matching', { query, keys, ...how });
  return { h1: outputBlock(b, pooled, how.each === 'query' ? 'matching.final' : 'content.final'), attention: logits };
}

/** What follows X-Pool's attention; no residual from the query. [N, B, D] -> h1 [N, B, D] */
export function outputBlock(b: Made, attended: Tensor, dropoutSite: string): Tensor {
  const y = layerNorm(b, 'matching.norm2', attended);
  const final = linear(b, 'matching.final', y, b.config.width, identity);
  return layerNorm(b, 'matching.norm3', add(y, b.dropout.apply(final, b.config.dropout.matching, dropoutSite)));
}

/** cos(h(v), h0(M)); both have length 1. -> [B, N] */
export const wholeSimilarity = (h: Tensor, h0: Tensor): Tensor => matmul(h, transpose(h0, [1, 0]));

/** cos(h(v), h1(M | v)) of what every video pooled of every track. h [B, D], h1 [N, B, D] -> [B, N] */
export function pooledSimilarity(h: Tensor, h1: Tensor): Tensor {
  const [tracks, batch, d] = h1.shape;
  const perTrack = cosineWith(h1, reshape(h, [1, batch, d])); // [N, B, 1]
  return transpose(reshape(perTrack, [tracks, batch]), [1, 0]);
}

/** Relevance (p_s) = the sum of the similarities. -> [B, N] */
export function relevanceOf({ terms }: Similarities): Tensor {
  return terms.reduce((total, term) => add(total, term));
}

function temperature(b: Made): Tensor {
  const value = Math.log(1 / b.config.temperature);
  return b.parameters.get('matching.log_scale', [1], { kind: 'constant', value });
}

/** A pair as one sequence. */
export interface Fused {
  /** What detection reads; padded rows hold anything and are masked as keys. */
  memory: Sequence;
  /** The position of each row of the memory. */
  position: Tensor;
  /** Frames, then fused segments: the memory itself where it has the frames. */
  slots: Sequence;
}

/** A video's frames and its track's segments become one sequence, through a Transformer encoder. */
export function fuse(b: Made, f: Sequence, s: Sequence, slots?: Packing): Fused {
  const sequence = concatSequences(f, s, slots); // [B, C, D]
  const position = relativePositions(sequence.packing, b.config.width);
  const memory = encode(b, 'encoder', sequence, position, encoderOf(b.config));
  return { memory, position, slots: memory };
}

/** One query reads the fused sequence and says where the moment lies. */
export function detect(b: Made, { memory, position }: Fused, content: Tensor): Detection[] {
  const { width: d } = b.config;
  const query = b.parameters.get('decoder.query', [1, d], { kind: 'normal' }); // P
  const [batch] = content.shape;
  const inputs = { content: reshape(content, [batch, 1, d]), query, memory, position };
  return decode(b, 'decoder', inputs, decoderOf(b.config)).map((x) => {
    const span = spanHead(b, reshape(x, [batch, d]), 2); // (p_c, p_w) [B, 2]
    return { spans: reshape(span, [batch, 1, 2]), span };
  });
}

/** The encoder's options by the config. */
export function encoderOf(config: MadeConfig) {
  return { ...transformerOf(config), layers: config.encoderLayers };
}

/** The decoder's options by the config. */
export function decoderOf(config: MadeConfig): DecoderOptions {
  return { ...transformerOf(config), layers: config.decoderLayers, selfAttention: config.decoderSelfAttention };
}

function transformerOf({ heads, detectionFfn, dropout, detectionStart }: MadeConfig) {
  const identityInit = detectionStart === 'likeness';
  return { heads: heads.detection, hidden: detectionFfn, dropout: dropout.detection, identityInit };
}
