/**
 * A training step as four models, so that only what needs the whole batch at once sees it at once.
 *
 * 1. enhance: tokens and means of a micro-batch, forward.
 * 2. match: InfoNCE over the whole batch; its gradient, and what it wants of every token and mean.
 * 3. detect: a micro-batch again, now with its moments; what matching wants enters as the gradient of the enhanced tokens, so
 *    that one backward pass serves both. The gradient is added to that of the micro-batches before.
 * 4. update: clipping and Adam.
 *
 * The sum is the gradient of the whole batch, exactly; enhancement runs forward twice for it. Rows are packed (sequence.ts).
 * `wholeGradient` is the same thing as one padded model, for tests and for comparison.
 */

import { createDropout, type DropoutSite, noDropout } from '../nn/dropout.ts';
import { add } from '../nn/elementwise.ts';
import { createGraph, emit, filled, fixed, type Graph, input, type Tensor } from '../nn/graph.ts';
import { type Largest, largestTensor, type SizesByName } from '../nn/largest.ts';
import type { Dim } from '../nn/onnx.ts';
import { adam, clipGroups } from '../nn/optimiser.ts';
import { type Layout, type VectorSource, vectorSource } from '../nn/parameters.ts';
import { matmulWork } from '../nn/work.ts';
import type { MadeConfig } from './config.ts';
import { enhance } from './enhancement.ts';
import type { Builder } from './layers.ts';
import { detectionLosses, matchingLosses } from './losses.ts';
import { builder, frames, groupsOf, locate, match, type Sizes, segments, slots } from './network.ts';
import { packedInputs } from './sequence.ts';

// B pairs · F frames · S segments · C = F + S slots · FT, ST, CT all rows of each · D width · P parameters

export interface StepModel {
  model: Uint8Array;
  /** What dropout wants of the host; see dropout.ts. */
  sites: readonly DropoutSite[];
  /** The largest tensor it holds when its named sizes are these. */
  largest(sizes: SizesByName): Largest;
  /** Floating-point operations of its matrix products. */
  work(sizes: SizesByName): number;
}

function stepModel(graph: Graph, outputs: Record<string, Tensor>, sites: readonly DropoutSite[] = []): StepModel {
  const made = Object.values(outputs);
  return {
    model: emit(graph, outputs),
    sites,
    largest: (sizes) => largestTensor(made, sizes),
    work: (sizes) => matmulWork(made, sizes),
  };
}

/** The longest last axis that dropout meets. */
export function dropoutColumns(config: MadeConfig): number {
  const { enhancementFfn, detectionFfn, width, maxFrames, maxSegments } = config;
  return Math.max(enhancementFfn, detectionFfn, width, maxFrames + maxSegments);
}

interface Step extends Builder {
  parameters: VectorSource;
}

function stepBuilder(config: MadeConfig, layout: Layout, withDropout = true): Step {
  const graph = createGraph();
  const parameters = vectorSource(layout, input(graph, 'theta', [layout.size]));
  const dropout = withDropout ? createDropout(graph, dropoutColumns(config)) : noDropout;
  return { ...builder(graph, config, parameters, dropout), parameters };
}

/** frames, segments (packed) -> segment_tokens [ST, D], h_v [B, D] */
export function enhanceModel(config: MadeConfig, layout: Layout): StepModel {
  const b = stepBuilder(config, layout);
  const video = enhance(b, 'video', frames(b, 'packed'));
  const music = enhance(b, 'music', segments(b, 'packed'));
  return stepModel(b.graph, { segment_tokens: music.tokens.rows, h_v: video.mean }, b.dropout.sites);
}

/**
 * h_v [B, D], segment_tokens [ST, D] with their arrangement, negatives [B, B], inside [B, S] -> matching, alignment;
 * gradient [P]; d_segment_tokens, d_h_v
 */
export function matchModel(config: MadeConfig, layout: Layout, batch: number): StepModel {
  const b = stepBuilder(config, layout);
  const { graph } = b;
  const video = input(graph, 'h_v', [batch, config.width]);
  const rows = input(graph, 'segment_tokens', ['ST', config.width]);
  const at = packedInputs(graph, 'segment', batch, 'S', 'ST');
  const { both, logScale } = match(b, video, { rows, at });
  const losses = matchingLosses(config, both, logScale, matchingTargets(graph, batch, 'S'));
  const { theta, others } = b.parameters.gradient(new Map([[losses.total, one(graph)]]), frozen(config), [rows, video]);
  const outputs = {
    matching: losses.matching,
    ...(losses.alignment ? { alignment: losses.alignment } : {}),
    gradient: theta,
    d_segment_tokens: others[0]!,
    d_h_v: others[1]!,
  };
  return stepModel(graph, outputs, b.dropout.sites);
}

/**
 * frames, segments (packed), slots; weight [1, B], target [B, 2], slot_inside, slot_segment [B, C]; d_segment_tokens [ST, D],
 * d_h_v [B, D], gradient [P] -> detection, saliency; gradient_next [P]
 */
export function detectModel(config: MadeConfig, layout: Layout): StepModel {
  const b = stepBuilder(config, layout);
  const { graph } = b;
  const video = enhance(b, 'video', frames(b, 'packed'));
  const music = enhance(b, 'music', segments(b, 'packed'));
  const { detections, saliency } = locate(b, video, music.tokens, slots(b));
  const losses = detectionLosses(config, detections, saliency, detectionTargets(graph, 'B', 'C'));
  const seeds = new Map([
    [losses.total, one(graph)],
    [music.tokens.rows, input(graph, 'd_segment_tokens', ['ST', config.width])],
    [video.mean, input(graph, 'd_h_v', ['B', config.width])],
  ]);
  const { theta } = b.parameters.gradient(seeds, frozen(config));
  const outputs = {
    detection: losses.detection,
    ...(losses.saliency ? { saliency: losses.saliency } : {}),
    gradient_next: add(input(graph, 'gradient', [layout.size]), theta),
  };
  return stepModel(graph, outputs, b.dropout.sites);
}

/**
 * theta, first, second, gradient [P]; rate, first_correction, second_correction -> theta_next, first_next, second_next [P];
 * norms [3] of the groups' gradients
 */
export function updateModel(config: MadeConfig, layout: Layout): StepModel {
  const graph = createGraph();
  const vector = (name: string) => input(graph, name, [layout.size]);
  const { clipped, norms } = clipGroups(vector('gradient'), groupsOf(layout), config.clipNorm);
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

/**
 * The whole batch in one padded model without dropout: frames [B, F, d_v], frame_mask, segments [B, S, d_a], segment_mask,
 * negatives, inside [B, S], weight, target, slot_inside, slot_segment [B, F + S] -> matching, detection, total; gradient [P]
 */
export function wholeGradient(
  config: MadeConfig,
  layout: Layout,
  sizes: Sizes & { batch: number },
  { projectAll = false } = {},
): StepModel {
  const b = { ...stepBuilder(config, layout, false), projectAll };
  const { graph } = b;
  const video = enhance(b, 'video', frames(b, 'padded', sizes));
  const music = enhance(b, 'music', segments(b, 'padded', sizes));
  const { both, logScale } = match(b, video.mean, music.tokens);
  const matching = matchingLosses(config, both, logScale, matchingTargets(graph, sizes.batch, sizes.segments));
  const { detections, saliency } = locate(b, video, music.tokens);
  const slotCount = fixed(sizes.frames) + fixed(sizes.segments);
  const detection = detectionLosses(config, detections, saliency, detectionTargets(graph, sizes.batch, slotCount));
  const total = add(matching.total, detection.total);
  const { theta } = b.parameters.gradient(new Map([[total, one(graph)]]), frozen(config));
  return stepModel(graph, { matching: matching.matching, detection: detection.detection, total, gradient: theta });
}

/** The reference leaves the decoder's query at its random start. */
function frozen(config: MadeConfig): (name: string) => boolean {
  return (name) => name === 'decoder.query' && !config.trainQuery;
}

function matchingTargets(graph: Graph, batch: number, length: Dim) {
  return { negatives: input(graph, 'negatives', [batch, batch]), inside: input(graph, 'inside', [batch, length]) };
}

function detectionTargets(graph: Graph, batch: Dim, length: Dim) {
  return {
    weight: input(graph, 'weight', [1, batch]),
    target: input(graph, 'target', [batch, 2]),
    inside: input(graph, 'slot_inside', [batch, length]),
  };
}

function one(graph: Graph): Tensor {
  return filled(graph, 1, []);
}
