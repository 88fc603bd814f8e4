/**
 * TR-DETR (Sun et al., AAAI 2024; code mingyao1120/TR-DETR, fca43a9) with music in the place of the video and video in that of the text: as
 * QD-DETR, but the segments are refined by the frames first, and what the encoder finds salient is added to them before it runs again.
 *
 * TR-DETR+ is the paper's own, without the blocks that read the frames. The release's recurrent network over the best moment serves saliency
 * only, and is left out; it is in the paper's count. The official weights of salient segments run over the padding too; ours do not.
 */
import { maskBias } from '../../nn/attention.ts';
import { reshape, sum } from '../../nn/broadcast.ts';
import type { Dropout } from '../../nn/dropout.ts';
import { add, multiply, scale, sigmoid } from '../../nn/elementwise.ts';
import { filled, type Tensor } from '../../nn/graph.ts';
import { type Builder, linear } from '../../nn/layers.ts';
import { softmax } from '../../nn/normalise.ts';
import { relativePositions } from '../../nn/positions.ts';
import { concatSequences, forEachSequence, pack, type Sequence, segmentsOf, unpack } from '../../nn/sequence.ts';
import { encode } from '../detr.ts';
import { type ConditionalState, decodeConditionally } from '../detr-parts/conditional-decoder.ts';
import { readAcross } from '../detr-parts/cross-block.ts';
import { headsOf } from '../detr-parts/heads.ts';
import { joined, layersOf } from '../detr-parts/joined.ts';
import type { DetrAnswers } from '../detr-parts/losses.ts';
import { project } from '../detr-parts/project.ts';
import type { RawPair } from '../pair-grounder.ts';
import type { TrDetrConfig } from './config.ts';
import { type Refined, refine } from './refine.ts';

// B pairs · F frames · S segments · C = F + S · Q queries · D width

/** What the network makes on its way. */
export interface TrDetrAnswers extends DetrAnswers {
  /** Projected segments. */
  segments: Sequence;
  refined: Refined;
  /** After reading the frames. */
  read: Sequence;
  /** After the encoder's first pass; how salient each segment is [B, S], and what the second pass is given. */
  first: Sequence;
  salience: Tensor;
  fed: Sequence;
  memory: Sequence;
  decoded: readonly ConditionalState[];
}

/** Aligned pairs to the detections of each decoder layer. */
export function trDetr(b: Builder, config: TrDetrConfig, pairs: RawPair): TrDetrAnswers {
  const { width: d, queries, encoderLayers, decoderLayers, crossLayers, fused } = config;
  const frames = project(b, 'video', pairs.frames, config); // [B, F, D]
  const segments = project(b, 'music', pairs.segments, config); // [B, S, D]
  const refined = refine(b, segments, frames, d);
  const ofSegments = relativePositions(segments.packing, d);
  const cross = layersOf(config, crossLayers, 'prelu');
  const read = readAcross(b, 'cross', refined.segments, ofSegments, frames, cross); // x [B, S, D]

  const both = joined(frames, read, pairs.slots, d);
  const { sequence, position } = fused === 'both' ? both : { sequence: read, position: ofSegments };
  const layers = layersOf(config, encoderLayers, 'prelu');
  const first = encode(b, 'encoder', sequence, position, layers);
  const ownRows = fused === 'both' ? segmentsOf(first, frames, read) : first; // m [B, S, D]
  const salience = salienceOf(b, ownRows, d); // s [B, S]
  const added = weighted(read, salience); // α · x
  const none = { rows: scale(frames.rows, 0), packing: frames.packing };
  const more = fused === 'both' ? concatSequences(none, added, pairs.slots).rows : added.rows;
  const fed = { rows: add(first.rows, more), packing: first.packing };
  const memory = encode({ ...b, dropout: again(b.dropout) }, 'encoder', fed, position, layers); // the same weights

  const start = b.parameters.get('decoder.query', [queries, 2], { kind: 'normal' });
  const references = forEachSequence(sigmoid(start), frames.packing); // r0 [B, Q, 2]
  const content = forEachSequence(filled(b.graph, 0, [queries, d]), frames.packing); // φ0 [B, Q, D]
  const inputs = { content, references, memory, position };
  const decoded = decodeConditionally(b, 'decoder', inputs, layersOf(config, decoderLayers, 'prelu'));
  const detections = decoded.map(({ state, entering }) => headsOf(b, state, entering));
  const states = decoded.map(({ state }) => state);
  return { detections, states, frames, segments, refined, read, first, salience, fed, memory, decoded };
}

/** The sum of a linear layer's values, over the root of their number. [B, S, D] -> [B, S] */
function salienceOf(b: Builder, { rows, packing }: Sequence, width: number): Tensor {
  const projected = linear(b, 'salience', rows, width);
  const ofRows = scale(sum(projected, [projected.shape.length - 1]), 1 / Math.sqrt(width));
  return reshape(unpack(ofRows, packing), packing.mask.shape);
}

/** Each segment times its share of the salience. */
function weighted({ rows, packing }: Sequence, salience: Tensor): Sequence {
  const share = softmax(add(salience, maskBias(packing.mask))); // α [B, S]
  return { rows: multiply(rows, pack(reshape(share, [...share.shape, 1]), packing)), packing };
}

/** What is dropped in the second pass is drawn for itself. */
function again(dropout: Dropout): Dropout {
  return { sites: dropout.sites, apply: (x, rate, name) => dropout.apply(x, rate, `again.${name}`) };
}
