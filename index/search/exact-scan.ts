/**
 * The nearest vectors by looking at every one: what a graph walk is measured against, and what is quicker than one when there
 * are few vectors or when a filter leaves few. Which of the two is used is decided in retrieval.ts.
 */

import { createHeap } from './hnsw-heap.ts';
import type { Found } from './hnsw-walk.ts';

/**
 * The `wanted` nearest of the allowed ids 0 … count-1, in no order. Of equally distant ones at the limit, all are returned, so
 * the caller orders them and cuts.
 * @param wanted at least 1
 */
export function exactScan(
  count: number,
  distance: (id: number) => number,
  wanted: number,
  allowed?: (id: number) => boolean,
): Found[] {
  const nearest = createHeap('farthest');
  const seen: Found[] = [];
  let limit = Number.POSITIVE_INFINITY;
  for (let id = 0; id < count; id++) {
    if (allowed && !allowed(id)) continue;
    const near = distance(id);
    if (near > limit) continue;
    seen.push({ id, distance: near });
    nearest.push(near, id);
    if (nearest.size() > wanted) nearest.pop();
    if (nearest.size() === wanted) limit = nearest.topDistance();
  }
  return seen.filter((one) => one.distance <= limit);
}
