/** The vectors of an index with some added and some removed: hnswlib's own file is changed, and of an int8 one that file is made first. */
import { rm, writeFile } from 'node:fs/promises';
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
import { inChild, isLarge, roundedFile } from './vectors-of-file.ts';

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
  const bytes = await withTempDir(async (folder) => {
    const path = join(folder, 'vectors.hnsw');
    await writeFloatFile(path, store, manifest);
    await extend(path, change, width, count);
    if (kind === 'hnsw') return readOwn(path);
    return isLarge(count, width) ? roundedFile(path) : writeHnswInt8((await readOwn(path)).buffer);
  });
  return { kind, bytes };
}

/** The vectors as a file of hnswlib: of a large one that is several times the bytes of ours, which this process need not hold. */
async function writeFloatFile(path: string, store: BundleStore, manifest: Manifest): Promise<void> {
  const { files, retrieval, counts, model } = manifest;
  const bytes = await readWhole(store, files.vectors);
  if (retrieval.kind === 'hnsw') return writeFile(path, bytes);
  if (!isLarge(counts.tracks, model.width))
    return writeFile(path, writeHnswFile({ ...graphOfHnswInt8(bytes.buffer), ...HNSW }));
  const file = `${path}.int8`;
  await writeFile(file, bytes);
  await inChild({ do: 'unround', file, out: path });
  await rm(file);
}

/** In a process of its own where it is large: what hnswlib holds is given back then. */
async function extend(
  path: string,
  { added = new Float32Array(0), removed = [] }: Change,
  width: number,
  count: number,
): Promise<void> {
  const rows = { count: added.length / width, width, removed };
  if (!isLarge(count, width)) return extendGraph(path, { ...rows, rows: added.length ? [added] : [] });
  const vectors = `${path}.added`;
  try {
    await writeWorkFile(vectors, [new Uint8Array(added.buffer, added.byteOffset, added.byteLength)]);
    await inChild({ do: 'extend', file: path, vectors, ...rows });
  } finally {
    await rm(vectors, { force: true });
  }
}
