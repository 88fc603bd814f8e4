/** An index of hnswlib's own, what it answers, and the file it writes: what the readers are compared with. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import hnswlib from 'hnswlib-node';
import { createRandom } from '../../../offline/lib/random.ts';

export interface Library {
  count: number;
  dim: number;
  m?: number;
  /** How many different vectors there are; fewer than `count` makes duplicates. */
  distinct?: number;
  deleted?: (label: number, vector: number[]) => boolean;
  /** Of the vector at place 0; 1000 unless given. */
  firstLabel?: number;
}

/** An index of random unit vectors. Labels are firstLabel + place. */
export function buildNative(library: Library) {
  const { count, dim, m = 16, distinct = count, deleted = () => false, firstLabel = 1000 } = library;
  const random = createRandom(`${count} x ${dim}`);
  const vectors = Array.from({ length: distinct }, () => unit(Array.from({ length: dim }, () => random.normal())));
  const native = new hnswlib.HierarchicalNSW('ip', dim);
  native.initIndex(count + 1, m, 100, 7);
  for (let i = 0; i < count; i++) native.addPoint(vectors[i % distinct], firstLabel + i);
  for (let i = 0; i < count; i++) if (deleted(firstLabel + i, vectors[i % distinct])) native.markDelete(firstLabel + i);
  const folder = mkdtempSync(join(tmpdir(), 'cuepoint-hnsw-'));
  native.writeIndexSync(join(folder, 'index'));
  const bytes = new Uint8Array(readFileSync(join(folder, 'index'))).slice();
  rmSync(folder, { recursive: true });
  const query = () => Float32Array.from(unit(Array.from({ length: dim }, () => random.normal())));
  return { native, bytes, query, vectors };
}

function unit(values: number[]): number[] {
  const length = Math.hypot(...values);
  return values.map((value) => Math.fround(value / length));
}
