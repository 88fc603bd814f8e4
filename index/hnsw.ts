/**
 * Search the nearest-neighbour file that hnswlib writes, where it lies, without hnswlib.
 *
 * The offline build writes the file with hnswlib-node (`writeIndex`, space "ip"); the Worker cannot load a native addon,
 * so it walks the same graph here: Malkov & Yashunin, "Efficient and robust approximate nearest neighbor search using
 * Hierarchical Navigable Small World graphs" (TPAMI 2020), algorithms 2 and 5, with the tie-breaking, the float32 sums and
 * the early stop of hnswlib's `searchKnn`, so that both give the same labels in the same order.
 * The layout and its guards are in hnsw-file.ts, the priority queue in hnsw-heap.ts. Building an index is left to hnswlib.
 */

import { readHnswFile } from './hnsw-file.ts';
import { createHeap } from './hnsw-heap.ts';

export interface Neighbour {
  /** What the vector was added under: in a bundle, the track's place in the catalogue. */
  label: number;
  /** 1 - inner product. */
  distance: number;
}

export interface HnswIndex {
  /** Vectors in the file, the ones marked deleted included. */
  count: number;
  /** Values per vector. */
  dim: number;
  /**
   * The `k` nearest vectors that are not marked deleted, nearest first, equal distances by label.
   * `ef` is how many candidates the walk keeps (at least k): more finds more of the true neighbours and costs more time.
   * @throws Error when the query has the wrong length, or k or ef is not a whole number of at least 1.
   */
  search(query: Float32Array, k: number, ef: number): Neighbour[];
}

/**
 * Open a file of hnswlib, space "ip". The index is a view over `buffer`: nothing is copied but one word per vector.
 * @throws Error when the bytes are not such a file; a file that opens can be searched without reading outside it.
 */
export function openHnsw(buffer: ArrayBuffer): HnswIndex {
  const file = readHnswFile(buffer);
  const { words, floats, count, dim, elements, elementWords, dataWord, labelWord, upperLists, upperWords } = file;
  const visited = new Uint32Array(count); // the number of the last search that saw the vector
  let searches = 0;

  // hnswlib's plain x86-64 build multiplies in four float32 lanes over this many values and adds the rest one by one.
  const laneEnd = dim % 4 === 0 ? dim : dim > 16 ? dim & ~15 : dim > 4 ? dim & ~3 : 0;

  function distance(query: Float32Array, id: number): number {
    const f32 = Math.fround;
    let at = elements + id * elementWords + dataWord;
    let a = f32(0);
    let b = f32(0);
    let c = f32(0);
    let d = f32(0);
    for (let i = 0; i < laneEnd; i += 4, at += 4) {
      a = f32(a + f32(query[i] * floats[at]));
      b = f32(b + f32(query[i + 1] * floats[at + 1]));
      c = f32(c + f32(query[i + 2] * floats[at + 2]));
      d = f32(d + f32(query[i + 3] * floats[at + 3]));
    }
    let rest = f32(0);
    for (let i = laneEnd; i < dim; i++, at++) rest = f32(rest + f32(query[i] * floats[at]));
    return f32(1 - f32(f32(f32(f32(a + b) + c) + d) + rest));
  }

  const isDeleted = (id: number): boolean => (words[elements + id * elementWords] & 0x10000) !== 0;

  /** Upper levels: move to the best neighbour until none is better. Ends, because each step is strictly nearer. */
  function descend(query: Float32Array): { id: number; distance: number } {
    let id = file.entry;
    let best = distance(query, id);
    for (let level = file.maxLevel; level > 0; level--)
      for (let moved = true; moved; ) {
        moved = false;
        const list = upperLists[id] + (level - 1) * upperWords;
        const links = words[list] & 0xffff;
        for (let i = 1; i <= links; i++) {
          const candidate = words[list + i];
          const near = distance(query, candidate);
          if (near < best) {
            best = near;
            id = candidate;
            moved = true;
          }
        }
      }
    return { id, distance: best };
  }

  function search(query: Float32Array, k: number, ef: number): Neighbour[] {
    if (query.length !== dim)
      throw new Error(
        `hnsw search: expected a query of ${dim} values, got ${query.length}. Use the bundle's own model.`,
      );
    if (!Number.isInteger(k) || k < 1 || !Number.isInteger(ef) || ef < 1)
      throw new Error(`hnsw search: expected k and ef to be whole numbers of at least 1, got ${k} and ${ef}.`);
    if (count === 0) return [];
    const keep = Math.max(ef, k);
    if (++searches > 0xffffffff) {
      visited.fill(0);
      searches = 1;
    }

    const start = descend(query);
    const open = createHeap('nearest');
    const found = createHeap('farthest');
    let bound = Number.POSITIVE_INFINITY;
    if (!isDeleted(start.id)) {
      found.push(start.distance, start.id);
      bound = start.distance;
    }
    open.push(start.distance, start.id);
    visited[start.id] = searches;

    while (open.size() > 0) {
      // With nothing deleted hnswlib stops as soon as the next candidate is farther than the worst found one; with deletions
      // it first fills its list, or a ring of deleted vectors would hide the rest.
      if (open.topDistance() > bound && (!file.hasDeleted || found.size() === keep)) break;
      const list = elements + open.pop() * elementWords;
      const links = words[list] & 0xffff;
      for (let i = 1; i <= links; i++) {
        const id = words[list + i];
        if (visited[id] === searches) continue;
        visited[id] = searches;
        const near = distance(query, id);
        if (found.size() >= keep && !(bound > near)) continue;
        open.push(near, id);
        if (!isDeleted(id)) found.push(near, id);
        if (found.size() > keep) found.pop();
        if (found.size() > 0) bound = found.topDistance();
      }
    }

    while (found.size() > k) found.pop();
    const neighbours: Neighbour[] = [];
    while (found.size() > 0) {
      const distance = found.topDistance();
      const label = elements + found.pop() * elementWords + labelWord;
      neighbours.push({ label: words[label] + words[label + 1] * 2 ** 32, distance });
    }
    return neighbours.sort((one, other) => one.distance - other.distance || one.label - other.label);
  }

  return { count, dim, search };
}
