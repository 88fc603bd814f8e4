/**
 * The priority queue of the graph search: distances with vector numbers, nearest or farthest on top.
 *
 * Which of two equally distant vectors leaves a binary heap first depends on how the heap is coded. hnswlib uses
 * std::priority_queue, which compares distances only; this heap makes the very moves of GNU libstdc++ (`__push_heap`,
 * `__adjust_heap` of bits/stl_heap.h: the hole sinks to the bottom, then the last value rises), so that duplicates in a
 * library come back in hnswlib's order.
 */

/** A queue of ids by distance, for a walk and for exactScan. Nothing here looks whether it is empty. */
export interface Heap {
  size(): number;
  /** The distance on top. Only while size() > 0. */
  topDistance(): number;
  push(distance: number, id: number): void;
  /** Takes the top away and returns its id. Only while size() > 0. */
  pop(): number;
}

/** @param top which distance comes out first; equal ones come in libstdc++'s order */
export function createHeap(top: 'nearest' | 'farthest'): Heap {
  const sign = top === 'farthest' ? 1 : -1; // keys are compared as a max-heap
  const keys: number[] = [];
  const ids: number[] = [];

  function rise(hole: number, key: number, id: number): void {
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!(keys[parent] < key)) break;
      keys[hole] = keys[parent];
      ids[hole] = ids[parent];
      hole = parent;
    }
    keys[hole] = key;
    ids[hole] = id;
  }

  function push(distance: number, id: number): void {
    keys.push(0);
    ids.push(0);
    rise(keys.length - 1, sign * distance, id);
  }

  function pop(): number {
    const taken = ids[0];
    const key = keys.pop() as number;
    const id = ids.pop() as number;
    const length = keys.length;
    if (length === 0) return taken;
    let hole = 0;
    for (let child = 2; ; child = 2 * hole + 2) {
      if (child < length && keys[child] < keys[child - 1]) child--;
      else if (child === length)
        child--; // only a left child is left
      else if (child > length) break;
      keys[hole] = keys[child];
      ids[hole] = ids[child];
      hole = child;
    }
    rise(hole, key, id);
    return taken;
  }

  return { size: () => keys.length, topDistance: () => sign * keys[0], push, pop };
}
