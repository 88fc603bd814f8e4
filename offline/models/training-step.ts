/**
 * A training step as its network writes it: the models it is made of, its stages, and how a batch runs through them.
 *
 * The trainer (train/stepper.ts) opens the stages, gives each the parameters and what dropout draws, and takes the gradient that they
 * leave; clipping and Adam are its own.
 */
import type { Pair } from '../data/batch.ts';
import { type DropoutSite, dropoutInput } from '../nn/dropout.ts';
import { emit, type Graph, reachable, type Tensor } from '../nn/graph.ts';
import { type Largest, largestTensor, type SizesByName } from '../nn/largest.ts';
import type { Input, Values } from '../nn/session.ts';
import { matmulWork } from '../nn/work.ts';
import type { Pairs } from './micro-batch.ts';

/** The output of a stage that replaces the gradient [P]; the gradient before it is its input `gradient`. */
export const NEXT_GRADIENT = 'gradient_next';

/** A model of a training step, and what the trainer must know to run it. */
export interface StepModel {
  model: Uint8Array;
  /** What dropout wants of the host; see nn/dropout.ts. */
  sites: readonly DropoutSite[];
  /** Whether it gives the next gradient. */
  givesGradient: boolean;
  /** The largest tensor it holds when its named sizes are these. */
  largest(sizes: SizesByName): Largest;
  /** Floating-point operations of its matrix products. */
  work(sizes: SizesByName): number;
}

/** One of the models that a network's step is made of. */
export interface Stage extends StepModel {
  /** Whether it sees the whole batch at once or a micro-batch. */
  sees: 'batch' | 'micro';
}

/** The loss and the parts it is made of, by name: means over the batch. */
export interface Losses {
  total: number;
  [part: string]: number;
}

/** How a step reaches its stages. */
export interface StepIo {
  /** Pairs of a micro-batch. */
  micro: number;
  /**
   * Run a stage on some pairs of the batch. θ, the gradient and what dropout wants are given besides `inputs`; the next gradient stays on the
   * device. What a stage has no use for is ignored.
   */
  run(stage: string, some: Pairs, inputs: Readonly<Record<string, Input>>): Promise<Record<string, Values>>;
}

/** How a batch becomes losses and a gradient. */
export interface TrainingStep {
  stages: Readonly<Record<string, Stage>>;
  /** The longest last axis that dropout meets. */
  dropoutColumns: number;
  /** Run a batch through the stages, and leave the gradient of its mean loss. */
  run(io: StepIo, pairs: readonly Pair[]): Promise<Losses>;
}

/** The model of some outputs. @param sites of the whole graph: those that the outputs do not need are left out */
export function stepModel(
  graph: Graph,
  outputs: Readonly<Record<string, Tensor>>,
  sites: readonly DropoutSite[] = [],
): StepModel {
  const made = Object.values(outputs);
  const { names } = reachable(made);
  return {
    model: emit(graph, outputs),
    sites: sites.filter(({ name }) => names.has(dropoutInput(name))),
    givesGradient: NEXT_GRADIENT in outputs,
    largest: (sizes) => largestTensor(made, sizes),
    work: (sizes) => matmulWork(made, sizes),
  };
}

/** L2 norm of each group's gradient before clipping, by the group's name. */
export type GroupNorms = Record<string, number>;
