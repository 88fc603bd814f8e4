/** A compared system of the DETR family as the rest of the program knows it, from no more than its network. */
import { noDropout } from '../../nn/dropout.ts';
import { elements } from '../../nn/graph.ts';
import type { Builder } from '../../nn/layers.ts';
import { type Layout, recordLayout } from '../../nn/parameters.ts';
import type { Guide, LossParts, ModelFamily, ModuleCount } from '../family.ts';
import { openPairGrounder, type RawPair } from '../pair-grounder.ts';
import { type PairTensors, pairInputs } from '../pair-inputs.ts';
import type { DetrConfig } from './config.ts';
import { type DetrAnswers, detrLosses } from './losses.ts';

/** What a system says of itself. */
export interface DetrSystem<C extends DetrConfig, A extends DetrAnswers = DetrAnswers>
  extends Pick<ModelFamily<C>, 'name' | 'title' | 'presets' | 'paper' | 'upgrade'> {
  /** Aligned pairs to detections. */
  network(b: Builder, config: C, pairs: RawPair): A;
  /** @throws Error naming the key whose value is out of range or does not go with another */
  check(config: C): void;
  /** What it is trained for, where that is not detrLosses alone; `negatives` are there where a config's losses are over a batch. */
  losses?(b: Builder, config: C, answers: A, pairs: PairTensors): LossParts;
  /** Targets that the host chooses, where a loss of the config has such. */
  guide?(config: C): Guide<C> | undefined;
  /** Whether some loss of the config compares the pairs of a batch. */
  overBatch?(config: C): boolean;
  /** What the paper counts beside the live parameters, by the name of the module. */
  counted?(config: C): Readonly<Record<string, number>>;
}

/** A family that answers with moments, trained by losses that are sums over pairs. */
export function detrFamily<C extends DetrConfig, A extends DetrAnswers>(system: DetrSystem<C, A>): ModelFamily<C> {
  const { name, title, presets, paper, upgrade, network, check, counted } = system;
  const { losses: lossesOf = detrLosses, overBatch = () => false, guide = () => undefined } = system;
  const losses = (b: Builder, config: C, pairs: PairTensors): LossParts => {
    return lossesOf(b, config, network(b, config, pairs), pairs);
  };
  const layout = (config: C): Layout => {
    check(config);
    return recordLayout((graph, parameters) => {
      const pairs = { ...pairInputs(graph, config), guided: guide(config)?.inputs(graph, config) };
      losses({ graph, parameters, dropout: noDropout }, config, pairs);
    });
  };
  const span = (b: Builder, config: C, pairs: RawPair) => network(b, config, pairs).detections.at(-1)!.span;
  const counts = (config: C) => countsOf(layout(config), config, counted?.(config));
  return {
    name,
    title,
    answers: { track: false, moment: true },
    presets,
    paper,
    upgrade,
    layout,
    counts,
    describe: (config) => lines(counts(config)),
    training: {
      over: 'config',
      chosen: (config) => ({ over: overBatch(config) ? 'batch' : 'pairs', losses, guide: guide(config) }),
    },
    open: (config, layout, theta, runtime) => openPairGrounder(span, config, layout, theta, runtime),
  };
}

/** Of the align projections of the paper's count: two, to 64 values each. */
const alignProjections = ({ width }: DetrConfig): number => 2 * (width + 1) * 64;

/** Modules by the first part of their parameters' names; those that the paper counts besides have no live ones. */
function countsOf(layout: Layout, config: DetrConfig, counted: Readonly<Record<string, number>> = {}): ModuleCount[] {
  const live = new Map<string, number>();
  for (const { name, shape } of layout.parameters) {
    const module = name.slice(0, name.search(/[.]|$/));
    live.set(module, (live.get(module) ?? 0) + elements(shape));
  }
  const dead = { ...(live.has('align') ? {} : { align: alignProjections(config) }), ...counted };
  return [
    ...Array.from(live, ([module, count]) => ({ module, parameters: count, live: count })),
    ...Object.entries(dead)
      .filter(([, count]) => count)
      .map(([module, count]) => ({ module, parameters: count, live: 0 })),
  ];
}

function lines(counts: readonly ModuleCount[]): string[] {
  const sum = (of: (count: ModuleCount) => number) => counts.reduce((total, count) => total + of(count), 0);
  const total = { module: 'total', parameters: sum((c) => c.parameters), live: sum((c) => c.live) };
  const line = (module: string, live: string, parameters: string) =>
    `${module.padEnd(18)} ${live.padStart(10)} ${parameters.padStart(14)}`;
  return [
    line('module', 'parameters', 'as published'),
    ...[...counts, total].map(({ module, live, parameters }) =>
      line(module, live.toLocaleString('en'), parameters.toLocaleString('en')),
    ),
  ];
}
