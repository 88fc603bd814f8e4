/**
 * The walk over an HNSW graph, whatever its vectors are made of.
 *
 * Malkov & Yashunin, "Efficient and robust approximate nearest neighbor search using Hierarchical Navigable Small World
 * graphs" (TPAMI 2020), algorithms 2 and 5, with the tie-breaking and the early stop of hnswlib's `searchKnn`.
 * Distances and links are the caller's: hnsw.ts reads them from hnswlib's file, hnsw-int8.ts from the compact one.
 */

import { createHeap } from './hnsw-heap.ts';

/** A graph as its file gives it. Links are taken as checked: they lead to ids below `count` that are on their level. */
export interface Graph {
  /** Vectors, numbered from 0: below, an id is such a number. */
  count: number;
  /** Where a walk begins. */
  entry: number;
  /** Of the entry; the ground is level 0. */
  maxLevel: number;
  /** The longest list of links. */
  mostLinks: number;
  /** Writes the ids that `id` is linked to on a level, and says how many they are. */
  links(id: number, level: number, into: Uint32Array): number;
}

/** What a walk has found, in no order. */
export interface Found {
  id: number;
  distance: number;
}

/**
 * @param keep how many of the nearest the walk keeps while it goes on (hnswlib's ef)
 * @param wanted at most `keep`
 * @param allowed which vectors may be found; a walk still goes through the others
 */
export type Walk = (
  distance: (id: number) => number,
  keep: number,
  wanted: number,
  allowed?: (id: number) => boolean,
) => Found[];

/**
 * A walk keeps 4 bytes per vector to know where it has been, so it is made once per graph. It never awaits: requests at the same time
 * cannot mix.
 */
export function createWalk(graph: Graph): Walk {
  const { count } = graph;
  const visited = new Uint32Array(count); // the number of the last walk that saw the vector
  const links = new Uint32Array(graph.mostLinks);
  let walks = 0;

  /** Upper levels: move to the best neighbour until none is better. Ends, because each step is strictly nearer. */
  function descend(distance: (id: number) => number): Found {
    let id = graph.entry;
    let best = distance(id);
    for (let level = graph.maxLevel; level > 0; level--)
      for (let moved = true; moved; ) {
        moved = false;
        const size = graph.links(id, level, links);
        for (let i = 0; i < size; i++) {
          const near = distance(links[i]);
          if (near < best) {
            best = near;
            id = links[i];
            moved = true;
          }
        }
      }
    return { id, distance: best };
  }

  return (distance, keep, wanted, allowed) => {
    if (count === 0) return [];
    if (++walks > 0xffffffff) {
      visited.fill(0);
      walks = 1;
    }
    const start = descend(distance);
    const open = createHeap('nearest');
    const found = createHeap('farthest');
    let bound = Number.POSITIVE_INFINITY;
    if (!allowed || allowed(start.id)) {
      found.push(start.distance, start.id);
      bound = start.distance;
    }
    open.push(start.distance, start.id);
    visited[start.id] = walks;

    while (open.size() > 0) {
      // Where all may be found, hnswlib stops as soon as the next candidate is farther than the worst found one; otherwise it
      // first fills its list, or a ring of vectors that may not be found would hide the rest.
      if (open.topDistance() > bound && (!allowed || found.size() === keep)) break;
      const size = graph.links(open.pop(), 0, links);
      for (let i = 0; i < size; i++) {
        const id = links[i];
        if (visited[id] === walks) continue;
        visited[id] = walks;
        const near = distance(id);
        if (found.size() >= keep && !(bound > near)) continue;
        open.push(near, id);
        if (!allowed || allowed(id)) found.push(near, id);
        if (found.size() > keep) found.pop();
        if (found.size() > 0) bound = found.topDistance();
      }
    }

    while (found.size() > wanted) found.pop();
    const nearest: Found[] = [];
    while (found.size() > 0) {
      const distance = found.topDistance();
      nearest.push({ id: found.pop(), distance });
    }
    return nearest;
  };
}
