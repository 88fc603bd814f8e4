/** InfoNCE (Oord et al., 2018) of a batch of aligned pairs, both ways as in CLIP (Radford et al., 2021). */

import { reshape, sum } from '../nn/broadcast.ts';
import { add, multiply, scale } from '../nn/elementwise.ts';
import { constant, fixed, type Graph, type Tensor } from '../nn/graph.ts';
import { transpose } from '../nn/layout.ts';
import { logSoftmax } from '../nn/normalise.ts';

/**
 * The mean of the row and the column cross-entropy against the diagonal.
 * @param logits every video against every track, scaled [B, B]; B is a number
 * @returns a scalar
 * @throws Error when B is only a name
 */
export function infoNce(logits: Tensor): Tensor {
  const batch = fixed(logits.shape[0]);
  const identity = identityMatrix(logits.graph, batch);
  const diagonal = (logProbabilities: Tensor) => sum(multiply(logProbabilities, identity), [0, 1]);
  const both = add(diagonal(logSoftmax(logits)), diagonal(logSoftmax(transpose(logits, [1, 0]))));
  return reshape(scale(both, -0.5 / batch), []);
}

/** A constant [n, n]: 1 on the diagonal, else 0. Stored once in a graph. */
export function identityMatrix(graph: Graph, n: number): Tensor {
  const values = Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  return constant(graph, values, [n, n], `identity_${n}`);
}
