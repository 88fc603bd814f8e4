/**
 * MaDe, "Music Grounding by Short Video" (ICCV 2025), in the order of its Fig. 3: unimodal enhancement, video-music matching, moment
 * detection.
 *
 * `forward` is the whole network, built once for training, for evaluation and for the Worker; each box below it is one of the
 * figure's, matching in grounding/matching.ts. Boxes that ablations put in place of these are in variants.ts, what a graph is given and gives back in network.ts,
 * losses in losses.ts. Sequences may be padded or packed, and no box knows which (nn/sequence.ts); shapes are those of padded ones.
 */
import { selfAttention } from '../../nn/attention.ts';
import { reshape } from '../../nn/broadcast.ts';
import { add } from '../../nn/elementwise.ts';
import { type Tensor, within } from '../../nn/graph.ts';
import { type Builder, feedForward, layerNorm, linear } from '../../nn/layers.ts';
import { addRowPosition, relativePositions } from '../../nn/positions.ts';
import { concatSequences, type Packing, type Sequence, zeroPadding } from '../../nn/sequence.ts';
import { type DecoderOptions, type Detection, decode, encode, spanHead } from '../detr.ts';
import { logScaleOf, match, meanVector, relevanceOf, type Similarities } from '../grounding/matching.ts';
import type { Grounding, Inputs } from '../grounding/network.ts';
import type { MadeConfig } from './config.ts';

// B videos · N tracks · F frames · S segments · C = F + S · D width

/** What the boxes are built with. */
export interface Made extends Builder {
  config: MadeConfig;
  boxes: Boxes;
}

/** From raw tokens to relevance (p_s) and moment (p_c, p_w). @throws Error naming the place where shapes do not fit */
export function forward(b: Made, { frames, segments, slots, known = {}, pairs = true }: Inputs): MadeGrounding {
  const { enhance, match, content, fuse, detect } = b.boxes;

  // Unimodal enhancement (§3.1)
  const f = known.f ?? enhance(b, 'video', frames); // f~ [B, F, D]
  const s = known.s ?? enhance(b, 'music', segments); // s~ [N, S, D]
  const h = known.h ?? meanVector(f); // h(v) [B, D]
  const h0 = meanVector(s); // h0(M) [N, D]

  // Video-music matching (§3.2)
  const matching = match(b, h, h0, s);
  const relevance = relevanceOf(matching); // p_s [B, N]
  const logScale = logScaleOf(b, b.config.temperature); // of the matching losses
  const matched = { f, s, h, h0, matching, relevance, logScale };
  if (!pairs) return { ...matched, detections: [] };

  // Moment detection (§3.3)
  const phi = content(b, h, h0, s); // φ0 [B, D]
  const fused = fuse(b, f, s, slots); // [B, C, D]
  const detections = detect(b, fused, phi, f);
  return { ...matched, fused, detections, span: detections.at(-1)!.span }; // (p_c, p_w) [B, 2]
}

/** All that the network makes. */
export interface MadeGrounding extends Grounding {
  fused?: Fused;
  /** One for each layer of the decoder. */
  detections: Detection[];
}

/** The boxes that ablations replace. */
export interface Boxes {
  /** Raw tokens of one kind -> [., L, D], padded rows zero */
  enhance(b: Made, kind: 'video' | 'music', raw: Sequence): Sequence;
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
export const BOXES: Boxes = {
  enhance,
  match: (b, h, h0, s) => match(b, h, h0, s, b.config.dropout.matching),
  content: (_, h) => h,
  fuse,
  detect,
};

/**
 * Raw tokens of one kind, projected and after one self-attention block (§3.1). Video and music have the same structure and their own
 * weights. The block is the reference's: pre-norm, the residual taken from the normalised tensor. -> [., L, D], padded rows zero
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

/** One query reads the fused sequence, and the span head makes a span of its output (§3.3). content [B, D] -> a detection per layer */
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
