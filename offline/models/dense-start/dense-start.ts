/**
 * A network that looks for the start of a moment at every segment of a track.
 *
 * The trunk is of MaDe's kind ("Music Grounding by Short Video", ICCV 2025) but smaller: one post-norm self-attention block a side, X-Pool, and
 * self-attention over frames and segments as one sequence. Where MaDe's decoder gives a centre and a width, every fused segment here says
 * how likely a moment starts at it, and how far beside it, as networks without proposals do (ActionFormer, Zhang et al., ECCV 2022). The width is
 * not learned: it is the clip's length. Sequences may be padded or packed (nn/sequence.ts); shapes are those of padded ones. The losses are
 * losses.ts.
 */
import { argminMask } from '../../nn/argmin.ts';
import { maskBias } from '../../nn/attention.ts';
import { reshape, sum } from '../../nn/broadcast.ts';
import { add, gelu, multiply, negate, relu, scale, tanh } from '../../nn/elementwise.ts';
import { constant, fixed, type Tensor, within } from '../../nn/graph.ts';
import { type Builder, type LinearInitial, linear, zero } from '../../nn/layers.ts';
import { columnsLike, concat, slice } from '../../nn/layout.ts';
import { rowPosition } from '../../nn/positions.ts';
import { convolveRows } from '../../nn/row-convolution.ts';
import { concatSequences, type Packing, type Sequence, segmentsOf, unpack, zeroPadding } from '../../nn/sequence.ts';
import { encode } from '../detr.ts';
import { logScaleOf, match, meanVector, relevanceOf } from '../grounding/matching.ts';
import type { Grounding, Inputs } from '../grounding/network.ts';
import type { DenseStartConfig } from './config.ts';
import { linearPath } from './linear-path.ts';

// B videos · N tracks · F frames · S segments · C = F + S · D width

/** What the network is built with. */
export interface DenseStart extends Builder {
  config: DenseStartConfig;
}

/** All that the network makes. */
export interface DenseGrounding extends Grounding {
  starts?: Starts;
}

/** From raw tokens to relevance (p_s) and moment (p_c, p_w). @throws Error naming the place where shapes do not fit */
export function forward(b: DenseStart, { frames, segments, slots, known = {}, pairs = true }: Inputs): DenseGrounding {
  const { maxFrames, maxSegments, dropout } = b.config;
  const f = known.f ?? enhance(b, 'video', frames, maxFrames); // f~ [B, F, D]
  const s = known.s ?? enhance(b, 'music', segments, maxSegments); // s~ [N, S, D]
  const h = known.h ?? meanVector(f); // h(v) [B, D]
  const h0 = meanVector(s); // h0(M) [N, D]

  const matching = match(b, h, h0, s, dropout);
  const relevance = relevanceOf(matching); // p_s [B, N]
  const logScale = logScaleOf(b, b.config.temperature); // of the matching losses
  const matched = { f, s, h, h0, matching, relevance, logScale };
  if (!pairs) return matched;

  const fused = fuse(b, f, s, slots); // of the segments [B, S, D]
  const starts = startsAt(b, fused); // [B, S] each
  return { ...matched, starts, span: spanOf(b.config, starts, f.packing, s.packing) }; // (p_c, p_w) [B, 2]
}

/** Raw tokens of one kind, projected and after one self-attention block, and the linear path around both. -> [., L, D], padded rows zero */
function enhance(b: DenseStart, kind: 'video' | 'music', raw: Sequence, maxLength: number): Sequence {
  const { packing } = raw;
  const { width, initialScale, canonicalDirections } = b.config;
  const own = initialScale < 1;
  const initial = own ? smallInitial(fixed(raw.rows.shape.at(-1)!), initialScale) : undefined;
  const tokens = zeroPadding(raw);
  const projected = within(b.graph, kind, () => linear(b, `${kind}.project`, tokens, width, initial));
  const position = rowPosition({ rows: projected, packing }, maxLength);
  const placed = { rows: add(projected, own ? scale(position, initialScale) : position), packing };
  const block = { ...blocksOf(b.config, 1), identityInit: own, silentFfn: own };
  const encoded = encode(b, kind, placed, undefined, block);
  if (!canonicalDirections) return { rows: zeroPadding(encoded), packing };
  const rows = add(encoded.rows, linearPath(b, kind, tokens, width));
  return { rows: zeroPadding({ rows, packing }), packing };
}

/** Rows of deviation `size` from standardised tokens. @param inputs values of a token */
const smallInitial = (inputs: number, size: number): LinearInitial => ({
  weight: { kind: 'normal', deviation: size / Math.sqrt(inputs) },
  bias: zero,
});

/**
 * A video's frames and its track's segments read each other. Positions restart with the segments; which side a row is of is a learned
 * vector. -> the segments [B, S, D]; padded rows hold anything
 */
function fuse(b: DenseStart, f: Sequence, s: Sequence, slots?: Packing): Sequence {
  const { width, maxFrames, maxSegments, fusionLayers } = b.config;
  const typed = (side: number, { rows, packing }: Sequence) => {
    const initial = { kind: 'normal', deviation: 0.02 } as const;
    return {
      rows: add(rows, b.parameters.get('fusion.type', [2, width], initial, { start: side, count: 1 })),
      packing,
    };
  };
  const sequence = concatSequences(typed(0, f), typed(1, s), slots); // [B, C, D]
  const size = sequence.rows.shape.at(-2)!;
  const position = concat([rowPosition(f, maxFrames), rowPosition(s, maxSegments)], 0, size); // [C, D]
  const ofSegments = (rows: Tensor) => segmentsOf({ rows, packing: sequence.packing }, f, s);
  const blocks = blocksOf(b.config, fusionLayers);
  if (sequence.packing.places || fusionLayers === 0)
    return ofSegments(encode(b, 'fusion', sequence, position, blocks).rows);
  // No one asks for the frames of the last block. Packed rows, as training has them, would have to be packed anew for that.
  const wanted = (rows: Tensor) => ofSegments(rows).rows;
  return { rows: encode(b, 'fusion', sequence, position, { ...blocks, wanted }).rows, packing: s.packing };
}

const blocksOf = ({ heads, ffn, dropout }: DenseStartConfig, layers: number) =>
  ({ layers, heads, hidden: ffn, dropout, activation: 'gelu' }) as const;

/** What the head gives for every segment, [B, S] each. Behind a track's end only `logits` are masked; readers mask the others. */
export interface Starts {
  /** How likely the moment starts nearest to it: logits, -1e9 behind the track's end. */
  logits: Tensor;
  /** Where it starts then: segments beside its centre, at most `reach`. */
  offset: Tensor;
  /** How likely it lies inside the moment: logits, for training only. */
  saliency: Tensor;
}

/** The head: each fused segment with its neighbours, then three values of each. */
function startsAt(b: DenseStart, fused: Sequence): Starts {
  const { packing } = fused;
  return within(b.graph, 'start', () => {
    const around = gelu(convolveRows(b, 'start.convolution', fused, b.config.width));
    const values = unpack(linear(b, 'start.head', add(fused.rows, around), 3), packing); // [B, S, 3]
    const [logits, saliency, offset] = [0, 1, 2].map((i) => reshape(slice(values, 2, i, 1), packing.mask.shape));
    return { logits: add(logits, maskBias(packing.mask)), saliency, offset: scale(tanh(offset), b.config.reach) };
  });
}

/** The likeliest segment and its offset; a start before the track is its beginning. -> (p_c, p_w) [B, 2], shares of maxDurationSec */
function spanOf(config: DenseStartConfig, { logits, offset }: Starts, frames: Packing, { mask }: Packing): Tensor {
  const { strideSec, maxDurationSec } = config;
  const placed = add(segmentNumbers(config, mask), offset); // [B, S], in segments
  const start = relu(sum(multiply(placed, argminMask(negate(logits))), [1])); // [B, 1]
  const width = scale(sum(frames.mask, [1]), 1 / maxDurationSec); // a frame is a second
  const centre = add(scale(start, strideSec / maxDurationSec), scale(width, 0.5));
  return concat([centre, width], 1);
}

/** 0, 1, 2, …: where the centres of the segments lie, in segments. @param mask [B, S]. -> [1, S] */
export function segmentNumbers({ maxSegments }: DenseStartConfig, mask: Tensor): Tensor {
  const numbers = Float32Array.from({ length: maxSegments }, (_, i) => i);
  return columnsLike(constant(mask.graph, numbers, [1, maxSegments], 'segment_numbers'), mask);
}
