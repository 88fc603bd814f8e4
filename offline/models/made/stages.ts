/**
 * The three models of a training step of MaDe, so that only what needs the whole batch at once sees it at once.
 *
 * 1. enhance: tokens and means of a micro-batch, forward.
 * 2. match: InfoNCE over the whole batch; its gradient, and what it wants of every token and mean.
 * 3. detect: a micro-batch again, now with its moments; what matching wants enters as the gradient of the enhanced tokens, so
 *    that one backward pass serves both. The gradient is added to that of the micro-batches before.
 *
 * The sum is the gradient of the whole batch, exactly; enhancement runs forward twice for it. Each stage is the same `forward`, of
 * which a model keeps what its outputs need. Rows are packed (nn/sequence.ts). How a batch runs through them is coupled-step.ts.
 */
import { createDropout } from '../../nn/dropout.ts';
import { add } from '../../nn/elementwise.ts';
import { createGraph, filled, type Graph, input, type Tensor } from '../../nn/graph.ts';
import { type Layout, vectorSource } from '../../nn/parameters.ts';
import { NAMED, negativesInput, type PairTensors, pairInputs } from '../pair-inputs.ts';
import { NEXT_GRADIENT, type StepModel, stepModel } from '../training-step.ts';
import type { MadeConfig } from './config.ts';
import { detectionLosses, matchingLosses, segmentSaliency } from './losses.ts';
import { forward, type Grounding, type Made } from './made.ts';
import { builder } from './network.ts';

// B pairs · F frames · S segments · C = F + S slots · FT, ST, CT all rows of each · D width · P parameters

/** The longest last axis that dropout meets. */
export function dropoutColumns(config: MadeConfig): number {
  const { enhancementFfn, detectionFfn, width, maxFrames, maxSegments } = config;
  return Math.max(enhancementFfn, detectionFfn, width, maxFrames + maxSegments);
}

function start(config: MadeConfig, layout: Layout, batch = NAMED.batch) {
  const graph = createGraph();
  const parameters = vectorSource(layout, input(graph, 'theta', [layout.size]));
  const dropout = createDropout(graph, dropoutColumns(config));
  const b = builder(graph, config, parameters, { dropout });
  return { graph, b, parameters, dropout, pairs: pairInputs(graph, config, 'packed', { ...NAMED, batch }) };
}

/** θ [P], frames, segments (packed) -> segment_tokens [ST, D], h_v [B, D] */
export function enhanceModel(config: MadeConfig, layout: Layout): StepModel {
  const { graph, b, dropout, pairs } = start(config, layout);
  const { s, h } = forward(b, pairs);
  return stepModel(graph, { segment_tokens: s.rows, h_v: h }, dropout.sites);
}

/**
 * θ [P], h_v [B, D], segment_tokens [ST, D] (packed), negatives [B, B], inside [B, S] -> matching, alignment; gradient_next [P];
 * d_segment_tokens [ST, D], d_h_v [B, D]
 */
export function matchModel(config: MadeConfig, layout: Layout, batch: number): StepModel {
  const { graph, b, parameters, dropout, pairs } = start(config, layout, batch);
  const h = input(graph, 'h_v', [batch, config.width]);
  const rows = input(graph, 'segment_tokens', ['ST', config.width]);
  const s = { rows, packing: pairs.segments.packing };
  const { matching, logScale } = forward(b, { ...pairs, known: { h, s }, pairs: false });
  const targets = { negatives: negativesInput(graph, batch), inside: pairs.inside };
  const losses = matchingLosses(config, matching, logScale, targets);
  const { theta, others } = parameters.gradient(new Map([[losses.total, one(graph)]]), frozen(config), [rows, h]);
  const outputs = {
    matching: losses.matching,
    ...(losses.alignment ? { alignment: losses.alignment } : {}),
    [NEXT_GRADIENT]: theta,
    d_segment_tokens: others[0]!,
    d_h_v: others[1]!,
  };
  return stepModel(graph, outputs, dropout.sites);
}

/**
 * θ [P], frames, segments, slots (packed), weight [1, B], target [B, 2], slot_inside, slot_segment [B, C]; d_segment_tokens [ST, D],
 * d_h_v [B, D], gradient [P] -> detection, saliency; gradient_next [P]
 */
export function detectModel(config: MadeConfig, layout: Layout): StepModel {
  const { graph, b, parameters, dropout, pairs } = start(config, layout);
  const grounding = forward(b, pairs);
  const losses = momentLosses(b, grounding, pairs);
  const seeds = new Map([
    [losses.total, one(graph)],
    [grounding.s.rows, input(graph, 'd_segment_tokens', ['ST', config.width])],
    [grounding.h, input(graph, 'd_h_v', ['B', config.width])],
  ]);
  const { theta } = parameters.gradient(seeds, frozen(config));
  const outputs = {
    detection: losses.detection,
    ...(losses.saliency ? { saliency: losses.saliency } : {}),
    [NEXT_GRADIENT]: add(input(graph, 'gradient', [layout.size]), theta),
  };
  return stepModel(graph, outputs, dropout.sites);
}

/** The losses of aligned pairs, each alone. */
export function momentLosses(b: Made, { detections, fused }: Grounding, pairs: PairTensors) {
  const saliency = b.config.loss.saliency ? segmentSaliency(b, fused!.slots, pairs.slotSegment) : undefined;
  return detectionLosses(b.config, detections, saliency, { ...pairs, inside: pairs.slotInside });
}

/** The reference leaves the decoder's query at its random start. */
export function frozen(config: MadeConfig): (name: string) => boolean {
  return (name) => name === 'decoder.query' && !config.trainQuery;
}

const one = (graph: Graph): Tensor => filled(graph, 1, []);
