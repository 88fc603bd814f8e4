/** The vectors of an index with some added and some removed: hnswlib's own file is changed, and of an int8 one that file is made first. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeHnswFile } from '../../index/format/hnsw-file.ts';
import type { Manifest, RetrievalKind } from '../../index/format/manifest.ts';
import { graphOfHnswInt8, writeHnswInt8 } from '../../index/search/hnsw-int8.ts';
import { readOwn } from '../lib/files.ts';
import { withTempDir } from '../lib/temp-dir.ts';
import { writeWorkFile } from '../lib/work-file.ts';
import { readWhole } from './store/read-checked.ts';
import type { BundleStore } from './store/store.ts';
import { extendGraph, HNSW, kindFor } from './vectors.ts';
import type { VectorsTask } from './vectors-child.ts';
import { inChildren, isLarge } from './vectors-of-file.ts';

export interface Change {
  /** h0 of new tracks [n, D], behind the others. */
  added?: Float32Array;
  /** Places of tracks to be found no more. */
  removed?: readonly number[];
}

/** An int8 file has lost its float32 vectors: rounding what it has gives the same bytes again. Its graph stays, and what is new is linked to it. */
export async function changedVectors(
  store: BundleStore,
  manifest: Manifest,
  change: Change,
): Promise<{ kind: RetrievalKind; bytes: Uint8Array }> {
  const { width } = manifest.model;
  const count = manifest.counts.tracks + (change.added?.length ?? 0) / width;
  // Never back from int8 to float32: the digits are gone.
  const kind = manifest.retrieval.kind === 'hnsw' ? kindFor(count, width) : 'hnsw-int8';
  const before = await readWhole(store, manifest.files.vectors);
  const changed = isLarge(count, width) ? changedElsewhere : changedHere;
  const bytes = await withTempDir((folder) =>
    changed(before, { from: manifest.retrieval.kind, kind, count, width, change, folder }),
  );
  return { kind, bytes };
}

interface Changing {
  from: RetrievalKind;
  kind: RetrievalKind;
  /** Of the changed file. */
  count: number;
  width: number;
  change: Change;
  folder: string;
}

async function changedHere(
  before: Uint8Array<ArrayBuffer>,
  { from, kind, width, change: { added = new Float32Array(0), removed }, folder }: Changing,
): Promise<Uint8Array> {
  const path = join(folder, 'vectors.hnsw');
  await writeFile(path, from === 'hnsw' ? before : writeHnswFile({ ...graphOfHnswInt8(before.buffer), ...HNSW }));
  extendGraph(path, { rows: added.length ? [added] : [], count: added.length / width, width, removed });
  const longer = await readOwn(path);
  return kind === 'hnsw' ? longer : writeHnswInt8(longer.buffer);
}

/** What hnswlib holds, and its file, which is several times the bytes of ours, are other processes'. */
async function changedElsewhere(
  before: Uint8Array,
  { from, kind, count, width, change: { added = new Float32Array(0), removed = [] }, folder }: Changing,
): Promise<Uint8Array> {
  const [file, int8, vectors] = ['vectors.hnsw', 'vectors.int8', 'added'].map((name) => join(folder, name));
  await writeFile(from === 'hnsw' ? file : int8, before);
  await writeWorkFile(vectors, [new Uint8Array(added.buffer, added.byteOffset, added.byteLength)]);
  const tasks: VectorsTask[] = [{ do: 'extend', file, vectors, count: added.length / width, width, removed }];
  if (from !== 'hnsw') tasks.unshift({ do: 'unround', file: int8, out: file });
  if (kind !== 'hnsw') tasks.push({ do: 'round', file, out: int8 });
  await inChildren(tasks, count, width);
  return readOwn(kind === 'hnsw' ? file : int8);
}
