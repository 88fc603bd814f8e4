/**
 * What a network is to the rest of the program: the contract that the trainer, checkpoints, evaluation, experiments and reports know.
 *
 * A family is a network with its presets. To add one, write a file that exports a ModelFamily, and a line in registry.ts.
 */
import type { Pair } from '../data/batch.ts';
import type { Graph, Tensor } from '../nn/graph.ts';
import type { Builder } from '../nn/layers.ts';
import type { Group } from '../nn/optimiser.ts';
import type { Layout } from '../nn/parameters.ts';
import type { Input, Values } from '../nn/session.ts';
import type { Tokens } from '../nn/tokens.ts';
import type { BaseConfig } from './base-config.ts';
import type { PairTensors } from './pair-inputs.ts';
import type { TrainingStep } from './training-step.ts';

export type { BaseConfig } from './base-config.ts';

// V clips · N tracks · P pairs of a clip and a track

/** What a network can be asked: which track suits a clip, and which moment of a track. */
export interface Answers {
  track: boolean;
  moment: boolean;
}

/** A network with its presets. Methods are given configs of the family itself. */
export interface ModelFamily<C extends BaseConfig = BaseConfig> {
  /** Unique; the `model` of its configs. */
  name: string;
  /** As tables write it. */
  title: string;
  answers: Answers;
  /** How the Worker runs it; without it no index can be built with the family. */
  serving?: Serving<C>;
  /** By the name that --preset takes, unique among all families. */
  presets: Readonly<Record<string, C>>;
  /**
   * Which parameters there are, in the order of use.
   * @throws Error when values of the config are out of range or do not go together
   */
  layout(config: C): Layout;
  /** Neighbouring parameters whose gradients are clipped together; all of them, as one group, where it is left out. */
  groups?(layout: Layout): readonly Group[];
  training: Training<C>;
  /** What of θ the training pairs themselves say, set before the first step of a training that begins from nothing. */
  begin?(config: C, layout: Layout, theta: Float32Array, pairs: readonly Pair[]): void;
  /** How it takes another network's ranking, where it has one ranked first. */
  ranked?: Ranked<C>;
  /** Ready to answer. */
  open(config: C, layout: Layout, theta: Float32Array, runtime: Runtime): Promise<Grounder>;
  /** Lines to print before a training: how many parameters there are; a line of their number where it is left out. */
  describe?(config: C): string[];
  /** How many parameters each module has; all of them, as one module, where it is left out. */
  counts?(config: C): readonly ModuleCount[];
  /** Millions of parameters that the paper's Table 4 prints, by preset. */
  paper?: Readonly<Record<string, number>>;
  /** A config that an older version wrote, as this one reads it. */
  upgrade?(config: object): C;
}

/** A network within another, that ranks the tracks of which the other chooses. Its parameters are part of the other's, and are not trained. */
export interface Ranked<C extends BaseConfig> {
  /** What stands before the names of its parameters. */
  prefix: string;
  /** The config with this network to rank first. @throws Error when it cannot */
  by(config: C, ranker: BaseConfig): C;
  /** Ready to rank. @param theta of the whole network [P] */
  open(config: C, layout: Layout, theta: Float32Array, runtime: Runtime): Promise<Grounder>;
}

/** The parameters of a part of a network. */
export interface ModuleCount {
  module: string;
  /** As the paper counts: with what is built but trained by no loss of ours, or used by none. */
  parameters: number;
  /** Those that this network has: what answers, and what is trained. */
  live: number;
}

/**
 * How a family is trained: by a loss that is a sum over pairs, or over all pairs of a batch at once, for which the trainer makes the step
 * (train/per-pair-step.ts); or by a step of its own; or by one of these as its config says.
 */
export type Training<C extends BaseConfig> =
  | { over: 'pairs' | 'batch'; losses(b: Builder, config: C, pairs: PairTensors): LossParts; guide?: Guide<C> }
  | { over: 'own'; step(config: C, layout: Layout, batch: number): TrainingStep }
  | { over: 'config'; chosen(config: C): Training<C> };

/**
 * Targets that the host chooses from what the network makes of some pairs, where no operator can, such as the best assignment. They cost a pass
 * more, and get no gradient.
 */
export interface Guide<C extends BaseConfig> {
  /** What the host must see, by name. */
  seen(b: Builder, config: C, pairs: PairTensors): Readonly<Record<string, Tensor>>;
  /** What it chooses, as inputs of the losses' graph: their PairTensors.guided. */
  inputs(graph: Graph, config: C): Readonly<Record<string, Tensor>>;
  /** How it chooses for a step. @param batch all pairs of the step */
  forStep(config: C, batch: readonly Pair[]): Choose;
}

/** The values of a guide's inputs for some pairs of the step. @param seen of these pairs */
export type Choose = (seen: Readonly<Record<string, Values>>, some: readonly Pair[]) => Readonly<Record<string, Input>>;

/** Scalars by name, each weighted as it counts; their sum is what is minimised. Each pair counts by PairTensors.weight. */
export type LossParts = Readonly<Record<string, Tensor>>;

/** How a network is opened: CPU threads of each session, and whether its parameters stay. */
export interface Runtime {
  threads: number;
  /** The parameters will not change: the runtime may prepare its matrices for them. */
  fixed?: boolean;
}

/**
 * A network that answers. What it makes of clips and of tracks is opaque to its callers, who only pass it back.
 * `relevance` or `moments` may be asked only where the family's `answers` say so.
 */
export interface Grounder<Clips = unknown, Tracks = unknown> {
  /** Standardised tokens of clips [F, d_v] each. */
  clips(tokens: readonly Tokens[]): Promise<Clips>;
  /** Standardised tokens of tracks [S, d_a] each, with cues where the config has them. */
  tracks(tokens: readonly Tokens[]): Promise<Tracks>;
  /** Relevance (p_s) of every track for every clip [V, N]. */
  relevance?(clips: Clips, tracks: Tracks): Promise<Float32Array>;
  /** (centre, width) of the moment of each pair as shares of maxDurationSec [P, 2]. @param pairs numbers of a clip and a track */
  moments?(
    clips: Clips,
    tracks: Tracks,
    pairs: readonly (readonly [clip: number, track: number])[],
  ): Promise<Float32Array>;
  /** The vectors that an index searches by, row by row [V, width] and [N, width], where the network has such. */
  vectors?(clips: Clips, tracks: Tracks): { clips: Float32Array; tracks: Float32Array; width: number };
  /** Use other parameters from now on. */
  setParameters(theta: Float32Array): void;
  close(): Promise<void>;
}

/** Clips or tracks as a network knows them that enhances each alone. */
export interface Enhanced {
  /** f~ or s~ of each, [L, D]. */
  tokens: Tokens[];
  /** h(v) or h0(M), [V, D] or [N, D] row by row. */
  means: Float32Array;
}

/** The exact model of what the Worker serves, or another that answers as it does (export/served.ts). */
export type EnhancedGrounder<Clips extends Enhanced = Enhanced> = Required<Grounder<Clips, Enhanced>>;

/**
 * How the Worker runs a family: what is in each of its three graphs, and the exact model beside them, by which tracks are enhanced when an
 * index is built. Names and shapes of what a graph takes and gives are functions/engine.ts's; sequences are padded, and parameters are asked
 * for by their names. A network that grounds has it from grounding/serving.ts.
 */
export interface Serving<C extends BaseConfig = BaseConfig> {
  /** What a graph gives, by name. */
  outputs(graph: ServedGraph, b: Builder, config: C): Readonly<Record<string, Tensor>>;
  /** The graphs whose matrices may be bytes: in the others that would cost more than it saves. */
  inBytes: readonly ServedGraph[];
  open(config: C, layout: Layout, theta: Float32Array, runtime: Runtime): Promise<EnhancedGrounder>;
}

/** One of the Worker's graphs, by its role in an index. */
export type ServedGraph = 'enhanceVideo' | 'relevance' | 'moment';

/** The groups whose gradients are clipped apart: neighbours in the flat vector that together cover it. */
export function groupsOf(family: Pick<ModelFamily, 'groups'>, layout: Layout): readonly Group[] {
  return family.groups?.(layout) ?? [{ name: 'all', start: 0, count: layout.size }];
}

/** How the family is trained by this config. */
export function trainingOf<C extends BaseConfig>(family: Pick<ModelFamily<C>, 'training'>, config: C) {
  let { training } = family;
  while (training.over === 'config') training = training.chosen(config);
  return training;
}
