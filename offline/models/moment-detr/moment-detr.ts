/**
 * Moment-DETR (Lei et al., NeurIPS 2021; code jayleicn/moment_detr, b7e553a) with music in the place of the video and video in that of the text:
 * frames and segments as one sequence through an encoder, and a DETR decoder whose empty queries read it.
 *
 * Its saliency head is left out: it learns from labels that moments of music do not have.
 */
import { filled, type Tensor } from '../../nn/graph.ts';
import type { Builder } from '../../nn/layers.ts';
import { forEachSequence, type Sequence } from '../../nn/sequence.ts';
import { decode, encode } from '../detr.ts';
import { checkDetrConfig, type DetrConfig, detrDefaults } from '../detr-parts/config.ts';
import { detrFamily } from '../detr-parts/family.ts';
import { headsOf } from '../detr-parts/heads.ts';
import { joined, layersOf } from '../detr-parts/joined.ts';
import type { DetrAnswers } from '../detr-parts/losses.ts';
import { project } from '../detr-parts/project.ts';
import type { RawPair } from '../pair-grounder.ts';

// B pairs · F frames · S segments · C = F + S · Q queries · D width

export interface MomentDetrConfig extends DetrConfig {
  model: 'moment-detr';
}

/** The paper's Table 4. */
export const momentDetrPreset: MomentDetrConfig = { ...detrDefaults, model: 'moment-detr', preset: 'moment-detr' };

/** What the network makes on its way. */
export interface MomentDetrAnswers extends DetrAnswers {
  segments: Sequence;
  position: Tensor;
  memory: Sequence;
}

/** Aligned pairs to the detections of each decoder layer. */
export function momentDetr(b: Builder, config: MomentDetrConfig, pairs: RawPair): MomentDetrAnswers {
  const { width: d, queries, encoderLayers, decoderLayers } = config;
  const frames = project(b, 'video', pairs.frames, config); // [B, F, D]
  const segments = project(b, 'music', pairs.segments, config); // [B, S, D]
  const { sequence, position } = joined(frames, segments, pairs.slots, d); // [B, C, D]
  const memory = encode(b, 'encoder', sequence, position, layersOf(config, encoderLayers, 'relu'));
  const query = b.parameters.get('decoder.query', [queries, d], { kind: 'normal' }); // P
  const content = forEachSequence(filled(b.graph, 0, [queries, d]), frames.packing); // φ0 [B, Q, D]
  const options = { ...layersOf(config, decoderLayers, 'relu'), selfAttention: true };
  const states = decode(b, 'decoder', { content, query, memory, position }, options);
  return { detections: states.map((state) => headsOf(b, state)), states, frames, segments, position, memory };
}

/** Its line of the registry. */
export const momentDetrFamily = detrFamily<MomentDetrConfig, MomentDetrAnswers>({
  name: 'moment-detr',
  title: 'Moment-DETR',
  presets: { 'moment-detr': momentDetrPreset },
  paper: { 'moment-detr': 4.3 },
  network: momentDetr,
  check: checkDetrConfig,
});
