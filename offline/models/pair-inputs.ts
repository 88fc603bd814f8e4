/**
 * What a training step gets of a batch of aligned pairs: declared as inputs of a graph, and filled in from the pairs.
 *
 * Everything is declared and fed; a graph keeps, and a session takes, only what its outputs need. Names of sizes: B pairs, F frames,
 * S segments and C slots (frames, then segments) of the longest pair, FT, ST and CT of all pairs; N tracks that pairs are compared with, R segments of
 * the longest of these, RT of all.
 */
import {
  momentDistribution,
  momentEnds,
  negatives,
  type Pair,
  slotDistribution,
  targets,
  tracksOf,
} from '../data/batch.ts';
import { segmentInputWidth } from '../data/cue-prior.ts';
import type { InputConfig } from '../data/input-config.ts';
import { type Graph, input, type Tensor } from '../nn/graph.ts';
import type { Dim } from '../nn/onnx.ts';
import { packed, packedSlots, stacked } from '../nn/packing.ts';
import { type Packing, type PackingKind, packedInputs, type Sequence, sequenceInput } from '../nn/sequence.ts';
import type { Input } from '../nn/session.ts';
import type { BaseConfig } from './base-config.ts';
import { frameCounts, segmentCounts, trackCounts } from './micro-batch.ts';

/** A batch of aligned pairs as tensors of a graph. */
export interface PairTensors {
  /** Raw standardised tokens: rows [FT, d_v] and [ST, d_a] (with cues as many values more). */
  frames: Sequence;
  segments: Sequence;
  /** How each pair's frames and segments stand as one sequence, when they are packed. */
  slots?: Packing;
  /** (centre, width) of each moment [B, 2], shares of maxDurationSec. */
  target: Tensor;
  /** What each pair counts [1, B]: 1 / the size of the whole batch. */
  weight: Tensor;
  /** Each segment's share of the moment [B, S]; rows sum to 1, or to 0 where the moment lies behind all segments. */
  inside: Tensor;
  /** The same of each slot [B, C]; and 1 where a slot is a segment [B, C]. */
  slotInside: Tensor;
  slotSegment: Tensor;
  /**
   * Where a loss is over all pairs of a batch: what is added to its logits [B, B], 0 or, where another clip of the same track is no
   * negative, a number that makes the probability 0.
   */
  negatives?: Tensor;
  /** Where pairs are compared with other tracks. */
  tracks?: RivalTensors;
  /** What the host chose for these pairs, by name, where the training has a guide (family.ts). */
  guided?: Readonly<Record<string, Tensor>>;
}

/** The tracks that pairs are compared with: K for each pair, its own first, side by side. N = B · K */
export interface RivalTensors {
  /** Raw standardised tokens, rows [RT, d_a]. */
  segments: Sequence;
  /** 1 at the segment in which the moment begins, and at that in which it ends [N, R]. */
  begin: Tensor;
  end: Tensor;
}

/** Sizes of a graph's inputs: names unless it is built for one batch. */
export interface PairSizes {
  batch: Dim;
  frames: Dim;
  segments: Dim;
}
/** Sizes known only when the model runs. */
export const NAMED: PairSizes = { batch: 'B', frames: 'F', segments: 'S' };

type Widths = Pick<BaseConfig, 'frameWidth' | 'segmentWidth' | 'cuePrior' | 'rivals'>;

/** Raw tokens as the inputs `frames` and `segments`, with where their rows stand. */
export function tokenInputs(
  graph: Graph,
  config: Widths,
  packing: PackingKind,
  { batch, frames, segments }: PairSizes = NAMED,
): Pick<PairTensors, 'frames' | 'segments' | 'slots'> {
  const ofFrames = { batch, length: frames, rows: 'FT' };
  const ofSegments = { batch, length: segments, rows: 'ST' };
  return {
    frames: sequenceInput(graph, 'frames', 'frame', packing, ofFrames, config.frameWidth),
    segments: sequenceInput(graph, 'segments', 'segment', packing, ofSegments, segmentInputWidth(config)),
    slots: packing === 'packed' ? packedInputs(graph, 'slot', batch, 'C', 'CT') : undefined,
  };
}

/** Every input of PairTensors but `negatives`, declared in the graph. @param sizes the batch is a number where a loss compares all pairs */
export function pairInputs(
  graph: Graph,
  config: Widths,
  packing: PackingKind = 'packed',
  sizes: PairSizes = NAMED,
): PairTensors {
  const { batch, frames, segments } = sizes;
  const slots = typeof frames === 'number' && typeof segments === 'number' ? frames + segments : 'C';
  return {
    ...tokenInputs(graph, config, packing, sizes),
    target: input(graph, 'target', [batch, 2]),
    weight: input(graph, 'weight', [1, batch]),
    inside: input(graph, 'inside', [batch, segments]),
    slotInside: input(graph, 'slot_inside', [batch, slots]),
    slotSegment: input(graph, 'slot_segment', [batch, slots]),
    tracks: config.rivals ? rivalInputs(graph, config, packing) : undefined,
  };
}

function rivalInputs(graph: Graph, config: Widths, packing: PackingKind): RivalTensors {
  const sizes = { batch: 'N', length: 'R', rows: 'RT' };
  return {
    segments: sequenceInput(graph, 'tracks', 'track', packing, sizes, segmentInputWidth(config)),
    begin: input(graph, 'track_begin', ['N', 'R']),
    end: input(graph, 'track_end', ['N', 'R']),
  };
}

/** The packed inputs of some pairs. @param batch pairs of the whole batch */
export function pairFeeds(
  pairs: readonly Pair[],
  config: Pick<InputConfig, 'frameWidth' | 'segmentWidth' | 'cuePrior' | 'strideSec' | 'maxDurationSec'>,
  batch: number,
): Record<string, Input> {
  const [frames, segments] = [frameCounts(pairs), segmentCounts(pairs)];
  const slots = slotDistribution(pairs, config);
  return {
    frames: stacked(
      pairs.map((pair) => pair.frames),
      config.frameWidth,
    ),
    segments: stacked(
      pairs.map((pair) => pair.segments),
      segmentInputWidth(config),
    ),
    ...packed('frame', frames),
    ...packed('segment', segments),
    ...packedSlots(frames, segments),
    target: targets(pairs, config),
    weight: { data: new Float32Array(pairs.length).fill(1 / batch), shape: [1, pairs.length] },
    inside: momentDistribution(pairs, config),
    slot_inside: slots.inside,
    slot_segment: slots.segment,
    ...(pairs.some(({ rivals }) => rivals) && rivalFeeds(pairs, config)),
  };
}

function rivalFeeds(pairs: readonly Pair[], config: Widths & Pick<InputConfig, 'strideSec'>): Record<string, Input> {
  const { begin, end } = momentEnds(pairs, config);
  return {
    tracks: stacked(pairs.flatMap(tracksOf), segmentInputWidth(config)),
    ...packed('track', trackCounts(pairs)),
    track_begin: begin,
    track_end: end,
  };
}

/** What is added to InfoNCE's logits [B, B], where a loss compares all pairs: see data/batch.ts. */
export function negativesInput(graph: Graph, batch: number): Tensor {
  return input(graph, 'negatives', [batch, batch]);
}

/** The values of negativesInput, [B, B]. @param maskSameTrack leave another clip of the same track out of the negatives */
export function negativesFeed(pairs: readonly Pair[], maskSameTrack: boolean): Record<string, Input> {
  return { negatives: negatives(pairs, { loss: { maskSameTrack } }) };
}
