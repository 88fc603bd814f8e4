/**
 * Convolution over the rows of a sequence, three wide, with zeros beyond its ends: PyTorch's Conv1d with padding 1, as one matrix product.
 *
 * A weight's row holds what the row before, the row itself and the row after count, in this order. Sequences may be padded or packed.
 */

import { reshape } from './broadcast.ts';
import { multiply } from './elementwise.ts';
import type { Tensor } from './graph.ts';
import { type Builder, linear } from './layers.ts';
import { concat, shift } from './layout.ts';
import { pack, type Sequence, unpack } from './sequence.ts';

// B sequences · L places of the longest · d width

/** By the parameters `name.weight` [outputs, 3d] and `name.bias` [outputs]. -> rows */
export function convolveRows(b: Builder, name: string, { rows, packing }: Sequence, outputs: number): Tensor {
  const { mask } = packing;
  const real = multiply(unpack(rows, packing), reshape(mask, [...mask.shape, 1])); // [B, L, d]
  const around = concat([shift(real, 1, 1), real, shift(real, 1, -1)], 2); // [B, L, 3d]
  return linear(b, name, pack(around, packing), outputs);
}
