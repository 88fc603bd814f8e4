/** The last model of every training step: clip the gradient of each group of parameters, and one step of Adam. */

import { type StepModel, stepModel } from '../models/training-step.ts';
import { createGraph, input } from '../nn/graph.ts';
import { adam, clipGroups, type Group } from '../nn/optimiser.ts';
import type { Layout } from '../nn/parameters.ts';

// P parameters · G groups

/**
 * theta, first, second, gradient [P]; rate, first_correction, second_correction -> theta_next, first_next, second_next [P];
 * norms [G] of the groups' gradients before clipping
 */
export function updateModel(layout: Layout, groups: readonly Group[], clipNorm: number): StepModel {
  const graph = createGraph();
  const vector = (name: string) => input(graph, name, [layout.size]);
  const { clipped, norms } = clipGroups(vector('gradient'), groups, clipNorm);
  const next = adam(graph, clipped, {
    theta: vector('theta'),
    first: vector('first'),
    second: vector('second'),
    rate: input(graph, 'rate', []),
    firstCorrection: input(graph, 'first_correction', []),
    secondCorrection: input(graph, 'second_correction', []),
  });
  return stepModel(graph, { theta_next: next.theta, first_next: next.first, second_next: next.second, norms });
}

/** What its run leaves on the device. */
export const UPDATED = ['theta_next', 'first_next', 'second_next'] as const;
