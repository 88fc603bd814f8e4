/** Choosing one of a few queries, on their values: what is chosen has no gradient, what it is multiplied with has. */
import { divide, greater, negate, subtract } from '../nn/elementwise.ts';
import { apply, scalar, type Tensor } from '../nn/graph.ts';
import { max, sum } from '../nn/reduce.ts';

/** 1 at the lowest cost of each row, else 0; equal lowest ones share the 1. [B, Q] -> [B, Q] */
export function lowest(cost: Tensor): Tensor {
  const best = negate(max(negate(cost), [1])); // [B, 1]
  const hit = subtract(scalar(cost.graph, 1), greater(cost, best));
  return withoutGradient(divide(hit, sum(hit, [1])));
}

function withoutGradient(x: Tensor): Tensor {
  return apply('Identity', [x], x.shape, { gradient: () => [undefined] });
}
