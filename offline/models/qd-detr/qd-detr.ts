/**
 * QD-DETR (Moon et al., CVPR 2023; code wjun0830/QD-DETR, 56c63b2) with music in the place of the video and video in that of the text: segments
 * read the frames, then attend to each other beside a learned token, and a decoder with reference points reads them.
 *
 * QD-DETR+ is the paper's own, without the blocks that read the frames. The frames then stand in the fused sequence, as in Moment-DETR: else the
 * clip would reach nothing. The saliency of the release and its second pass with negative pairs are left out, as they are in the paper's count:
 * no gradient of a moment reaches them.
 */
import { sigmoid } from '../../nn/elementwise.ts';
import { filled } from '../../nn/graph.ts';
import type { Builder } from '../../nn/layers.ts';
import { relativePositions } from '../../nn/positions.ts';
import { forEachSequence, type Sequence, segmentsOf, withFirst, withoutFirst } from '../../nn/sequence.ts';
import { type Kind, refusal } from '../config-check.ts';
import { encode } from '../detr.ts';
import { type ConditionalState, decodeConditionally } from '../detr-parts/conditional-decoder.ts';
import { checkDetrConfig, type DetrConfig, detrDefaults } from '../detr-parts/config.ts';
import { readAcross } from '../detr-parts/cross-block.ts';
import { detrFamily } from '../detr-parts/family.ts';
import { headsOf } from '../detr-parts/heads.ts';
import { joined, layersOf } from '../detr-parts/joined.ts';
import type { DetrAnswers } from '../detr-parts/losses.ts';
import { project } from '../detr-parts/project.ts';
import type { RawPair } from '../pair-grounder.ts';

// B pairs · F frames · S segments · C = F + S · Q queries · D width

export interface QdDetrConfig extends DetrConfig {
  model: 'qd-detr';
  /** Blocks in which the segments read the frames; 0: the frames stand in the fused sequence instead. */
  crossLayers: number;
  /** What the decoder reads of a fused sequence that has both: all of it, or the segments only. */
  memory: (typeof MEMORIES)[number];
}

const MEMORIES = ['all', 'music'] as const;

/** The paper's Table 4. */
export const qdDetrPreset: QdDetrConfig = {
  ...detrDefaults,
  model: 'qd-detr',
  preset: 'qd-detr',
  crossLayers: 2,
  memory: 'all', // of segments only, since these are all that is fused
};

/** Without cross-attention; the paper does not say what its decoder reads, and Moment-DETR's and MaDe's read both. */
export const qdDetrPlusPreset: QdDetrConfig = { ...qdDetrPreset, preset: 'qd-detr-plus', crossLayers: 0 };

/** What the network makes on its way. */
export interface QdDetrAnswers extends DetrAnswers {
  segments: Sequence;
  /** After reading the frames. */
  read: Sequence;
  /** With the learned token before them. */
  fused: Sequence;
  memory: Sequence;
  decoded: readonly ConditionalState[];
}

/** Aligned pairs to the detections of each decoder layer. */
export function qdDetr(b: Builder, config: QdDetrConfig, pairs: RawPair): QdDetrAnswers {
  const { width: d, queries, encoderLayers, decoderLayers, crossLayers } = config;
  const frames = project(b, 'video', pairs.frames, config); // [B, F, D]
  const segments = project(b, 'music', pairs.segments, config); // [B, S, D]
  const ofSegments = relativePositions(segments.packing, d);
  const read = crossLayers
    ? readAcross(b, 'cross', segments, ofSegments, frames, layersOf(config, crossLayers, 'prelu'))
    : segments;
  const both = joined(frames, segments, pairs.slots, d);
  const { sequence, position } = crossLayers ? { sequence: read, position: ofSegments } : both;

  const learned = (name: string) =>
    forEachSequence(b.parameters.get(`encoder.${name}`, [d], { kind: 'normal' }), frames.packing); // [B, D]
  const token = learned('token');
  const placed = withFirst(learned('position'), { rows: position, packing: sequence.packing }).rows;
  const fused = encode(b, 'encoder', withFirst(token, sequence), placed, layersOf(config, encoderLayers, 'prelu')); // [B, 1 + S or C, D]
  const all = withoutFirst(fused, token, sequence);
  const musicOnly = config.memory === 'music' && !crossLayers;
  const memory = musicOnly ? segmentsOf(all, frames, segments) : all;

  const start = b.parameters.get('decoder.query', [queries, 2], { kind: 'normal' });
  const references = forEachSequence(sigmoid(start), frames.packing); // r0 [B, Q, 2]
  const content = forEachSequence(filled(b.graph, 0, [queries, d]), frames.packing); // φ0 [B, Q, D]
  const inputs = { content, references, memory, position: musicOnly ? ofSegments : position };
  const decoded = decodeConditionally(b, 'decoder', inputs, layersOf(config, decoderLayers, 'prelu'));
  const detections = decoded.map(({ state, entering }) => headsOf(b, state, entering));
  return { detections, states: decoded.map(({ state }) => state), frames, segments, read, fused, memory, decoded };
}

const NUMBERS: Readonly<Record<string, Kind>> = { crossLayers: 'fromNone' };

function check(config: QdDetrConfig): void {
  checkDetrConfig(config, NUMBERS);
  if (!MEMORIES.includes(config.memory)) throw refusal('memory', `one of ${MEMORIES.join(', ')}`, config.memory);
}

/** Its line of the registry. */
export const qdDetrFamily = detrFamily<QdDetrConfig, QdDetrAnswers>({
  name: 'qd-detr',
  title: 'QD-DETR',
  presets: { 'qd-detr': qdDetrPreset, 'qd-detr-plus': qdDetrPlusPreset },
  paper: { 'qd-detr': 6.9, 'qd-detr-plus': 5.4 },
  network: qdDetr,
  check,
});
