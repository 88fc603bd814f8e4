/** A batch as one padded model without dropout, for comparison with the stages of a step: the same boxes, losses and parameters. */
import { builderOf, type GroundingNetwork } from '../../../offline/models/grounding/network.ts';
import { totalOf } from '../../../offline/models/grounding/stages.ts';
import { negativesInput, pairInputs } from '../../../offline/models/pair-inputs.ts';
import { type StepModel, stepModel } from '../../../offline/models/training-step.ts';
import { createGraph, filled, input } from '../../../offline/nn/graph.ts';
import { type Layout, vectorSource } from '../../../offline/nn/parameters.ts';

export interface WholeSizes {
  batch: number;
  frames: number;
  segments: number;
}

/**
 * frames [B, F, d_v], frame_mask, segments [B, S, d_a], segment_mask, negatives, inside [B, S], weight, target, slot_inside,
 * slot_segment [B, F + S] -> the losses, total; gradient [P]
 */
export function wholeGradient(network: GroundingNetwork, layout: Layout, sizes: WholeSizes): StepModel {
  const graph = createGraph();
  const parameters = vectorSource(layout, input(graph, 'theta', [layout.size]));
  const b = builderOf(graph, parameters);
  const pairs = pairInputs(graph, network.config, 'padded', sizes);
  const { grounding, losses: ofMoments } = network.moments(b, pairs);
  const targets = { negatives: negativesInput(graph, sizes.batch), inside: pairs.inside };
  const losses = { ...network.matchingLosses(b, grounding, targets), ...ofMoments };
  const total = totalOf(losses);
  const frozen = network.frozen ?? (() => false);
  const { theta } = parameters.gradient(new Map([[total, filled(graph, 1, [])]]), frozen);
  return stepModel(graph, { ...losses, total, gradient: theta });
}
