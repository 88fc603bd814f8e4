/**
 * The bundle's vectors file: hnswlib's graph over h0 of every track, as hnswlib writes it or rounded to int8.
 *
 * hnswlib is asked here and nowhere else; the Worker reads the file by index/search/retrieval.ts. A track's label is its place in the
 * catalogue. Tracks are added to a file without building it again; of an int8 file hnswlib's own is made first, with the rounded values
 * (change-vectors.ts). Large ones are linked in a process of its own (vectors-of-file.ts).
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import hnswlib from 'hnswlib-node';
import type { RetrievalKind } from '../../index/format/manifest.ts';
import { writeHnswInt8 } from '../../index/search/hnsw-int8.ts';
import { readOwn } from '../lib/files.ts';

// N vectors · D values of one

/** hnswlib's own defaults. */
export const HNSW = { m: 16, efConstruction: 200, seed: 100 } as const;

/**
 * float32 loses nothing, so it is kept while its file takes at most a fifth of the 40 MB that a Worker's JavaScript has for
 * everything: up to 6,872 tracks of width 256.
 */
const LARGEST_FLOAT_FILE = 8e6;

export interface VectorsOptions {
  /** h0 of every track, [N, D] in catalogue order. */
  vectors: Float32Array;
  width: number;
  /** Labels whose tracks are no longer found; their vectors stay, so that places do. */
  removed?: readonly number[];
  /** For hnswlib's file, which it writes only to disk; removed again. */
  folder: string;
}

/** Of hnswlib's file, but for its few links above the ground. */
export const graphBytes = (count: number, width: number): number => count * (4 + 8 * HNSW.m + 4 * width + 8);

/** What a catalogue of this size is best kept as. */
export function kindFor(count: number, width: number): RetrievalKind {
  return graphBytes(count, width) <= LARGEST_FLOAT_FILE ? 'hnsw' : 'hnsw-int8';
}

/**
 * How many candidates a walk keeps (hnswlib's ef), by the number of tracks. With 100 a walk finds 99.4 of the 100 nearest of 4,000 tracks, 97.8 of 20,000
 * and 91.6 of 200,000; with 200, 99.8 of 20,000 and 97.6 of 200,000. More would take more of an answer's time than it gives (docs/benchmarks.md, Scale).
 */
export const efFor = (count: number): number => (count <= 10_000 ? 100 : 200);

/** @throws Error when the vectors are not [N, width]. */
export async function vectorsFile(options: VectorsOptions, kind: RetrievalKind): Promise<Uint8Array> {
  const bytes = await hnswFile(options);
  return kind === 'hnsw' ? bytes : writeHnswInt8(bytes.buffer);
}

/**
 * A file of hnswlib, built from nothing; hnswlib writes files only, so it writes one that is read back. Equal vectors give equal bytes.
 * @throws Error when they are not [N, width]
 */
export async function hnswFile({
  vectors,
  width,
  removed = [],
  folder,
}: VectorsOptions): Promise<Uint8Array<ArrayBuffer>> {
  const count = rowsOf(vectors, width);
  await mkdir(folder, { recursive: true });
  const path = join(folder, `hnsw-${process.pid}.tmp`);
  try {
    writeGraph(path, { rows: [vectors], count, width, removed });
    return await readOwn(path);
  } finally {
    await rm(path, { force: true });
  }
}

/** Vectors that are not all in memory. */
export interface Rows {
  /** One after another, whole vectors each. */
  rows: Iterable<Float32Array>;
  /** Of all together. */
  count: number;
  width: number;
  removed?: readonly number[];
  /** Called with how many more are linked. */
  onRows?: (count: number) => void;
}

/** Link them and write hnswlib's file. Its graph and its copies of the vectors are what is in memory. */
export function writeGraph(path: string, { rows, count, width, removed = [], onRows }: Rows): void {
  const index = new hnswlib.HierarchicalNSW('ip', width);
  index.initIndex(Math.max(1, count), HNSW.m, HNSW.efConstruction, HNSW.seed);
  let first = 0;
  for (const some of rows) {
    addRows(index, some, width, first);
    first += some.length / width;
    onRows?.(some.length / width);
  }
  for (const label of removed) index.markDelete(label);
  index.writeIndexSync(path);
}

/**
 * More tracks at the end of a file of hnswlib, and more of them removed, in its place. The graph is not quite that of building from nothing.
 * @param rows the added ones; `removed` are the newly removed labels
 */
export function extendGraph(path: string, { rows, count: added, width, removed = [] }: Rows): void {
  const index = new hnswlib.HierarchicalNSW('ip', width);
  index.readIndexSync(path);
  let count = index.getCurrentCount();
  if (added > 0) index.resizeIndex(count + added);
  for (const some of rows) {
    addRows(index, some, width, count);
    count += some.length / width;
  }
  for (const label of removed) index.markDelete(label);
  index.writeIndexSync(path);
}

function addRows(index: hnswlib.HierarchicalNSW, vectors: Float32Array, width: number, first: number): void {
  for (let at = 0; at < vectors.length; at += width)
    index.addPoint([...vectors.subarray(at, at + width)], first + at / width);
}

function rowsOf(vectors: Float32Array, width: number): number {
  const count = vectors.length / width;
  if (!Number.isInteger(count))
    throw new Error(`vectors: expected rows of ${width} values, got ${vectors.length} values. Pass the model's width.`);
  return count;
}
