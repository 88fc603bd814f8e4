/** Models of MaDe: the parts of grounding (grounding/parts.ts), and others of its boxes, as the Worker's graphs are (export/served-graphs.ts). */
import type { Tensor } from '../../nn/graph.ts';
import type { Layout } from '../../nn/parameters.ts';
import { type GraphOptions, graphOf, type Part, partModel as partOf } from '../grounding/parts.ts';
import type { MadeConfig } from './config.ts';
import type { Made } from './made.ts';
import { builder, madeNetwork } from './network.ts';

/** A part of grounding as a model, the bytes of an ONNX file; inputs and outputs as in grounding/parts.ts. */
export function partModel(config: MadeConfig, layout: Layout, part: Part, options: GraphOptions): Uint8Array {
  return partOf(madeNetwork(config), layout, part, options);
}

/** The model of what `build` makes of MaDe's boxes, as the bytes of an ONNX file. */
export function madeGraph(
  config: MadeConfig,
  layout: Layout,
  options: Omit<GraphOptions, 'packing'>,
  build: (b: Made) => Readonly<Record<string, Tensor>>,
): Uint8Array {
  return graphOf(layout, options, ({ graph, parameters }) => build(builder(graph, config, parameters)));
}
