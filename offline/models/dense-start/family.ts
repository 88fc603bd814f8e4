/** The network with a dense start head as the rest of the program knows it. */
import type { ModelFamily } from '../family.ts';
import { coupledStep } from '../grounding/coupled-step.ts';
import { openGrounder } from '../grounding/grounder.ts';
import { cuepoint, type DenseStartConfig, small } from './config.ts';
import { beginLinearPath } from './linear-path.ts';
import { denseStartNetwork, layoutOf } from './network.ts';
import { denseStartServing } from './serving.ts';

/** Its line of the registry. */
export const denseStartFamily: ModelFamily<DenseStartConfig> = {
  name: 'dense-start',
  title: 'Dense start',
  answers: { track: true, moment: true },
  serving: denseStartServing,
  presets: { cuepoint, small },
  layout: layoutOf,
  training: {
    over: 'own',
    step: (config, layout, batch) => coupledStep(denseStartNetwork(config), layout, batch),
  },
  begin(config, layout, theta, pairs) {
    if (config.canonicalDirections) beginLinearPath(config, layout, theta, pairs);
  },
  upgrade,
  open: (config, layout, theta, runtime) => openGrounder(denseStartNetwork(config), layout, theta, runtime),
};

/** Checkpoints were written before there was noise, before projections could start smaller, and before there was a linear path. */
function upgrade(config: object): DenseStartConfig {
  const old = config as DenseStartConfig;
  const { trackNoise = 0, initialScale = 1, canonicalDirections = 0 } = old as Partial<DenseStartConfig>;
  return { ...old, trackNoise, initialScale, canonicalDirections };
}
