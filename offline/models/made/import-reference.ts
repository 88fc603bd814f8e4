/**
 * Read weights of the reference implementation: its state dict as safetensors.
 *
 * The network they are put into is the preset `reference` with the sizes of those weights (reference-config.ts); the names are translated by
 * made/reference-names.ts. Buffers (position tables, class weights) are made anew, and the two contrastive layers, whose loss is
 * always zero with one query, are left out.
 */

import type { NamedTensor } from '../../formats/safetensors.ts';
import { elements } from '../../nn/graph.ts';
import { type Layout, view } from '../../nn/parameters.ts';
import type { MadeConfig } from './config.ts';
import { layoutOf } from './network.ts';
import { configOf, type ReferenceConfig } from './reference-config.ts';
import { referenceName } from './reference-names.ts';

/** A network with published weights. */
export interface Imported {
  config: MadeConfig;
  layout: Layout;
  /** [P] */
  theta: Float32Array;
  /** What the file holds and this network has no place for. */
  leftOut: string[];
  /** Of the reference's keys, those that neither the weights nor the config say, at the published values. */
  assumed: Partial<ReferenceConfig>;
}

const LEFT_OUT = /(^|\.)pe$|^criterion\.|^contrastive_align_projection_/;

/**
 * @param given the state dict, tensors by their names there; @param said as much of the reference's config as there is
 * @throws Error naming the tensor or the key that is missing, unknown or of another shape
 */
export function importReference(
  given: ReadonlyMap<string, NamedTensor>,
  said: Partial<ReferenceConfig> = {},
): Imported {
  const tensors = withoutPrefix(given);
  const { config, assumed } = configOf(tensors, said);
  const layout = layoutOf(config);
  const theta = new Float32Array(layout.size);
  const used = new Set<string>();
  for (const { name, shape } of layout.parameters) {
    const theirs = referenceName(name);
    const found = tensors.get(theirs);
    if (!found)
      throw new Error(`weights: expected a tensor "${theirs}" (our ${name}), found none. Give the whole state dict.`);
    if (found.data.length !== elements(shape) || (elements(shape) > 1 && found.shape.join() !== shape.join()))
      throw new Error(
        `weights: expected "${theirs}" of shape [${shape.join(', ')}], got [${found.shape.join(', ')}]. Give the state dict of one network.`,
      );
    view(layout, theta, name).set(found.data);
    used.add(theirs);
  }
  const leftOut = [...tensors.keys()].filter((name) => !used.has(name));
  const unknown = leftOut.filter((name) => !LEFT_OUT.test(name));
  if (unknown.length)
    throw new Error(
      `weights: expected the reference's tensors only, got "${unknown[0]}"${unknown.length > 1 ? ` and ${unknown.length - 1} more` : ''}. This network has one enhancement block for video and one for music, and no other parts than the paper's.`,
    );
  return { config, layout, theta, leftOut, assumed };
}

/** A network that was trained on several devices has all its tensors under "module.". */
function withoutPrefix(tensors: ReadonlyMap<string, NamedTensor>): ReadonlyMap<string, NamedTensor> {
  const names = [...tensors.keys()];
  if (!names.length || !names.every((name) => name.startsWith(PREFIX))) return tensors;
  return new Map([...tensors].map(([name, tensor]) => [name.slice(PREFIX.length), tensor]));
}

const PREFIX = 'module.';
