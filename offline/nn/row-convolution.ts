/**
 * Convolution over the rows of a sequence with zeros beyond its ends: PyTorch's Conv1d with padding, as one matrix product. Sequences may be
 * padded or packed.
 *
 * `convolveRows` is three wide; a weight's row holds what the row before, the row itself and the row after count, in this order.
 * `convolveToFew` is as wide as it is told, for few outputs.
 */

import { reshape } from './broadcast.ts';
import { add, multiply } from './elementwise.ts';
import { fixed, type Tensor } from './graph.ts';
import { type Builder, linear } from './layers.ts';
import { concat, shift, split, transposeLast } from './layout.ts';
import { matmul } from './linear.ts';
import type { Initial } from './parameters.ts';
import { pack, type Sequence, unpack } from './sequence.ts';

// B sequences · L places of the longest · d width

/** By the parameters `name.weight` [outputs, 3d] and `name.bias` [outputs]. -> rows */
export function convolveRows(b: Builder, name: string, { rows, packing }: Sequence, outputs: number): Tensor {
  const { mask } = packing;
  const real = multiply(unpack(rows, packing), reshape(mask, [...mask.shape, 1])); // [B, L, d]
  const around = concat([shift(real, 1, 1), real, shift(real, 1, -1)], 2); // [B, L, 3d]
  return linear(b, name, pack(around, packing), outputs);
}

/** How a convolution to few outputs is made. */
export interface FewOptions {
  /** Rows that are read to each side. */
  reach: number;
  initial: Initial;
}

/**
 * Without a bias, by the parameter `name.weight` [(2 · reach + 1) · outputs, d], the outputs for the row farthest before first. Every row is projected
 * for all of its neighbours, and what they have of it is added up: where outputs are fewer than values that needs less memory than
 * neighbours side by side. -> [B, L, outputs], anything where there is no row
 */
export function convolveToFew(
  b: Builder,
  name: string,
  { rows, packing }: Sequence,
  outputs: number,
  { reach, initial }: FewOptions,
): Tensor {
  const width = 2 * reach + 1;
  const weight = b.parameters.get(`${name}.weight`, [width * outputs, fixed(rows.shape.at(-1)!)], initial);
  const { mask } = packing;
  const projected = unpack(matmul(rows, transposeLast(weight)), packing);
  const real = multiply(projected, reshape(mask, [...mask.shape, 1])); // [B, L, width · outputs]
  const parts = split(real, 2, width).map((part, i) => shift(part, 1, reach - i));
  return parts.reduce((total, part) => add(total, part));
}
