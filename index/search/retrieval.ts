/**
 * From a clip's h(v) to the candidates: which tracks of the catalogue lie nearest, walked to or compared one by one.
 *
 * The numbers below are measured by test/bench/retrieval.ts. While `wanted` accepted tracks exist, `wanted` come back: a walk that
 * finds fewer is followed by a scan. Ranking candidates by relevance is left to the grounding path.
 */

import type { RetrievalKind } from '../format/manifest.ts';
import { openHnsw } from './hnsw.ts';
import { openHnswInt8 } from './hnsw-int8.ts';
import type { Accept, NeighbourIndex } from './neighbours.ts';

/** What the grounding path asks for candidates; the labels are places in the catalogue. */
export interface Retriever {
  /** Tracks of the catalogue, removed ones included: labels are 0 … count-1. */
  count: number;
  /** Those that can be found. */
  live: number;
  /** Values of a query. */
  dim: number;
  /**
   * Labels of the nearest tracks, best first; as many as are wanted, or all there are.
   * @param query h(v), [dim]
   * @param ef how many candidates a walk keeps
   * @param accept only labels it says yes to; removed tracks need not be asked for, where the file marks them
   * @param acceptedCount how many of all labels it says yes to, where that is known; else they are counted
   * @throws Error when the query is not of `dim` values
   */
  search(query: Float32Array, wanted: number, ef: number, accept?: Accept, acceptedCount?: number): number[];
  /** h0 of a track [dim], to be read only. @throws RangeError when there is no such label. */
  vectorOf(label: number): Float32Array;
}

/**
 * A walk compares about this many vectors for each candidate it keeps, and each comparison costs more than one of a scan,
 * which reads memory in order. Measured on clustered vectors, 1,000 to 50,000.
 */
const WALK_COST = 12;

/** @throws Error when the bytes are not a vectors file of this kind, or when its labels are not the catalogue's places. */
export function openRetriever(kind: RetrievalKind, buffer: ArrayBuffer): Retriever {
  const index = kind === 'hnsw-int8' ? openHnswInt8(buffer) : openHnsw(buffer);
  // There are as many vectors as places: where each place has one, there are no other labels.
  for (let label = 0; label < index.count; label++)
    if (!index.has(label))
      throw new Error(`vectors: expected one for track ${label} of ${index.count}, got none. Build the index again.`);
  return createRetriever(index);
}

/**
 * Walks or scans, whichever costs less for the filter at hand.
 * @param index labelled 0 … count-1, as openRetriever checks
 */
export function createRetriever(index: NeighbourIndex): Retriever {
  function search(query: Float32Array, wanted: number, ef: number, accept?: Accept, acceptedCount?: number): number[] {
    const accepted = accept ? (acceptedCount ?? countAccepted(index.count, accept)) : index.live;
    const target = Math.min(wanted, accepted, index.live);
    if (target < 1) return [];
    const keep = Math.max(ef, target);
    // To keep `keep` accepted ones, a walk goes past keep × count / accepted vectors.
    const walked = (WALK_COST * keep * index.live) / accepted;
    const found =
      walked >= accepted ? index.scan(query, target, accept) : walkOrScan(index, query, target, keep, accept);
    return found.map(({ label }) => label);
  }
  return { count: index.count, live: index.live, dim: index.dim, search, vectorOf: index.vectorOf };
}

/** h0 of every track [N, dim]. */
export function allVectors({ count, dim, vectorOf }: Retriever): Float32Array {
  const vectors = new Float32Array(count * dim);
  for (let label = 0; label < count; label++) vectors.set(vectorOf(label), label * dim);
  return vectors;
}

/** A graph may have places that a walk does not reach. */
function walkOrScan(index: NeighbourIndex, query: Float32Array, target: number, keep: number, accept?: Accept) {
  const found = index.search(query, target, keep, accept);
  return found.length < target ? index.scan(query, target, accept) : found;
}

function countAccepted(count: number, accept: Accept): number {
  let accepted = 0;
  for (let label = 0; label < count; label++) if (accept(label)) accepted++;
  return accepted;
}
