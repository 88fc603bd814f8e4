/**
 * The end of every training step: clip the gradient of each group of parameters, and one step of Adam.
 *
 * As one model, which is what a device runs, or in pieces that fit a processor's cache, which is what the CPU runs: a dozen passes over millions of
 * values, each through memory, take half as long again. Both leave the same values to a rounding.
 */

import { type StepModel, stepModel } from '../models/training-step.ts';
import { multiply } from '../nn/elementwise.ts';
import { createGraph, type Graph, input, type Tensor } from '../nn/graph.ts';
import type { Dim } from '../nn/onnx.ts';
import { adam, clipFactors, clipGroups, type Group } from '../nn/optimiser.ts';
import type { Layout } from '../nn/parameters.ts';

// P parameters · G groups · N values of a piece of a group

/** What its run leaves on the device. */
export const UPDATED = ['theta_next', 'first_next', 'second_next'] as const;

/**
 * theta, first, second, gradient [P]; rate, first_correction, second_correction -> theta_next, first_next, second_next [P];
 * norms [G] of the groups' gradients before clipping
 */
export function updateModel(layout: Layout, groups: readonly Group[], clipNorm: number): StepModel {
  const graph = createGraph();
  const { clipped, norms } = clipGroups(input(graph, 'gradient', [layout.size]), groups, clipNorm);
  return stepModel(graph, { ...adamOf(graph, clipped, layout.size), norms });
}

/** gradient [P] -> norms [G] as above, factors [G] that clip */
export function clipModel(layout: Layout, groups: readonly Group[], clipNorm: number): StepModel {
  const graph = createGraph();
  return stepModel(graph, { ...clipFactors(input(graph, 'gradient', [layout.size]), groups, clipNorm) });
}

/** As `updateModel`, of a piece of one group: theta, first, second, gradient [N]; factor [1] and the rates -> the next three [N] */
export function pieceModel(): StepModel {
  const graph = createGraph();
  const clipped = multiply(input(graph, 'gradient', ['N']), input(graph, 'factor', [1]));
  return stepModel(graph, adamOf(graph, clipped, 'N'));
}

function adamOf(graph: Graph, gradient: Tensor, size: Dim): Record<(typeof UPDATED)[number], Tensor> {
  const vector = (name: string) => input(graph, name, [size]);
  const next = adam(graph, gradient, {
    theta: vector('theta'),
    first: vector('first'),
    second: vector('second'),
    rate: input(graph, 'rate', []),
    firstCorrection: input(graph, 'first_correction', []),
    secondCorrection: input(graph, 'second_correction', []),
  });
  return { theta_next: next.theta, first_next: next.first, second_next: next.second };
}
