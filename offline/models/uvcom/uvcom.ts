/**
 * UVCOM (Xiao et al., "Bridging the Gap", CVPR 2024; code EasonXiao-888/UVCOM, 6faab33) with music in the place of the video and video in that of the text:
 * both sides read each other, the video's centroids walk over the segments, and queries that start as one slot look for the moment.
 *
 * UVCOM+ is the paper's own, without the blocks that read across. Left out are what no gradient of a moment reaches: the learned token (a music
 * centroid stands in its place), queries and keys of the slots, saliency and similarity heads with their losses.
 */
import { reshape } from '../../nn/broadcast.ts';
import { add, sigmoid } from '../../nn/elementwise.ts';
import type { Tensor } from '../../nn/graph.ts';
import { type Builder, layerNorm, linear } from '../../nn/layers.ts';
import { relativePositions } from '../../nn/positions.ts';
import { convolveRows } from '../../nn/row-convolution.ts';
import { forEachSequence, meanOf, type Sequence, withFirst, withoutFirst, zeroPadding } from '../../nn/sequence.ts';
import type { Kind } from '../config-check.ts';
import { encode } from '../detr.ts';
import { type ConditionalState, decodeConditionally } from '../detr-parts/conditional-decoder.ts';
import { checkDetrConfig, type DetrConfig, detrDefaults } from '../detr-parts/config.ts';
import { readAcross } from '../detr-parts/cross-block.ts';
import { detrFamily } from '../detr-parts/family.ts';
import { headsOf } from '../detr-parts/heads.ts';
import { layersOf } from '../detr-parts/joined.ts';
import type { DetrAnswers } from '../detr-parts/losses.ts';
import { perceptron } from '../detr-parts/perceptron.ts';
import { project } from '../detr-parts/project.ts';
import type { RawPair } from '../pair-grounder.ts';
import { centroidsOf, mostAlike, walk } from './centroids.ts';

// B pairs · F frames · S segments · Q queries · D width

export interface UvcomConfig extends DetrConfig {
  model: 'uvcom';
  /** Blocks in which the segments read the frames, and as many in which the frames read the segments; 0: neither. */
  crossLayers: number;
  /** Centroids of the video's frames and of the music's segments, and how often they are found anew. */
  videoCentroids: number;
  musicCentroids: number;
  centroidSteps: number;
  /** How often the slot reads the memory, and the width of its feed-forward. */
  slotSteps: number;
  slotFfn: number;
}

/** The official sizes. The paper's table says three blocks in each direction; its count fits three without, or one with the similarity heads. */
export const uvcomPreset: UvcomConfig = {
  ...detrDefaults,
  model: 'uvcom',
  preset: 'uvcom',
  crossLayers: 3,
  encoderLayers: 3,
  decoderLayers: 3,
  queries: 30, // the official code runs with no other number
  videoCentroids: 5,
  musicCentroids: 30,
  centroidSteps: 5,
  slotSteps: 5,
  slotFfn: 1024,
};

/** Without cross-attention: the projected tokens enter all that follows. */
export const uvcomPlusPreset: UvcomConfig = { ...uvcomPreset, preset: 'uvcom-plus', crossLayers: 0 };

/** What the network makes on its way. */
export interface UvcomAnswers extends DetrAnswers {
  segments: Sequence;
  /** After reading each other. */
  read: { frames: Sequence; segments: Sequence };
  queryMean: Tensor; // q̄ [B, D]
  /** [B, K, D] each */
  centroids: { video: Tensor; music: Tensor };
  /** Segments with their neighbours; after the walk; with both [B, S, D]. */
  local: Sequence;
  walked: Tensor;
  fused: Sequence;
  /** The music centroid that stands before the segments, as it is and after attention [B, D]. */
  token: Tensor;
  memory: Sequence;
  /** What every query starts as [B, 1, D]. */
  slot: Tensor;
  decoded: readonly ConditionalState[];
}

/** Aligned pairs to the detections of each decoder layer. */
export function uvcom(b: Builder, config: UvcomConfig, pairs: RawPair): UvcomAnswers {
  const { width: d, queries, encoderLayers, decoderLayers, crossLayers, centroidSteps } = config;
  const frames = project(b, 'video', pairs.frames, config); // [B, F, D]
  const segments = project(b, 'music', pairs.segments, config); // [B, S, D]
  const position = relativePositions(segments.packing, d);
  const read = crossLayers ? readEachOther(b, config, frames, segments, position) : { frames, segments };

  const compared = layerNorm(b, 'queryMean.norm', linear(b, 'queryMean.in', read.frames.rows, d));
  const queryMean = meanOf({ rows: compared, packing: frames.packing }); // q̄ [B, D]
  const centroids = {
    video: centroidsOf(b, 'centroids.video', read.frames, config.videoCentroids, centroidSteps),
    music: centroidsOf(b, 'centroids.music', read.segments, config.musicCentroids, centroidSteps),
  };
  const local = withNeighbours(b, read.segments);
  const walked = walk(local, centroids.video);
  const fused = { rows: add(read.segments.rows, walked), packing: segments.packing };

  const token = mostAlike(centroids.music, centroids.video); // [B, D]
  const tokenPosition = forEachSequence(
    b.parameters.get('encoder.position', [d], { kind: 'normal' }),
    segments.packing,
  );
  const placed = withFirst(tokenPosition, { rows: position, packing: segments.packing }).rows;
  const encoded = encode(b, 'encoder', withFirst(token, fused), placed, layersOf(config, encoderLayers, 'prelu'));
  const memory = withoutFirst(encoded, token, fused); // [B, S, D]

  const slot = slotOf(b, config, queryMean, memory); // [B, 1, D]
  const content = add(slot, b.parameters.get('decoder.content', [queries, d], { kind: 'normal' })); // φ0 [B, Q, D]
  const start = b.parameters.get('decoder.query', [queries, 2], { kind: 'normal' });
  const references = forEachSequence(sigmoid(start), segments.packing); // r0 [B, Q, 2]
  const inputs = { content, references, memory, position };
  const decoded = decodeConditionally(b, 'decoder', inputs, layersOf(config, decoderLayers, 'prelu'));
  const detections = decoded.map(({ state, leaving }) => headsOf(b, state, leaving));
  const states = decoded.map(({ state }) => state);
  return {
    detections,
    states,
    frames,
    segments,
    read,
    queryMean,
    centroids,
    local,
    walked,
    fused,
    token,
    memory,
    slot,
    decoded,
  };
}

/** Two stacks of blocks that begin with the same rows: segments that read frames, frames that read segments. */
function readEachOther(
  b: Builder,
  config: UvcomConfig,
  frames: Sequence,
  segments: Sequence,
  position: Tensor,
): UvcomAnswers['read'] {
  const blocks = layersOf(config, config.crossLayers, 'prelu');
  return {
    segments: readAcross(b, 'musicReads', segments, position, frames, blocks),
    frames: readAcross(b, 'videoReads', frames, undefined, segments, { ...blocks, readPosition: position }),
  };
}

/** Each segment with what three linear layers make of it and its neighbours (the local branch); beyond a track's end there are zeros. */
function withNeighbours(b: Builder, { rows, packing }: Sequence): Sequence {
  const d = Number(rows.shape.at(-1));
  const inner = linear(b, 'local.in', zeroPadding({ rows, packing }), d);
  const around = convolveRows(b, 'local.around', { rows: inner, packing }, d); // it leaves the padding of what it reads out
  return { rows: add(rows, linear(b, 'local.out', around, d)), packing };
}

/**
 * Slot attention of slots that start alike. They share every row alike then, and stay alike: one is enough, and each of its steps
 * reads the mean of all rows. q̄ [B, D] -> [B, 1, D]
 */
function slotOf(b: Builder, { slotSteps, slotFfn }: UvcomConfig, queryMean: Tensor, memory: Sequence): Tensor {
  const [batch, d] = queryMean.shape;
  const width = Number(d);
  const normed = layerNorm(b, 'slot.normInputs', memory.rows);
  const value = linear(b, 'slot.value', meanOf({ rows: normed, packing: memory.packing }), width); // [B, D]
  let slot = queryMean;
  for (let i = 0; i < slotSteps; i++) {
    slot = add(slot, value);
    slot = add(slot, perceptron(b, 'slot.ffn', layerNorm(b, 'slot.normFfn', slot), [slotFfn, slotFfn, width]));
  }
  return reshape(layerNorm(b, 'slot.norm', slot), [batch, 1, d]);
}

const NUMBERS: Readonly<Record<string, Kind>> = {
  crossLayers: 'fromNone',
  videoCentroids: 'fromOne',
  musicCentroids: 'fromOne',
  centroidSteps: 'fromOne',
  slotSteps: 'fromOne',
  slotFfn: 'fromOne',
};

/**
 * What the release has besides. The similarity heads are in the paper's 12.9 and not in its 14.5, if that has three blocks each way; with one
 * each way they are in both.
 */
function counted({ width: d, slotFfn, crossLayers }: UvcomConfig): Record<string, number> {
  const linearLayer = (inputs: number, outputs: number) => inputs * outputs + outputs;
  const similarity = 2 * (linearLayer(d, slotFfn) + linearLayer(slotFfn, slotFfn) + linearLayer(slotFfn, d));
  return {
    align: 0, // it has none of these
    'slot attention': 2 * linearLayer(d, d) + 2 * d,
    'learned token': d,
    saliency: 2 * linearLayer(d, d),
    similarity: crossLayers > 1 ? 0 : similarity,
  };
}

/** Its line of the registry. */
export const uvcomFamily = detrFamily<UvcomConfig, UvcomAnswers>({
  name: 'uvcom',
  title: 'UVCOM',
  presets: { uvcom: uvcomPreset, 'uvcom-plus': uvcomPlusPreset },
  paper: { uvcom: 14.5, 'uvcom-plus': 12.9 },
  network: uvcom,
  check: (config) => checkDetrConfig(config, NUMBERS),
  counted,
});
