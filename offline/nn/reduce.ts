/** Sums, means and maxima along axes. The reduced axes stay, with size 1. */

import { reduced, sum } from './broadcast.ts';
import { divide, greater, multiply, scale, subtract } from './elementwise.ts';
import { apply, fixed, integers, scalar, type Tensor } from './graph.ts';

/** The mean over axes of fixed size, which stay with size 1. @throws Error when the size of one is only a name */
export function mean(a: Tensor, axes: readonly number[]): Tensor {
  return scale(sum(a, axes), 1 / axes.reduce((product, axis) => product * fixed(a.shape[axis]), 1));
}

/** The largest value along the axes. Used only to keep exponentials in range, where its gradient cancels: it has none. */
export function max(a: Tensor, axes: readonly number[]): Tensor {
  return apply('ReduceMax', [a, integers(a.graph, axes)], reduced(a.shape, axes), {
    attributes: { keepdims: 1 },
    gradient: () => [undefined],
  });
}

/** The largest value along the axes, with its gradient: that of the value it is, in equal shares where several are it. */
export function maximumAlong(a: Tensor, axes: readonly number[]): Tensor {
  const y: Tensor = apply('ReduceMax', [a, integers(a.graph, axes)], reduced(a.shape, axes), {
    attributes: { keepdims: 1 },
    gradient: ([d]) => {
      const hit = subtract(scalar(a.graph, 1), greater(y, a));
      return [multiply(hit, divide(d!, sum(hit, axes)))];
    },
  });
  return y;
}
