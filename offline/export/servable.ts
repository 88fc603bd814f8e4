/** Whether the Worker can run a checkpoint's network: asked before anything is exported, built or measured for it. */

import type { Checkpoint } from '../models/checkpoint.ts';
import type { BaseConfig } from '../models/family.ts';
import type { MadeConfig } from '../models/made/config.ts';
import { type MadeGrounder, openMade } from '../models/made/grounder.ts';
import { familyOf } from '../models/registry.ts';

/**
 * The config of a network that the Worker runs.
 * @throws Error when it is of a family that the Worker has no graphs for
 */
export function servableConfig(config: BaseConfig): MadeConfig {
  const { servable, title } = familyOf(config);
  if (servable) return config as MadeConfig; // the one family that is (export/graphs.ts)
  throw new Error(
    `index: expected a checkpoint of a network that the Worker can run, got one of ${title}, which is for training and evaluation only. Train a preset of MaDe.`,
  );
}

/** The exact model of what the Worker serves. @throws Error as servableConfig */
export function openServable(
  { config, layout, theta }: Pick<Checkpoint, 'config' | 'layout' | 'theta'>,
  threads: number,
  { fixed = false } = {},
): Promise<MadeGrounder> {
  return openMade(servableConfig(config), layout, theta, { threads, fixed });
}
