/**
 * Dropout whose mask is the same on every device and in every arrangement of the batch.
 *
 * Masks are not drawn value by value. Each step the host draws a pool of uniform rows, and for every row of a tensor the
 * number of one pool row; the graph compares the pool with the rate once and gathers. That is one pass over a tensor instead of
 * a dozen, and since a row's number is a hash of what the row is (its pair, its place), not of where it stands, a
 * micro-batch drops what the whole batch would. Two rows share a mask with a chance of 1 in POOL_ROWS.
 */

import type { Random } from '../lib/random.ts';
import { greater, multiply, scale } from './elementwise.ts';
import { type Graph, input, type Shape, scalar, type Tensor } from './graph.ts';
import { columnsLike } from './layout.ts';
import { gather } from './rows.ts';

/** The input [POOL_ROWS, columns] of uniform values in [0, 1). */
export const POOL_INPUT = 'dropout_pool';
/** Rows of the pool. */
export const POOL_ROWS = 512;
const ROWS_PREFIX = 'dropout_rows.';

/** One use of dropout: the numbers it wants from the host. */
export interface DropoutSite {
  /** Where in the network, the same in every graph that has it. */
  name: string;
  /** The rows of the tensor: its shape but for the last axis. */
  shape: Shape;
}

/** How a graph drops values. */
export interface Dropout {
  /** x with a share `rate` of its values zeroed and the rest scaled up. */
  apply(x: Tensor, rate: number, name: string): Tensor;
  sites: DropoutSite[];
}

/** Drops nothing: evaluation and export. */
export const noDropout: Dropout = { apply: (x) => x, sites: [] };

/** Dropout for training; its rates lie in [0, 1). @param columns the longest last axis of any tensor that it is applied to */
export function createDropout(graph: Graph, columns: number): Dropout {
  const sites: DropoutSite[] = [];
  const keeps = new Map<number, Tensor>();
  let pool: Tensor | undefined;
  const keepPool = (rate: number): Tensor => {
    pool ??= input(graph, POOL_INPUT, [POOL_ROWS, columns]);
    const keep = keeps.get(rate) ?? scale(greater(pool, scalar(graph, rate)), 1 / (1 - rate));
    keeps.set(rate, keep);
    return keep;
  };
  return {
    sites,
    apply(x, rate, name) {
      if (rate === 0) return x;
      const shape = x.shape.slice(0, -1);
      sites.push({ name, shape });
      const rows = input(graph, dropoutInput(name), shape, 'int32');
      return multiply(x, gather(columnsLike(keepPool(rate), x), rows));
    },
  };
}

/** The name of the input with the pool rows of a site. */
export function dropoutInput(name: string): string {
  return `${ROWS_PREFIX}${name}`;
}

/** Uniform values in [0, 1), in place. @param pool [POOL_ROWS, columns] */
export function fillPool(pool: Float32Array, random: Random): void {
  for (let i = 0; i < pool.length; i++) pool[i] = random.uniform();
}

/**
 * Which pool row a row takes: 0 to POOL_ROWS - 1.
 * @param seed of the step; @param row what the row is, as a whole number from 0
 */
export function poolRow(seed: number, row: number): number {
  const above = Math.floor(row / 2 ** 32); // of most rows nothing, and then nothing changes
  return mixed((seed ^ Math.imul(row, 0x9e3779b1) ^ mixed(above)) >>> 0) % POOL_ROWS;
}

/** The finaliser of MurmurHash3 (Appleby, public domain): 0 stays 0. */
function mixed(number: number): number {
  let h = number;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
