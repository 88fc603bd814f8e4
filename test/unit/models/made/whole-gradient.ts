/** A batch as one padded model without dropout, for comparison with the stages of a step: the same boxes, losses and parameters. */
import type { MadeConfig } from '../../../../offline/models/made/config.ts';
import { matchingLosses } from '../../../../offline/models/made/losses.ts';
import { type Boxes, forward } from '../../../../offline/models/made/made.ts';
import { builder } from '../../../../offline/models/made/network.ts';
import { frozen, momentLosses } from '../../../../offline/models/made/stages.ts';
import { negativesInput, pairInputs } from '../../../../offline/models/pair-inputs.ts';
import { type StepModel, stepModel } from '../../../../offline/models/training-step.ts';
import { add } from '../../../../offline/nn/elementwise.ts';
import { createGraph, filled, input } from '../../../../offline/nn/graph.ts';
import { type Layout, vectorSource } from '../../../../offline/nn/parameters.ts';

export interface WholeSizes {
  batch: number;
  frames: number;
  segments: number;
}

/**
 * frames [B, F, d_v], frame_mask, segments [B, S, d_a], segment_mask, negatives, inside [B, S], weight, target, slot_inside,
 * slot_segment [B, F + S] -> matching, detection, total; gradient [P]
 */
export function wholeGradient(config: MadeConfig, layout: Layout, sizes: WholeSizes, boxes?: Boxes): StepModel {
  const graph = createGraph();
  const parameters = vectorSource(layout, input(graph, 'theta', [layout.size]));
  const b = builder(graph, config, parameters, { boxes });
  const pairs = pairInputs(graph, config, 'padded', sizes);
  const grounding = forward(b, pairs);
  const targets = { negatives: negativesInput(graph, sizes.batch), inside: pairs.inside };
  const matching = matchingLosses(config, grounding.matching, grounding.logScale, targets);
  const detection = momentLosses(b, grounding, pairs);
  const total = add(matching.total, detection.total);
  const { theta } = parameters.gradient(new Map([[total, filled(graph, 1, [])]]), frozen(config));
  return stepModel(graph, { matching: matching.matching, detection: detection.detection, total, gradient: theta });
}
