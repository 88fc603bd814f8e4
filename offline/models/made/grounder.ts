/** MaDe ready to answer: see grounding/grounder.ts. */
import type { Layout } from '../../nn/parameters.ts';
import type { Enhanced, EnhancedGrounder } from '../family.ts';
import { openGrounder, type PreciseRuntime } from '../grounding/grounder.ts';
import type { MadeConfig } from './config.ts';
import { madeNetwork } from './network.ts';

/** What MaDe makes of clips or tracks: tokens [L, D] each and means [V, D] or [N, D]. */
export type { Enhanced };

/** The exact model, or another that answers as it does (export/served.ts). */
export type MadeGrounder<Clips extends Enhanced = Enhanced> = EnhancedGrounder<Clips>;

/** @param theta [P], inside the models where they are fixed. @throws Error of onnxruntime when a model does not open */
export function openMade(
  config: MadeConfig,
  layout: Layout,
  theta: Float32Array,
  runtime: PreciseRuntime,
): Promise<MadeGrounder> {
  return openGrounder(madeNetwork(config), layout, theta, runtime);
}
