/** Models of MaDe: the parts of grounding (grounding/parts.ts). */
import type { Layout } from '../../nn/parameters.ts';
import { type GraphOptions, type Part, partModel as partOf } from '../grounding/parts.ts';
import type { MadeConfig } from './config.ts';
import { madeNetwork } from './network.ts';

/** A part of grounding as a model, the bytes of an ONNX file; inputs and outputs as in grounding/parts.ts. */
export function partModel(config: MadeConfig, layout: Layout, part: Part, options: GraphOptions): Uint8Array {
  return partOf(madeNetwork(config), layout, part, options);
}
