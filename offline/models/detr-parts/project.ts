/**
 * Raw tokens of one kind brought to the network's width by two linear layers, each behind a layer norm and dropout, ReLU between them: the
 * input projection of Moment-DETR (Lei et al., NeurIPS 2021), which its successors keep.
 */
import { relu } from '../../nn/elementwise.ts';
import { type Builder, layerNorm, linear } from '../../nn/layers.ts';
import { type Sequence, zeroPadding } from '../../nn/sequence.ts';
import type { DetrConfig } from './config.ts';

/** By the parameters `name.norm1`, `name.in`, `name.norm2`, `name.out`. [., L, d_v or d_a] -> [., L, D] */
export function project(b: Builder, name: string, raw: Sequence, { width, dropout }: DetrConfig): Sequence {
  const drop = (part: string, rows: Sequence['rows']) => b.dropout.apply(rows, dropout.input, `${name}.${part}`);
  const inner = linear(b, `${name}.in`, drop('raw', layerNorm(b, `${name}.norm1`, zeroPadding(raw))), width);
  const rows = linear(b, `${name}.out`, drop('hidden', layerNorm(b, `${name}.norm2`, relu(inner))), width);
  return { rows, packing: raw.packing };
}
