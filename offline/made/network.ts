/**
 * MaDe as whole graphs: the four parts that grounding runs, and the forward pass over aligned pairs that training starts from.
 *
 * All of them are built from the same boxes (enhancement, matching, fusion, detection), so what is trained is what is
 * evaluated and what the Worker runs. The training step is step.ts.
 */

import type { Precision } from '../../index/manifest.ts';
import { type Dropout, noDropout } from '../nn/dropout.ts';
import { add, scale } from '../nn/elementwise.ts';
import { createGraph, emit, type Graph, input, type Tensor } from '../nn/graph.ts';
import { transpose } from '../nn/layout.ts';
import type { Dim } from '../nn/onnx.ts';
import type { Group } from '../nn/optimiser.ts';
import { type Layout, type ParameterSource, recordLayout, valueSource, vectorSource } from '../nn/parameters.ts';
import { quantiseProducts } from '../nn/quantise.ts';
import { sum } from '../nn/reduce.ts';
import type { MadeConfig } from './config.ts';
import { checkConfig } from './config-check.ts';
import { segmentInputWidth } from './cue-prior.ts';
import { type Detection, detect, initialContent } from './detection.ts';
import { type Enhanced, enhance } from './enhancement.ts';
import { fuse, segmentSaliency } from './fusion.ts';
import type { Builder } from './layers.ts';
import {
  type Placement,
  question,
  relevance,
  type Similarities,
  similarities,
  similaritiesOfPooled,
} from './matching.ts';
import { type Arrangement, packedInputs, paddedInput, type Sequence } from './sequence.ts';

// B clips or pairs · N tracks · F frames · S segments · C = F + S slots · FT, ST, CT all rows of each · D width · P parameters

/**
 * Which parameters there are, in the order of use.
 * @throws Error when values of the config do not go together
 */
export function layoutOf(config: MadeConfig): Layout {
  checkConfig(config);
  return recordLayout((graph, parameters) => {
    const b: Builder = { graph, config, parameters, dropout: noDropout };
    const video = enhance(b, 'video', frames(b, 'padded'));
    const music = enhance(b, 'music', segments(b, 'padded'));
    match(b, video.mean, music.tokens);
    locate(b, video, music.tokens);
  });
}

type ModuleGroup = Group & { name: 'enhancement' | 'matching' | 'detection' };

/** The reference clips the gradients of these three groups apart. They are neighbours in the vector by the order of use. */
export function groupsOf(layout: Layout): ModuleGroup[] {
  const { parameters, size } = layout;
  const after = (isBefore: (name: string) => boolean) => parameters.find(({ name }) => !isBefore(name))?.offset ?? size;
  const matching = after((name) => /^(video|music)\./.test(name));
  const detection = after((name) => /^(video|music|matching)\./.test(name));
  return [
    { name: 'enhancement', start: 0, count: matching },
    { name: 'matching', start: matching, count: detection - matching },
    { name: 'detection', start: detection, count: size - detection },
  ];
}

export type Arranged = 'padded' | 'packed';

/** Sizes of a graph's inputs: names unless it is built for one batch. */
export interface Sizes {
  batch: Dim;
  frames: Dim;
  segments: Dim;
}
const NAMED: Sizes = { batch: 'B', frames: 'F', segments: 'S' };

/** The input `frames`, raw tokens [B, F, d_v] or [FT, d_v], with its arrangement. */
export function frames({ graph, config }: Builder, arranged: Arranged, { batch, frames: F } = NAMED): Sequence {
  return sequenceInput(graph, 'frame', arranged, [batch, F, 'FT'], config.frameWidth, 'frames');
}

/** The input `segments`, raw tokens [B, S, d_a] or [ST, d_a] (with cues, as many values more), with its arrangement. */
export function segments({ graph, config }: Builder, arranged: Arranged, { batch, segments: S } = NAMED): Sequence {
  return sequenceInput(graph, 'segment', arranged, [batch, S, 'ST'], segmentInputWidth(config), 'segments');
}

type Lengths = readonly [batch: Dim, length: Dim, all: Dim];

function sequenceInput(
  graph: Graph,
  kind: 'frame' | 'segment',
  arranged: Arranged,
  [batch, length, all]: Lengths,
  width: number,
  name: string,
): Sequence {
  return arranged === 'padded'
    ? { rows: input(graph, name, [batch, length, width]), at: paddedInput(graph, kind, batch, length) }
    : { rows: input(graph, name, [all, width]), at: packedInputs(graph, kind, batch, length, all) };
}

export function slots({ graph }: Builder): Arrangement {
  return packedInputs(graph, 'slot', 'B', 'C', 'CT');
}

/** Every video against every track, and the scale of both matching losses. */
export function match(b: Builder, video: Tensor, music: Sequence): { both: Similarities; logScale: Tensor } {
  const both = similarities(b, video, music, 'segments');
  const value = Math.log(1 / b.config.temperature);
  return { both, logScale: b.parameters.get('matching.log_scale', [1], { kind: 'constant', value }) };
}

/** The moment of each aligned pair. @param at the slots' arrangement, when packed */
export function locate(
  b: Builder,
  video: Enhanced,
  music: Sequence,
  at?: Arrangement,
): { detections: Detection[]; saliency?: Tensor } {
  const { detections, fused } = detectMoments(b, video, music, at);
  return { detections, saliency: b.config.loss.saliency ? segmentSaliency(b, fused.slots) : undefined };
}

function detectMoments(b: Builder, { tokens, mean }: Enhanced, music: Sequence, at?: Arrangement) {
  const content = initialContent(b, mean, music); // first, so that X-Pool's parameters stay with those of matching
  const fused = fuse(b, tokens, music, at);
  return { fused, detections: detect(b, fused, content, tokens.at) };
}

/** The parts of grounding, each a model of its own with sizes known only at run time. */
export const PARTS = ['enhanceVideo', 'enhanceMusic', 'relevance', 'moment'] as const;
/**
 * In place of enhanceVideo and relevance where the host attends to the segments itself, over bytes: what the Worker does
 * (functions/grounding/attention-pool.ts).
 */
export const HOST_PARTS = ['ask', 'rank'] as const;
export type Part = (typeof PARTS)[number] | (typeof HOST_PARTS)[number];

export interface PartOptions {
  arranged: Arranged;
  /** Where X-Pool's projections are cheaper: see matching.ts. */
  placement: Placement;
  /** θ's values inside the model (the Worker); without them θ [P] is its first input (evaluation during training). */
  values?: Float32Array;
  /** How the values are held inside; fp32 unless said. */
  precision?: Precision;
}

/**
 * A part of grounding as a model. Padded (packed: rows [.T, .] and the inputs of sequence.ts):
 *
 * enhanceVideo: frames [B, F, d_v], frame_mask [B, F] -> frame_tokens [B, F, D], h_v [B, D]
 * enhanceMusic: segments [N, S, d_a], segment_mask [N, S] -> segment_tokens [N, S, D], h_0 [N, D]
 * relevance: h_v [B, D], segment_tokens [N, S, D], segment_mask [N, S] -> relevance [B, N]
 * ask: as enhanceVideo, and -> question [B, D]
 * rank: h_v [1, D], h_0 [N, D], pooled [N, D] -> relevance [1, N]
 * moment: frame_tokens [B, F, D], frame_mask, segment_tokens [B, S, D], segment_mask, h_v [B, D] -> span [B, 2]
 */
export function partModel(config: MadeConfig, layout: Layout, part: Part, options: PartOptions): Uint8Array {
  const graph = createGraph();
  const parameters = options.values
    ? valueSource(layout, graph, options.values)
    : vectorSource(layout, input(graph, 'theta', [layout.size]));
  const outputs = partOutputs(builder(graph, config, parameters), part, options);
  if (options.precision === 'int8') quantiseProducts(graph);
  return emit(graph, outputs);
}

export function builder(
  graph: Graph,
  config: MadeConfig,
  parameters: ParameterSource,
  dropout: Dropout = noDropout,
): Builder {
  return { graph, config, parameters, dropout };
}

function partOutputs(b: Builder, part: Part, { arranged, placement }: PartOptions): Record<string, Tensor> {
  const { graph, config } = b;
  if (part === 'enhanceVideo' || part === 'ask') {
    const { tokens, mean } = enhance(b, 'video', frames(b, arranged));
    const outputs = { frame_tokens: tokens.rows, h_v: mean };
    return part === 'ask' ? { ...outputs, question: question(b, mean) } : outputs;
  }
  if (part === 'enhanceMusic') {
    const { tokens, mean } = enhance(b, 'music', segments(b, arranged, { ...NAMED, batch: 'N' }));
    return { segment_tokens: tokens.rows, h_0: mean };
  }
  if (part === 'rank') {
    const row = (name: string, rows: Dim) => input(graph, name, [rows, config.width]);
    const [video, mean, pooled] = [row('h_v', 1), row('h_0', 'N'), row('pooled', 'N')];
    const ranked = relevance(similaritiesOfPooled(b, video, mean, pooled));
    // The Worker gives every model the same inputs, so a model that pools nothing still has them.
    return {
      relevance: config.matching === 'h0' ? add(ranked, transpose(scale(sum(pooled, [1]), 0), [1, 0])) : ranked,
    };
  }
  const video = input(graph, 'h_v', ['B', config.width]);
  const enhanced = (kind: 'frame' | 'segment', sizes: Lengths) =>
    sequenceInput(graph, kind, arranged, sizes, config.width, `${kind}_tokens`);
  if (part === 'relevance')
    return { relevance: relevance(similarities(b, video, enhanced('segment', ['N', 'S', 'ST']), placement)) };
  const [frameTokens, segmentTokens] = [enhanced('frame', ['B', 'F', 'FT']), enhanced('segment', ['B', 'S', 'ST'])];
  const at = arranged === 'packed' ? slots(b) : undefined;
  const { span } = detectMoments(b, { tokens: frameTokens, mean: video }, segmentTokens, at).detections.at(-1)!;
  const asksVideo = config.detector === 'decoder' && config.content !== 'h0';
  // The Worker gives every model the same inputs, so a model that does not read h(v) still has it.
  return { span: asksVideo ? span : add(span, scale(sum(video, [1]), 0)) };
}
