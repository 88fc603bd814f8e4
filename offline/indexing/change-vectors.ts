/** The vectors of an index with some added and some removed: hnswlib's own file is changed, an int8 one is built again. */
import type { Manifest, RetrievalKind } from '../../index/format/manifest.ts';
import { writeHnswInt8 } from '../../index/search/hnsw-int8.ts';
import { allVectors, openRetriever } from '../../index/search/retrieval.ts';
import { withTempDir } from '../lib/temp-dir.ts';
import { catalogueTracks } from './store/catalogue.ts';
import { readWhole } from './store/read-checked.ts';
import type { BundleStore } from './store/store.ts';
import { extendHnswFile, kindFor, vectorsFile } from './vectors.ts';

export interface Change {
  /** h0 of new tracks [n, D], behind the others. */
  added?: Float32Array;
  /** Places of tracks to be found no more. */
  removed?: readonly number[];
}

/** An int8 file has lost its float32 vectors: rounding what it has gives the same bytes again. */
export async function changedVectors(
  store: BundleStore,
  manifest: Manifest,
  { added = new Float32Array(0), removed = [] }: Change,
): Promise<{ kind: RetrievalKind; bytes: Uint8Array }> {
  const { width } = manifest.model;
  const file = await readWhole(store, manifest.files.vectors);
  const count = manifest.counts.tracks + added.length / width;
  // Never back from int8 to float32: the digits are gone.
  const kind = manifest.retrieval.kind === 'hnsw' ? kindFor(count, width) : 'hnsw-int8';
  if (manifest.retrieval.kind === 'hnsw') {
    const bytes = await withTempDir((folder) => extendHnswFile(file, { vectors: added, width, removed, folder }));
    return { kind, bytes: kind === 'hnsw' ? bytes : writeHnswInt8(bytes.buffer) };
  }
  const retriever = openRetriever('hnsw-int8', file.buffer);
  const vectors = new Float32Array(count * width);
  vectors.set(allVectors(retriever));
  vectors.set(added, retriever.count * width);
  const gone = new Set(removed);
  let label = 0;
  for await (const track of catalogueTracks(store, manifest)) {
    if (track.removed) gone.add(label);
    label++;
  }
  const options = { vectors, width, removed: [...gone].sort((one, other) => one - other) };
  return { kind, bytes: await withTempDir((folder) => vectorsFile({ ...options, folder }, kind)) };
}
