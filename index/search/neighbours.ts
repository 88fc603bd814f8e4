/**
 * Vectors under labels, and the nearest of them to a query: what the two kinds of vectors file have in common.
 *
 * hnsw.ts (float32, hnswlib's own file) and hnsw-int8.ts (the compact one) say where their vectors lie; here stand delete
 * marks, filters, labels and the order of answers. When to walk and when to scan is decided in retrieval.ts.
 */

import { exactScan } from './exact-scan.ts';
import type { Found, Walk } from './hnsw-walk.ts';

/** What search and scan answer with, nearest first. */
export interface Neighbour {
  /** What the vector was added under: in a bundle, the track's place in the catalogue. */
  label: number;
  /** 1 - inner product. */
  distance: number;
}
/** Which labels may be found. Asked of every vector that a search looks at, so it should be a look-up. */
export type Accept = (label: number) => boolean;

/** An opened vectors file of either kind. Queries and vectors are float32 [dim]; where both have length 1, distance = 1 - cosine. */
export interface NeighbourIndex {
  /** Vectors in the file, the ones marked deleted included. */
  count: number;
  /** Those not marked deleted. */
  live: number;
  /** Values per vector. */
  dim: number;
  /**
   * The `k` nearest vectors that are not marked deleted, nearest first, equal distances by label.
   * `ef` is how many candidates the walk keeps (at least k): more finds more of the true neighbours and costs more time.
   * With `accept`, only labels it says yes to: the walk then goes on until it has `ef` of them, which is long when they are
   * few, and may still miss some.
   * @throws Error when the query has the wrong length, or k or ef is not a whole number of at least 1.
   */
  search(query: Float32Array, k: number, ef: number, accept?: Accept): Neighbour[];
  /** The `k` nearest of those by comparing all of them: none is missed. @throws as search does. */
  scan(query: Float32Array, k: number, accept?: Accept): Neighbour[];
  /** Whether there is a vector under the label, marked deleted or not. */
  has(label: number): boolean;
  /** [dim], to be read only; also of a vector marked deleted. @throws RangeError when there is no such label. */
  vectorOf(label: number): Float32Array;
}

/** Where a file keeps what; ids are 0 … count-1, in the file's order. */
export interface VectorSource {
  count: number;
  dim: number;
  /** How many are marked deleted. */
  deleted: number;
  isDeleted(id: number): boolean;
  labelOf(id: number): number;
  /** Distances (1 - inner product) from one query [dim] to any id. */
  distanceTo(query: Float32Array): (id: number) => number;
  /** [dim] */
  vectorAt(id: number): Float32Array;
  walk: Walk;
}

/** Adds labels, delete marks, filters and one order of answers to a file's vectors. Where labels are not places, a map of them is kept. */
export function createNeighbourIndex(source: VectorSource): NeighbourIndex {
  const { count, dim, deleted, isDeleted, labelOf } = source;
  let idOfLabel: Map<number, number> | undefined; // in a bundle the two are equal, and it is never made

  /** What may be found: undefined where that is everything, which lets a walk stop earlier. */
  function allowing(accept?: Accept): ((id: number) => boolean) | undefined {
    if (accept && deleted > 0) return (id) => !isDeleted(id) && accept(labelOf(id));
    if (accept) return (id) => accept(labelOf(id));
    return deleted > 0 ? (id) => !isDeleted(id) : undefined;
  }

  function nearestFirst(found: readonly Found[], k: number): Neighbour[] {
    return found
      .map(({ id, distance }) => ({ label: labelOf(id), distance }))
      .sort((one, other) => one.distance - other.distance || one.label - other.label)
      .slice(0, k);
  }

  function findId(label: number): number | undefined {
    if (Number.isInteger(label) && label >= 0 && label < count && labelOf(label) === label) return label;
    idOfLabel ??= new Map(Array.from({ length: count }, (_, id) => [labelOf(id), id]));
    return idOfLabel.get(label);
  }

  function idOf(label: number): number {
    const id = findId(label);
    if (id === undefined) throw new RangeError(`vectors: expected the label of a vector, got ${label}.`);
    return id;
  }

  function check(query: Float32Array, k: number, ef: number): void {
    if (query.length !== dim)
      throw new Error(
        `vector search: expected a query of ${dim} values, got ${query.length}. Use the bundle's own model.`,
      );
    if (!Number.isInteger(k) || k < 1 || !Number.isInteger(ef) || ef < 1)
      throw new Error(`vector search: expected k and ef to be whole numbers of at least 1, got ${k} and ${ef}.`);
  }

  return {
    count,
    live: count - deleted,
    dim,
    search(query, k, ef, accept) {
      check(query, k, ef);
      return nearestFirst(source.walk(source.distanceTo(query), Math.max(ef, k), k, allowing(accept)), k);
    },
    scan(query, k, accept) {
      check(query, k, k);
      return nearestFirst(exactScan(count, source.distanceTo(query), k, allowing(accept)), k);
    },
    has: (label) => findId(label) !== undefined,
    vectorOf: (label) => source.vectorAt(idOf(label)),
  };
}
