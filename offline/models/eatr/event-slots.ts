/**
 * Slots that share out a track's segments among them: the event reasoning of EaTR (Jang et al., ICCV 2023), after slot attention (Locatello et al., NeurIPS 2020).
 *
 * A segment's shares in all slots sum to 1, so slots compete for it. What stands behind a track's end has no share; in the official code it
 * has the same in all.
 */
import { reshape, sum } from '../../nn/broadcast.ts';
import { add, divide, multiply, scale } from '../../nn/elementwise.ts';
import { scalar, type Tensor } from '../../nn/graph.ts';
import { type Builder, layerNorm, linear } from '../../nn/layers.ts';
import { transposeLast } from '../../nn/layout.ts';
import { matmul } from '../../nn/linear.ts';
import { softmax } from '../../nn/normalise.ts';
import { forEachSequence, type Sequence, unpack } from '../../nn/sequence.ts';
import { perceptron } from '../detr-parts/perceptron.ts';

// B pairs · S segments · Q slots · D width

/** @param segments with their positions; @param steps how often they are shared out. -> [B, Q, D] */
export function eventSlots(b: Builder, { rows, packing }: Sequence, slots: number, steps: number): Tensor {
  const d = Number(rows.shape.at(-1));
  const inputs = layerNorm(b, 'slots.normInputs', rows);
  const keys = unpack(linear(b, 'slots.key', inputs, d), packing); // [B, S, D]
  const values = unpack(linear(b, 'slots.value', inputs, d), packing);
  const [batch, length] = packing.mask.shape;
  const mask = reshape(packing.mask, [batch, length, 1]);
  let x = forEachSequence(b.parameters.get('slots.start', [slots, d], { kind: 'normal' }), packing); // [B, Q, D]
  for (let i = 0; i < steps; i++) {
    const query = linear(b, 'slots.query', layerNorm(b, 'slots.normQuery', x), d);
    const shares = multiply(softmax(scale(matmul(keys, transposeLast(query)), 1 / Math.sqrt(d))), mask); // [B, S, Q]
    const weights = divide(shares, add(sum(shares, [1]), scalar(b.graph, 1e-8)));
    x = add(x, matmul(transposeLast(weights), values));
    x = add(x, perceptron(b, 'slots.ffn', layerNorm(b, 'slots.normFfn', x), [d, d]));
  }
  return layerNorm(b, 'slots.norm', x);
}
