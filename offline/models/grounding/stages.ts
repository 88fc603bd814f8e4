/**
 * The three models of a training step of a network that grounds, so that only what needs the whole batch at once sees it at once.
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
import type { LossParts } from '../family.ts';
import { NAMED, negativesInput, pairInputs } from '../pair-inputs.ts';
import { NEXT_GRADIENT, type StepModel, stepModel } from '../training-step.ts';
import { type GroundingNetwork, isProjection } from './network.ts';

// B pairs · F frames · S segments · C = F + S slots · FT, ST, CT all rows of each · D width · P parameters

function start({ config, dropoutColumns }: GroundingNetwork, layout: Layout, batch = NAMED.batch) {
  const graph = createGraph();
  const parameters = vectorSource(layout, input(graph, 'theta', [layout.size]));
  const dropout = createDropout(graph, dropoutColumns);
  const pairs = pairInputs(graph, config, 'packed', { ...NAMED, batch });
  return { graph, b: { graph, parameters, dropout }, parameters, dropout, pairs };
}

/** θ [P], frames, segments (packed) -> segment_tokens [ST, D], h_v [B, D] */
export function enhanceModel(network: GroundingNetwork, layout: Layout): StepModel {
  const { graph, b, dropout, pairs } = start(network, layout);
  const { s, h } = network.forward(b, pairs);
  return stepModel(graph, { segment_tokens: s.rows, h_v: h }, dropout.sites);
}

/** A model that gives losses and a gradient. */
export interface LossModel extends StepModel {
  /** Names of its outputs that are losses, scalars. */
  losses: string[];
}

/**
 * θ [P], h_v [B, D], segment_tokens [ST, D] (packed), negatives [B, B], inside [B, S] -> the losses of matching; gradient_next [P];
 * d_segment_tokens [ST, D], d_h_v [B, D]
 */
export function matchModel(network: GroundingNetwork, layout: Layout, batch: number): LossModel {
  const { width } = network.config;
  const { graph, b, parameters, dropout, pairs } = start(network, layout, batch);
  const h = input(graph, 'h_v', [batch, width]);
  const rows = input(graph, 'segment_tokens', ['ST', width]);
  const s = { rows, packing: pairs.segments.packing };
  const grounding = network.forward(b, { ...pairs, known: { h, s }, pairs: false });
  const targets = { negatives: negativesInput(graph, batch), inside: pairs.inside };
  const losses: LossParts = network.matchingLosses(b, grounding, targets);
  const seeds = new Map([[totalOf(losses), one(graph)]]);
  const { theta, others } = parameters.gradient(seeds, frozen(network), [rows, h]);
  const outputs = { ...losses, [NEXT_GRADIENT]: theta, d_segment_tokens: others[0]!, d_h_v: others[1]! };
  return { ...stepModel(graph, outputs, dropout.sites), losses: Object.keys(losses) };
}

/**
 * θ [P], frames, segments, slots (packed), weight [1, B], target [B, 2], slot_inside, slot_segment [B, C]; d_segment_tokens [ST, D],
 * d_h_v [B, D], gradient [P] -> the losses of moments; gradient_next [P]
 */
export function detectModel(network: GroundingNetwork, layout: Layout): LossModel {
  const { graph, b, parameters, dropout, pairs } = start(network, layout);
  const { grounding, losses } = network.moments(b, pairs);
  const seeds = new Map([
    [totalOf(losses), one(graph)],
    [grounding.s.rows, input(graph, 'd_segment_tokens', ['ST', network.config.width])],
    [grounding.h, input(graph, 'd_h_v', ['B', network.config.width])],
  ]);
  const { theta } = parameters.gradient(seeds, frozen(network));
  const outputs = { ...losses, [NEXT_GRADIENT]: add(input(graph, 'gradient', [layout.size]), theta) };
  return { ...stepModel(graph, outputs, dropout.sites), losses: Object.keys(losses) };
}

/** What is minimised. -> scalar */
export function totalOf(losses: LossParts): Tensor {
  return Object.values(losses).reduce((total, loss) => add(total, loss));
}

/** What keeps its values: what the network says, and all but the projections where these alone are trained. */
function frozen({ frozen = () => false, config }: GroundingNetwork): (name: string) => boolean {
  return config.trains === 'projections' ? (name) => frozen(name) || !isProjection(name) : frozen;
}

const one = (graph: Graph): Tensor => filled(graph, 1, []);
