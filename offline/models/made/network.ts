/** MaDe in a graph: what it is built with, its parameters and their groups. The network itself is made.ts. */
import { type Dropout, noDropout } from '../../nn/dropout.ts';
import { type Graph, input } from '../../nn/graph.ts';
import type { Group } from '../../nn/optimiser.ts';
import { type Layout, type ParameterSource, recordLayout } from '../../nn/parameters.ts';
import { matchingLosses } from '../grounding/matching-losses.ts';
import type { GroundingNetwork } from '../grounding/network.ts';
import { type PairTensors, tokenInputs } from '../pair-inputs.ts';
import type { MadeConfig } from './config.ts';
import { checkConfig } from './config-check.ts';
import { detectionLosses, segmentSaliency } from './losses.ts';
import { type Boxes, forward, type Made, type MadeGrounding } from './made.ts';
import { boxesOf } from './variants.ts';

/** In what a graph may differ from another of the same config. */
export interface MadeOptions {
  /** Nothing is dropped unless given. */
  dropout?: Dropout;
  /** Those of the config's switches unless given. */
  boxes?: Boxes;
}

/** What MaDe's boxes are built with. */
export function builder(
  graph: Graph,
  config: MadeConfig,
  parameters: ParameterSource,
  { dropout = noDropout, boxes = boxesOf(config) }: MadeOptions = {},
): Made {
  return { graph, config, parameters, dropout, boxes };
}

/** MaDe as networks that ground are trained and asked. */
export function madeNetwork(config: MadeConfig, boxes = boxesOf(config)): GroundingNetwork {
  const { enhancementFfn, detectionFfn, width, maxFrames, maxSegments } = config;
  return {
    config,
    forward: (b, inputs) => forward({ ...b, config, boxes }, inputs),
    matchingLosses: (_, { matching, logScale }, targets) =>
      matchingLosses(matching, logScale, targets, config.loss.attention),
    moments(b, pairs) {
      const made = { ...b, config, boxes };
      const grounding = forward(made, pairs);
      return { grounding, losses: momentLosses(made, grounding, pairs) };
    },
    frozen: (name) => name === 'decoder.query' && !config.trainQuery, // the reference leaves it at its random start
    dropoutColumns: Math.max(enhancementFfn, detectionFfn, width, maxFrames + maxSegments),
  };
}

/** The losses of aligned pairs, each alone. */
function momentLosses(b: Made, { detections, fused }: MadeGrounding, pairs: PairTensors) {
  const saliency = b.config.loss.saliency ? segmentSaliency(b, fused!.slots, pairs.slotSegment) : undefined;
  return detectionLosses(b.config, detections, saliency, { ...pairs, inside: pairs.slotInside });
}

/**
 * Which parameters there are, in the order of use.
 * @throws Error when values of the config are out of range or do not go together
 */
export function layoutOf(config: MadeConfig): Layout {
  checkConfig(config);
  return recordLayout((graph, parameters) => {
    const b = builder(graph, config, parameters);
    const { fused } = forward(b, tokenInputs(graph, config, 'padded'));
    if (config.loss.saliency) segmentSaliency(b, fused!.slots, input(graph, 'slot_segment', ['B', 'C']));
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
