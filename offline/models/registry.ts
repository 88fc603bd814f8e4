/** Every family of networks by its name; a network is added by a line here. */
import { conquerFamily } from './conquer/family.ts';
import { denseStartFamily } from './dense-start/family.ts';
import { eatrFamily } from './eatr/family.ts';
import type { BaseConfig, ModelFamily } from './family.ts';
import { made } from './made/family.ts';
import { momentDetrFamily } from './moment-detr/moment-detr.ts';
import { mvptFamily } from './mvpt/family.ts';
import { qdDetrFamily } from './qd-detr/qd-detr.ts';
import { trDetrFamily } from './tr-detr/family.ts';
import { uvcomFamily } from './uvcom/uvcom.ts';

/** Ours, then in the order of the paper's Table 4. */
const FAMILIES: readonly ModelFamily[] = [
  made,
  denseStartFamily,
  momentDetrFamily,
  qdDetrFamily,
  trDetrFamily,
  eatrFamily,
  uvcomFamily,
  mvptFamily,
  conquerFamily,
];
const families = new Map(FAMILIES.map((family) => [family.name, family]));

/**
 * Add a family that is not part of the program, as a test does.
 * @returns a function that takes it away again
 * @throws Error when the name is taken
 */
export function registerFamily(family: ModelFamily): () => void {
  if (families.has(family.name)) throw new Error(`models: expected a new name, got "${family.name}" twice.`);
  families.set(family.name, family);
  return () => void families.delete(family.name);
}

/** The family of a config. Configs of older checkpoints name none: they are MaDe's. @throws Error naming the families there are */
export function familyOf({ model = made.name }: Pick<Partial<BaseConfig>, 'model'>): ModelFamily {
  const family = families.get(model);
  if (family) return family;
  throw new Error(
    `config: expected a model of ${[...families.keys()].join(', ')}, got "${model}". Use the version of Cuepoint that wrote it.`,
  );
}

/** Every family, in the order of the registry. */
export const allFamilies = (): readonly ModelFamily[] => [...families.values()];

/** Every preset of every family, by the name that --preset takes. */
export function presets(): Readonly<Record<string, BaseConfig>> {
  return Object.assign({}, ...[...families.values()].map((family) => family.presets));
}
