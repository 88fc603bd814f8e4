/**
 * A network that grounds: it enhances each side alone, matches every video with every track, and finds the moment in the tracks of
 * aligned pairs.
 *
 * What such networks have in common stands beside this file: how tracks are matched, the training step, the parts that answer.
 */
import { type Dropout, noDropout } from '../../nn/dropout.ts';
import type { Graph, Tensor } from '../../nn/graph.ts';
import type { Builder } from '../../nn/layers.ts';
import type { ParameterSource } from '../../nn/parameters.ts';
import type { Packing, Sequence } from '../../nn/sequence.ts';
import type { BaseConfig, LossParts } from '../family.ts';
import type { PairTensors } from '../pair-inputs.ts';
import type { Similarities } from './matching.ts';
import type { MatchingLosses, MatchingTargets } from './matching-losses.ts';

// B videos · N tracks · F frames · S segments · D width

/** What a network is given. */
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

/** What it makes, in the order in which it does. A model keeps what its outputs need. */
export interface Grounding {
  /** Enhanced tokens f~ and s~ [., ., D], padded rows zero. */
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
  /** (p_c, p_w) [B, 2], shares of maxDurationSec; of pairs. */
  span?: Tensor;
}

/** What a network must offer to be trained by coupled-step.ts, opened by grounder.ts and served by serving.ts. */
export interface GroundingNetwork<G extends Grounding = Grounding> {
  config: BaseConfig & { loss: { maskSameTrack: boolean } };
  forward(b: Builder, inputs: Inputs): G;
  /** Over a whole batch, every video against every track. */
  matchingLosses(b: Builder, grounding: Grounding, targets: MatchingTargets): MatchingLosses;
  /** Of aligned pairs, each alone: sums over the pairs by their weights. */
  moments(b: Builder, pairs: PairTensors): { grounding: Grounding; losses: LossParts };
  /** Parameters that keep their first values. */
  frozen?(name: string): boolean;
  /** The longest last axis that dropout meets. */
  dropoutColumns: number;
}

/** Whether a parameter is of a map of raw tokens: the projection, which every such network has of both sides, or the path around it. */
export const isProjection = (name: string): boolean => /^(video|music)\.(project|path)\./.test(name);

/** What a network is built with. @param dropout nothing is dropped unless given */
export function builderOf(graph: Graph, parameters: ParameterSource, dropout: Dropout = noDropout): Builder {
  return { graph, parameters, dropout };
}
