/**
 * h0 of tracks as they were enhanced to the order in which they stand in shards, and to a file of h0 in that order.
 *
 * All of h0 is in memory for it, the most that a build holds of its tracks: where that is much, it is another process's (arrange-child.ts).
 */
import { writeWorkFile } from '../lib/work-file.ts';
import { meansIn } from './enhanced-file.ts';
import { orderForShards } from './layout.ts';

// N tracks · D width

export interface ArrangeTask {
  /** Files of enhanced tracks, and how many each has. */
  parts: readonly { path: string; tracks: number }[];
  width: number;
  /** Where the order goes, u32[N], and h0 in it, f32[N, D] (lib/work-file.ts). */
  order: string;
  vectors: string;
}

/** @param onPlaced called with how many tracks have got their final places now */
export async function arrangeVectors(
  { parts, width, order: ofOrder, vectors }: ArrangeTask,
  onPlaced?: (tracks: number) => void,
): Promise<void> {
  const means = meansIn(parts, width);
  const order = orderForShards(means, width, onPlaced);
  await writeWorkFile(ofOrder, [bytesOf(order)]);
  await writeWorkFile(vectors, rowsInOrder(means, width, order));
}

function* rowsInOrder(means: Float32Array, width: number, order: Uint32Array): Generator<Uint8Array> {
  const rows = new Float32Array(ROWS * width);
  for (let from = 0; from < order.length; from += ROWS) {
    const some = order.subarray(from, from + ROWS);
    for (const [i, at] of some.entries()) rows.set(means.subarray(at * width, (at + 1) * width), i * width);
    yield bytesOf(rows.subarray(0, some.length * width));
  }
}

/** Of a piece that is written at once. */
const ROWS = 4096;

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
