/** MaDe in a graph: what it is built with, its parameters and their groups. The network itself is made.ts. */
import { type Dropout, noDropout } from '../../nn/dropout.ts';
import { type Graph, input } from '../../nn/graph.ts';
import type { Group } from '../../nn/optimiser.ts';
import { type Layout, type ParameterSource, recordLayout } from '../../nn/parameters.ts';
import { tokenInputs } from '../pair-inputs.ts';
import type { MadeConfig } from './config.ts';
import { checkConfig } from './config-check.ts';
import { segmentSaliency } from './losses.ts';
import { type Boxes, forward, type Made } from './made.ts';
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
