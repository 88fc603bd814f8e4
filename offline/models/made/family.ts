/** MaDe as the rest of the program knows it. */
import type { ModelFamily } from '../family.ts';
import { coupledStep } from '../grounding/coupled-step.ts';
import type { MadeConfig } from './config.ts';
import { openMade } from './grounder.ts';
import { groupsOf, layoutOf, madeNetwork } from './network.ts';
import { parameterTable } from './parameter-table.ts';
import { PRESETS } from './presets.ts';
import { madeServing } from './serving.ts';

/** MaDe's line of the registry. */
export const made: ModelFamily<MadeConfig> = {
  name: 'made',
  title: 'MaDe',
  answers: { track: true, moment: true },
  serving: madeServing,
  presets: PRESETS,
  layout: layoutOf,
  groups: groupsOf,
  training: { over: 'own', step: (config, layout, batch) => coupledStep(madeNetwork(config), layout, batch) },
  open: openMade,
  describe: parameterTable,
  upgrade,
};

/**
 * Checkpoints were written before there was another model, before there were uses, splices and noise, and before the ablations had the
 * paper's numbers: what was `ablation-7` then is another network than now, so its old number is told apart. Known keys stay where they are.
 */
function upgrade(config: object): MadeConfig {
  const old = config as MadeConfig;
  const { model = 'made', cuePrior = 0, spliceShare = 0, trackNoise = 0 } = old as Partial<MadeConfig>;
  const known = { ...old, model, cuePrior, spliceShare, trackNoise };
  if (old.enhancement !== undefined) return known;
  const preset = /^ablation-[1-9]/.test(old.preset) ? `old-${old.preset}` : old.preset;
  return { ...known, enhancement: 'attention', preset };
}
