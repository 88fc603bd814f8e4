/**
 * Dropout whose mask is the same on every device.
 *
 * A mask is not drawn value by value: the host draws three small integers per row and column of the tensor and the graph mixes
 * them, u[i, j] = (r_i · c_j + d_j + e_i) mod 2039, a pairwise-independent hash. All numbers stay below 2^23, where
 * float32 is exact, so that a CPU and a GPU keep the same values, and a step needs thousands of random numbers, not
 * millions. The value is kept where u ≥ rate · 2039.
 */

import type { Random } from '../random.ts';
import { add, floor, greater, multiply, scale, subtract } from './elementwise.ts';
import { elements, type Graph, input, scalar, type Tensor } from './graph.ts';
import { reshape, slice } from './layout.ts';

/** Prime; its square fits the 24 bits of a float32's mantissa with room for the floor below to be exact. */
const MODULUS = 2039;
export const DROPOUT_INPUT = 'dropout_noise';

export interface Dropout {
  /** x with a share `rate` of its values zeroed and the rest scaled up. */
  apply(x: Tensor, rate: number): Tensor;
  /** How many integers the graph wants as input; 0 when nothing is dropped. */
  noiseSize(): number;
}

export const noDropout: Dropout = { apply: (x) => x, noiseSize: () => 0 };

/** @param capacity how many integers the input holds: build once with a large number, then with `noiseSize()`. */
export function createDropout(graph: Graph, capacity: number): Dropout {
  const noise = input(graph, DROPOUT_INPUT, [capacity]);
  let used = 0;
  const take = (count: number) => {
    used += count;
    return slice(noise, 0, used - count, count);
  };
  return {
    apply(x, rate) {
      if (rate === 0) return x;
      const columns = x.shape.at(-1) as number;
      const rows = elements(x.shape) / columns;
      const column = () => reshape(take(columns), [1, columns]);
      const row = () => reshape(take(rows), [rows, 1]);
      const mixed = add(add(multiply(row(), column()), column()), row());
      const quotient = floor(scale(add(mixed, scalar(graph, 0.5)), 1 / MODULUS)); // + 0.5: never a rounding away from a multiple
      const u = subtract(mixed, scale(quotient, MODULUS));
      const keep = reshape(greater(u, scalar(graph, rate * MODULUS - 0.5)), x.shape);
      return multiply(x, scale(keep, 1 / (1 - rate)));
    },
    noiseSize: () => used,
  };
}

/** Integers in [1, 2038], as floats. */
export function fillNoise(out: Float32Array, random: Random): void {
  for (let i = 0; i < out.length; i++) out[i] = 1 + random.integer(MODULUS - 1);
}
