/** CONQUER as the rest of the program knows it. */
import { noDropout } from '../../nn/dropout.ts';
import { type Layout, recordLayout } from '../../nn/parameters.ts';
import type { ModelFamily, ModuleCount } from '../family.ts';
import { tokenInputs } from '../pair-inputs.ts';
import { type ConquerConfig, checkConfig, conquer } from './config.ts';
import { forward } from './conquer.ts';
import { openConquer } from './grounder.ts';
import { conquerLosses } from './losses.ts';
import { ranked, recordRanker } from './ranker.ts';

/** Its line of the registry. */
export const conquerFamily: ModelFamily<ConquerConfig> = {
  name: 'conquer',
  title: 'CONQUER',
  answers: { track: true, moment: true },
  presets: { conquer },
  layout: layoutOf,
  training: {
    over: 'pairs',
    losses: (b, config, pairs) =>
      conquerLosses(config, forward(b, config, pairs.frames, pairs.tracks!.segments, 1 + config.rivals), pairs),
  },
  ranked,
  open: openConquer,
  describe,
  counts,
  paper: { conquer: 39.4 },
};

/**
 * Which parameters there are, in the order of use, the ranker's last.
 * @throws Error when values of the config are out of range or do not go together
 */
export function layoutOf(config: ConquerConfig): Layout {
  checkConfig(config);
  return recordLayout((graph, parameters) => {
    const { frames, segments } = tokenInputs(graph, config, 'packed');
    forward({ graph, parameters, dropout: noDropout }, config, frames, segments);
    recordRanker(config, parameters);
  });
}

/** Without the ranker, which is a network of its own. Of the two types of tokens a side uses one. */
function counts(config: ConquerConfig): ModuleCount[] {
  const sums = new Map<string, { parameters: number; live: number }>();
  for (const { name, shape } of layoutOf(config).parameters) {
    if (name.startsWith(ranked.prefix)) continue;
    const [module] = name.split('.');
    const size = shape.reduce((product, each) => product * each, 1);
    const sum = sums.get(module) ?? { parameters: 0, live: 0 };
    sum.parameters += size;
    sum.live += name.endsWith('.type.weight') ? size / 2 : size;
    sums.set(module, sum);
  }
  return [...sums].map(([module, sum]) => ({ module, ...sum }));
}

function describe(config: ConquerConfig): string[] {
  const own = counts(config).reduce((sum, { parameters }) => sum + parameters, 0);
  const ranking = layoutOf(config).size - own;
  return [
    `${own.toLocaleString('en')} parameters, and ${ranking.toLocaleString('en')} of the ranker ${config.ranker.preset}, which are not trained`,
  ];
}
