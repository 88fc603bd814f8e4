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

/** Checkpoints were written before there was another model, and before there were uses, splices and noise. Known keys stay where they are. */
function upgrade(config: object): MadeConfig {
  const old = config as MadeConfig;
  const { model = 'made', cuePrior = 0, spliceShare = 0, trackNoise = 0 } = old as Partial<MadeConfig>;
  return { ...old, model, cuePrior, spliceShare, trackNoise };
}
