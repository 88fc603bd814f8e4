/** MVPt and MVPt+ as the rest of the program knows them. */
import { noDropout } from '../../nn/dropout.ts';
import { type Layout, recordLayout } from '../../nn/parameters.ts';
import type { ModelFamily, ModuleCount } from '../family.ts';
import { tokenInputs } from '../pair-inputs.ts';
import { checkConfig, type MvptConfig, mvpt, mvptPlus } from './config.ts';
import { openMvpt } from './grounder.ts';
import { match, matchingLoss } from './mvpt.ts';

/** Its line of the registry. */
export const mvptFamily: ModelFamily<MvptConfig> = {
  name: 'mvpt',
  title: 'MVPt',
  answers: { track: true, moment: false },
  presets: { mvpt, 'mvpt-plus': mvptPlus },
  layout: layoutOf,
  training: {
    over: 'batch',
    losses: (b, config, pairs) => ({ matching: matchingLoss(b, config, pairs) }),
  },
  open: openMvpt,
  counts,
  paper: { mvpt: 3.6, 'mvpt-plus': 3.6 },
};

/**
 * Which parameters there are, in the order of use.
 * @throws Error when values of the config are out of range or do not go together
 */
export function layoutOf(config: MvptConfig): Layout {
  checkConfig(config);
  return recordLayout((graph, parameters) => {
    match({ graph, parameters, dropout: noDropout }, config, tokenInputs(graph, config, 'padded'));
  });
}

/** All of them live. */
function counts(config: MvptConfig): ModuleCount[] {
  const sums = new Map<string, number>();
  for (const { name, shape } of layoutOf(config).parameters) {
    const [module] = name.split('.');
    sums.set(module, (sums.get(module) ?? 0) + shape.reduce((product, size) => product * size, 1));
  }
  return [...sums].map(([module, parameters]) => ({ module, parameters, live: parameters }));
}
