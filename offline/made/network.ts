/**
 * MaDe as whole graphs: the training step, and the four parts that grounding runs.
 *
 * All of them are built from the same boxes (enhancement, matching, fusion, detection), so what is trained is what is
 * evaluated and what the Worker runs.
 */

import { createDropout, noDropout } from '../nn/dropout.ts';
import { constant, createGraph, emit, input, type Shape, type Tensor } from '../nn/graph.ts';
import { adam, clipGroups, type Group } from '../nn/optimiser.ts';
import { type Layout, recordLayout, valueSource, vectorSource } from '../nn/parameters.ts';
import type { MadeConfig } from './config.ts';
import { detect } from './detection.ts';
import { enhance, meanVector } from './enhancement.ts';
import { fuse, segmentSaliency } from './fusion.ts';
import type { Builder } from './layers.ts';
import { losses } from './losses.ts';
import { relevance, similarities } from './matching.ts';

// B batch · F frames · S segments · P parameters · D width

export interface BatchShape {
  batch: number;
  frames: number;
  segments: number;
}

/** Which parameters there are, in the order of use. */
export function layoutOf(config: MadeConfig): Layout {
  const shape: BatchShape = { batch: 2, frames: 2, segments: 2 };
  return recordLayout((graph, parameters) => {
    pairs({ graph, config, parameters, dropout: noDropout }, shape);
  });
}

/** The reference clips the gradients of these three groups apart. They are neighbours in the vector by the order of use. */
export function groupsOf(layout: Layout): Group[] {
  const startOf = (prefix: string) => layout.parameters.find((p) => p.name.startsWith(prefix))!.offset;
  const [matching, detection] = [startOf('matching.'), startOf('encoder.')];
  return [
    { name: 'enhancement', start: 0, count: matching },
    { name: 'matching', start: matching, count: detection - matching },
    { name: 'detection', start: detection, count: layout.size - detection },
  ];
}

export interface TrainingStep {
  model: Uint8Array;
  /** Length of the input `dropout_noise`; 0 when there is none. */
  noiseSize: number;
}

/**
 * One step as one model: forward, backward, clipping, Adam.
 *
 * In: theta, first, second [P]; rate, first_correction, second_correction; frames [B, F, d_v], frame_mask [B, F],
 * segments [B, S, d_a], segment_mask [B, S], target [B, 2], negatives [B, B], inside [B, S]; dropout_noise.
 * Out: theta_next, first_next, second_next [P]; total, matching, detection: the losses; norms [3] of the groups' gradients;
 * gradient [P] when `withGradient`.
 */
export function trainingStep(
  config: MadeConfig,
  layout: Layout,
  shape: BatchShape,
  { withGradient = false } = {},
): TrainingStep {
  const noiseSize = countNoise(config, layout, shape);
  const graph = createGraph();
  const vectorInput = (name: string) => input(graph, name, [layout.size]);
  const theta = vectorInput('theta');
  const source = vectorSource(layout, theta);
  const dropout = noiseSize ? createDropout(graph, noiseSize) : noDropout;
  const parts = pairs({ graph, config, parameters: source, dropout }, shape);

  const gradient = source.gradient(parts.total, (name) => name === 'decoder.query' && !config.trainQuery);
  const { clipped, norms } = clipGroups(gradient, groupsOf(layout), config.clipNorm);
  const next = adam(graph, clipped, {
    theta,
    first: vectorInput('first'),
    second: vectorInput('second'),
    rate: input(graph, 'rate', []),
    firstCorrection: input(graph, 'first_correction', []),
    secondCorrection: input(graph, 'second_correction', []),
  });
  const model = emit(graph, {
    theta_next: next.theta,
    first_next: next.first,
    second_next: next.second,
    total: parts.total,
    matching: parts.matching,
    detection: parts.detection,
    norms,
    ...(withGradient ? { gradient } : {}),
  });
  return { model, noiseSize };
}

function countNoise(config: MadeConfig, layout: Layout, shape: BatchShape): number {
  const graph = createGraph();
  const dropout = createDropout(graph, Number.MAX_SAFE_INTEGER);
  pairs({ graph, config, parameters: vectorSource(layout, input(graph, 'theta', [layout.size])), dropout }, shape);
  return dropout.noiseSize();
}

/** The forward pass over aligned pairs, with its losses. */
function pairs(b: Builder, { batch, frames: F, segments: S }: BatchShape) {
  const { graph, config } = b;
  const frames = input(graph, 'frames', [batch, F, config.frameWidth]);
  const frameMask = input(graph, 'frame_mask', [batch, F]);
  const segments = input(graph, 'segments', [batch, S, config.segmentWidth]);
  const segmentMask = input(graph, 'segment_mask', [batch, S]);
  const target = input(graph, 'target', [batch, 2]);
  const negatives = input(graph, 'negatives', [batch, batch]);
  const inside = input(graph, 'inside', [batch, S]);

  const video = enhance(b, 'video', frames, frameMask);
  const music = enhance(b, 'music', segments, segmentMask);
  const both = similarities(b, video.mean, music.tokens, segmentMask, music.mean);
  const logScale = b.parameters.get('matching.log_scale', [1], {
    kind: 'constant',
    value: Math.log(1 / config.temperature),
  });
  const fused = fuse(b, { tokens: video.tokens, mask: frameMask }, { tokens: music.tokens, mask: segmentMask });
  const detections = detect(b, fused, video.mean);
  const saliency = config.loss.saliency ? segmentSaliency(b, fused, segmentMask) : undefined;

  const identity = constant(graph, unitMatrix(batch), [batch, batch], `identity_${batch}`);
  return losses(config, both, detections, saliency, logScale, { negatives, identity, target, inside });
}

/** The parts of grounding, each a model of its own with sizes known only at run time. */
export const PARTS = ['enhanceVideo', 'enhanceMusic', 'relevance', 'moment'] as const;
export type Part = (typeof PARTS)[number];

/**
 * A part with θ [P] as its first input (evaluation during training), or with the values inside (the Worker).
 *
 * enhanceVideo: frames [B, F, d_v], frame_mask [B, F] -> frame_tokens [B, F, D], h_v [B, D]
 * enhanceMusic: segments [N, S, d_a], segment_mask [N, S] -> segment_tokens [N, S, D], h_0 [N, D]
 * relevance: h_v [B, D], segment_tokens [N, S, D], segment_mask [N, S] -> relevance [B, N]
 * moment: frame_tokens [B, F, D], frame_mask, segment_tokens [B, S, D], segment_mask, h_v [B, D] -> span [B, 2]
 */
export function partModel(config: MadeConfig, layout: Layout, part: Part, values?: Float32Array): Uint8Array {
  const graph = createGraph();
  const parameters = values
    ? valueSource(layout, graph, values)
    : vectorSource(layout, input(graph, 'theta', [layout.size]));
  return emit(graph, partOutputs({ graph, config, parameters, dropout: noDropout }, part));
}

function partOutputs(b: Builder, part: Part): Record<string, Tensor> {
  const { graph, config } = b;
  const declare = (name: string, shape: Shape) => input(graph, name, shape);
  if (part === 'enhanceVideo') {
    const { tokens, mean } = enhance(
      b,
      'video',
      declare('frames', ['B', 'F', config.frameWidth]),
      declare('frame_mask', ['B', 'F']),
    );
    return { frame_tokens: tokens, h_v: mean };
  }
  if (part === 'enhanceMusic') {
    const { tokens, mean } = enhance(
      b,
      'music',
      declare('segments', ['N', 'S', config.segmentWidth]),
      declare('segment_mask', ['N', 'S']),
    );
    return { segment_tokens: tokens, h_0: mean };
  }
  const video = declare('h_v', ['B', config.width]);
  if (part === 'relevance') {
    const tokens = declare('segment_tokens', ['N', 'S', config.width]);
    const mask = declare('segment_mask', ['N', 'S']);
    return { relevance: relevance(similarities(b, video, tokens, mask, meanVector(tokens, mask))) };
  }
  const frames = { tokens: declare('frame_tokens', ['B', 'F', config.width]), mask: declare('frame_mask', ['B', 'F']) };
  const segments = {
    tokens: declare('segment_tokens', ['B', 'S', config.width]),
    mask: declare('segment_mask', ['B', 'S']),
  };
  return { span: detect(b, fuse(b, frames, segments), video).at(-1)!.span };
}

function unitMatrix(n: number): Float32Array {
  return Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
}
