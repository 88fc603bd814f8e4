/**
 * What each experiment compares: the rows of its table. A row is a config, trained once a seed on the same data for as long as the
 * others, and tested once; or a pair of other rows, one of which ranks tracks and the other finds the moment.
 */

import type { BaseConfig } from '../models/family.ts';
import { ABLATIONS, DEPTHS } from '../models/made/ablations.ts';
import { familyOf, presets } from '../models/registry.ts';
import { COMPOSITE, type PublishedScores, TABLE_4, TABLE_6, TABLE_7 } from './published.ts';

export const EXPERIMENTS = ['systems', 'presets', 'ablations', 'depths', 'sizes', 'splits'] as const;
export type Experiment = (typeof EXPERIMENTS)[number];

/** What a row has, trained or composed. */
interface Row {
  /** Unique in the table; letters, digits, hyphens: it names a folder. */
  name: string;
  /** What the row is about, in words. */
  note: string;
  /** What the paper has for it. */
  published?: PublishedScores;
}

export interface PlannedRow extends Row {
  config: BaseConfig;
  /** The folder of tokens and annotations. */
  data: string;
  /** Share of the training rows that are used: nested, so a larger share holds the smaller ones. */
  share: number;
  /** The row whose network of the same seed says which tracks come into question, where training needs that (CONQUER). */
  candidatesBy?: string;
}

/** Not trained: the ranking of one row with the moments of another, seed by seed. */
export interface CompositeRow extends Row {
  rank: string;
  moment: string;
}

/** The paper's Table 4, its Table 6, its Table 7, its Fig. 5, its Table 5; and the presets against each other. */
export const TITLES: Readonly<Record<Experiment, string>> = {
  systems: "Systems (the paper's Table 4)",
  presets: 'Presets',
  ablations: "Ablations (the paper's Table 6)",
  depths: "Layers of the decoder (the paper's Table 7)",
  sizes: "Training clips (the paper's Fig. 5)",
  splits: "Splits (the paper's Table 5)",
};

/** The row that the others are compared with, where there is one. */
export const COMPARED_WITH: Readonly<Partial<Record<Experiment, string>>> = {
  systems: 'reference',
  presets: 'cuepoint-alone',
  ablations: 'ablation-0',
  depths: 'depth-6',
};

/** What of the preset `cuepoint` reads or needs the uses of training clips. */
const TOLD_OF_NO_USES = { cuePrior: 0, spliceShare: 0 };

const SHARES = [0.1, 0.25, 0.5, 0.75, 1];

/** Whose ranking other systems take. */
const RANKS = 'mvpt-plus';

/** The curves of Fig. 5. */
const SIZED = ['qd-detr', 'qd-detr-plus', 'uvcom', 'uvcom-plus', 'reference'];

export interface PlanOptions {
  /** Folders of tokens and annotations: one, or for `splits` one a split. */
  data: readonly string[];
  /** What `sizes` and `splits` train; unless given the systems of Fig. 5 that the registry has, and `reference`. */
  preset?: BaseConfig;
  /** Applied to every row's config: token widths, --set. */
  adapt: (config: BaseConfig) => BaseConfig;
}

/** @throws Error naming the presets that an experiment needs and the registry has not */
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
    case 'systems':
      return there(Object.keys(TABLE_4)).map((name) => {
        const { title, ranked } = familyOf(known[name]);
        const note = name.endsWith('-plus') ? `${title}+` : title; // as the paper writes a system without its cross-attention
        const system = row(name, note, known[name], { published: TABLE_4[name].scores });
        if (!ranked) return system;
        const config = ranked.by(system.config, adapt(known[RANKS])); // in the sizes of its ranker's own row
        return { ...system, config, candidatesBy: RANKS };
      });
    case 'presets':
      return [
        row('paper', 'preset', known.paper),
        row('reference', 'preset', known.reference),
        row('cuepoint-alone', 'preset cuepoint, told of no uses', { ...known.cuepoint, ...TOLD_OF_NO_USES }),
        row('cuepoint', 'preset', known.cuepoint),
      ];
    case 'ablations':
      return ABLATIONS.map(({ note }, i) => {
        const name = `ablation-${i}`;
        return row(name, note, known[name], { published: TABLE_6[name] });
      });
    case 'depths':
      return DEPTHS.map((n) => {
        const name = `depth-${n}`;
        return row(name, `${n} of ${DEPTHS.length} layers`, known[name], { published: TABLE_7[name] });
      });
    case 'sizes':
      return (preset ? [preset] : there(SIZED).map((name) => known[name])).flatMap((config) =>
        SHARES.map((share) => {
          const percent = Math.round(100 * share);
          const name = preset ? `share-${percent}` : `${config.preset}-share-${percent}`;
          const published = share === 1 ? TABLE_4[config.preset]?.scores : undefined;
          return row(name, `${percent} % of the training rows`, config, { share, ...(published && { published }) });
        }),
      );
    case 'splits': {
      const config = preset ?? known.reference;
      return data.map((folder, i) =>
        row(`split-${i + 1}`, `${config.preset}, split ${i + 1}`, config, { data: folder }),
      );
    }
  }
}

/** The rows that are made of others; none where those are not there. */
export function composites(experiment: Experiment, rows: readonly PlannedRow[]): CompositeRow[] {
  const [rank, moment] = [RANKS, 'uvcom-plus'];
  const has = (name: string) => rows.some((row) => row.name === name);
  if (experiment !== 'systems' || !has(rank) || !has(moment)) return [];
  return [{ name: COMPOSITE, note: 'MVPt+ / UVCOM+', published: TABLE_4[COMPOSITE].scores, rank, moment }];
}

/** The systems that an experiment names and the registry does not have, composed ones too. */
export function missing(experiment: Experiment): string[] {
  const known = presets();
  const named = experiment === 'systems' ? Object.keys(TABLE_4) : experiment === 'sizes' ? SIZED : [];
  return named.filter((name) => name.split('+').some((part) => !known[part]));
}

/** Of some names those that are presets, in their order. */
function there(names: readonly string[]): string[] {
  const known = presets();
  return names.filter((name) => known[name]);
}
