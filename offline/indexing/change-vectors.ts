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
  const read = () => readWhole(store, manifest.files.vectors); // and not here: what is large is held no longer than it is used
  const changed = isLarge(count, width) ? changedElsewhere : changedHere;
  const bytes = await withTempDir((folder) =>
    changed({ read, from: manifest.retrieval.kind, kind, count, width, change, folder }),
  );
  return { kind, bytes };
}

interface Changing {
  /** The file as it was. */
  read: () => Promise<Uint8Array<ArrayBuffer>>;
  from: RetrievalKind;
  kind: RetrievalKind;
  /** Of the changed file. */
  count: number;
  width: number;
  change: Change;
  folder: string;
}

async function changedHere({ read, from, kind, width, change, folder }: Changing): Promise<Uint8Array> {
  const { added = new Float32Array(0), removed } = change;
  const path = join(folder, 'vectors.hnsw');
  const before = await read();
  await writeFile(path, from === 'hnsw' ? before : writeHnswFile({ ...graphOfHnswInt8(before.buffer), ...HNSW }));
  extendGraph(path, { rows: added.length ? [added] : [], count: added.length / width, width, removed });
  const longer = await readOwn(path);
  return kind === 'hnsw' ? longer : writeHnswInt8(longer.buffer);
}

/** What hnswlib holds, and its file, which is several times the bytes of ours, are other processes'. */
async function changedElsewhere({ read, from, kind, count, width, change, folder }: Changing): Promise<Uint8Array> {
  const { added = new Float32Array(0), removed = [] } = change;
  const [file, int8, vectors] = ['vectors.hnsw', 'vectors.int8', 'added'].map((name) => join(folder, name));
  await writeFile(from === 'hnsw' ? file : int8, await read());
  await writeWorkFile(vectors, [new Uint8Array(added.buffer, added.byteOffset, added.byteLength)]);
  const tasks: VectorsTask[] = [{ do: 'extend', file, vectors, count: added.length / width, width, removed }];
  if (from !== 'hnsw') tasks.unshift({ do: 'unround', file: int8, out: file });
  if (kind !== 'hnsw') tasks.push({ do: 'round', file, out: int8 });
  await inChildren(tasks, count, width);
  return readOwn(kind === 'hnsw' ? file : int8);
}
