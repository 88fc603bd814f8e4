/** How many parameters a network has, part by part: those that live, and as the paper counts. */
import type { BaseConfig, ModuleCount } from './family.ts';
import { familyOf } from './registry.ts';

export interface Counts {
  modules: readonly ModuleCount[];
  /** As the paper counts: dead weights too. */
  parameters: number;
  live: number;
  /** Millions that the paper prints for this preset. */
  paper?: number;
}

/** @throws Error when values of the config do not go together */
export function countsOf(config: BaseConfig): Counts {
  const family = familyOf(config);
  const whole = (): ModuleCount[] => {
    const { size } = family.layout(config);
    return [{ module: 'network', parameters: size, live: size }];
  };
  const modules = family.counts?.(config) ?? whole();
  const sum = (of: (module: ModuleCount) => number) => modules.reduce((total, module) => total + of(module), 0);
  return {
    modules,
    parameters: sum(({ parameters }) => parameters),
    live: sum(({ live }) => live),
    paper: family.paper?.[config.preset],
  };
}
