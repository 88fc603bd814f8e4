/** Which of a few values is the lowest, as a mask. The choice has no gradient; what it is multiplied with has. */

import { sum } from './broadcast.ts';
import { divide, greater, negate, subtract } from './elementwise.ts';
import { apply, scalar, type Tensor } from './graph.ts';
import { max } from './reduce.ts';

/** 1 at the lowest cost of each row, else 0; equal lowest ones share the 1. [B, Q] -> [B, Q], without a gradient */
export function argminMask(cost: Tensor): Tensor {
  const best = negate(max(negate(cost), [1])); // [B, 1]
  const hit = subtract(scalar(cost.graph, 1), greater(cost, best));
  return withoutGradient(divide(hit, sum(hit, [1])));
}

/** The same values, for which differentiation stops here. */
export function withoutGradient(x: Tensor): Tensor {
  return apply('Identity', [x], x.shape, { gradient: () => [undefined] });
}
