/**
 * What each experiment compares: the rows of its table. A row is a config, trained once a seed on the same data for as long as the
 * others, and tested once.
 */

import type { BaseConfig } from '../models/family.ts';
import { ABLATIONS, DEPTHS } from '../models/made/ablations.ts';
import { presets } from '../models/registry.ts';

export const EXPERIMENTS = ['presets', 'ablations', 'depths', 'sizes', 'splits'] as const;
export type Experiment = (typeof EXPERIMENTS)[number];

export interface PlannedRow {
  /** Unique in the table; letters, digits, hyphens: it names a folder. */
  name: string;
  /** What the row is about, in words. */
  note: string;
  config: BaseConfig;
  /** The folder of tokens and annotations. */
  data: string;
  /** Share of the training rows that are used: nested, so a larger share holds the smaller ones. */
  share: number;
}

/** The paper's Table 6, its Table 7, its Fig. 5, its Table 5; and the presets against each other. */
export const TITLES: Readonly<Record<Experiment, string>> = {
  presets: 'Presets',
  ablations: "Ablations (the paper's Table 6)",
  depths: "Layers of the decoder (the paper's Table 7)",
  sizes: "Training clips (the paper's Fig. 5)",
  splits: "Splits (the paper's Table 5)",
};

/** The row that the others are compared with, where there is one. */
export const COMPARED_WITH: Readonly<Partial<Record<Experiment, string>>> = {
  presets: 'cuepoint-alone',
  ablations: 'ablation-0',
  depths: 'depth-6',
};

/** What of the preset `cuepoint` reads or needs the uses of training clips. */
const TOLD_OF_NO_USES = { cuePrior: 0, spliceShare: 0 };

const SHARES = [0.1, 0.25, 0.5, 0.75, 1];

export interface PlanOptions {
  /** Folders of tokens and annotations: one, or for `splits` one a split. */
  data: readonly string[];
  /** What `sizes` and `splits` train. */
  preset: BaseConfig;
  /** Applied to every row's config: token widths, --set. */
  adapt: (config: BaseConfig) => BaseConfig;
}

export function planned(experiment: Experiment, { data, preset, adapt }: PlanOptions): PlannedRow[] {
  const [first] = data;
  const known = presets();
  const row = (name: string, note: string, config: BaseConfig, over: Partial<PlannedRow> = {}): PlannedRow => ({
    name,
    note,
    config: adapt(config),
    data: first,
    share: 1,
    ...over,
  });
  switch (experiment) {
    case 'presets':
      return [
        row('paper', 'preset', known.paper),
        row('reference', 'preset', known.reference),
        row('cuepoint-alone', 'preset cuepoint, told of no uses', { ...known.cuepoint, ...TOLD_OF_NO_USES }),
        row('cuepoint', 'preset', known.cuepoint),
      ];
    case 'ablations':
      return ABLATIONS.map(({ note }, i) => row(`ablation-${i}`, note, known[`ablation-${i}`]));
    case 'depths':
      return DEPTHS.map((n) => row(`depth-${n}`, `${n} of ${DEPTHS.length} layers`, known[`depth-${n}`]));
    case 'sizes':
      return SHARES.map((share) => {
        const percent = Math.round(100 * share);
        return row(`share-${percent}`, `${percent} % of the training rows`, preset, { share });
      });
    case 'splits':
      return data.map((folder, i) =>
        row(`split-${i + 1}`, `${preset.preset}, split ${i + 1}`, preset, { data: folder }),
      );
  }
}
