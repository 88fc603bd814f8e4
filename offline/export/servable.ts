/** Whether the Worker can run a checkpoint's network: asked before anything is exported, built or measured for it. */

import type { Checkpoint } from '../models/checkpoint.ts';
import type { BaseConfig, EnhancedGrounder, Serving } from '../models/family.ts';
import { allFamilies, familyOf } from '../models/registry.ts';

/**
 * How the Worker runs the network of a config.
 * @throws Error when it is of a family that the Worker has no graphs for
 */
export function servingOf(config: BaseConfig): Serving {
  const { serving, title } = familyOf(config);
  if (serving) return serving;
  const served = allFamilies().filter((family) => family.serving);
  throw new Error(
    `index: expected a checkpoint of a network that the Worker can run, got one of ${title}, which is for training and evaluation only. Train a preset of ${served.map((family) => family.title).join(' or ')}.`,
  );
}

/** The exact model of what the Worker serves. @throws Error as servingOf */
export function openServable(
  { config, layout, theta }: Pick<Checkpoint, 'config' | 'layout' | 'theta'>,
  threads: number,
  { fixed = false } = {},
): Promise<EnhancedGrounder> {
  return servingOf(config).open(config, layout, theta, { threads, fixed });
}
