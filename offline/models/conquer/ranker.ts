/** The network within CONQUER that ranks the tracks first: MVPt, its parameters under `ranker.`. They are in a checkpoint, and are not trained. */
import { type Layout, type ParameterSource, view } from '../../nn/parameters.ts';
import type { BaseConfig, Grounder, Ranked, Runtime } from '../family.ts';
import type { MvptConfig } from '../mvpt/config.ts';
import { layoutOf as mvptLayout } from '../mvpt/family.ts';
import { openMvpt } from '../mvpt/grounder.ts';
import type { ConquerConfig } from './config.ts';

const PREFIX = 'ranker.';

/** As the rest of the program reaches it. */
export const ranked: Ranked<ConquerConfig> = {
  prefix: PREFIX,
  by(config, ranker: BaseConfig) {
    if (ranker.model !== config.ranker.model)
      throw new Error(
        `--candidates: expected a checkpoint of MVPt or MVPt+, got one of the preset ${ranker.preset}. Train --preset mvpt-plus on the same data.`,
      );
    return { ...config, ranker: ranker as MvptConfig };
  },
  open: openRanker,
};

/** Ask for its parameters, so that they are part of a layout. */
export function recordRanker({ ranker }: ConquerConfig, parameters: ParameterSource): void {
  for (const { name, shape, initial } of mvptLayout(ranker).parameters)
    parameters.get(`${PREFIX}${name}`, shape, initial);
}

/** @param theta of the whole network [P] */
export function openRanker(
  { ranker }: ConquerConfig,
  layout: Layout,
  theta: Float32Array,
  runtime: Runtime,
): Promise<Grounder> {
  const own = mvptLayout(ranker);
  const values = new Float32Array(own.size);
  for (const { name } of own.parameters) view(own, values, name).set(view(layout, theta, `${PREFIX}${name}`));
  return openMvpt(ranker, own, values, runtime) as Promise<Grounder>;
}
