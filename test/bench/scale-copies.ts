/**
 * An index of a million tracks in a bucket, and the double of Vectorize filled for it, for `npm run bench -- scale-vectorize`.
 *
 * Tokens and analyses of scale-index.ts stand in it as often as are wanted; every track has a line, an id, words and values of its own. So the shards,
 * columns and tables are as many and as large as they would be, and what an isolate reads and holds is real, while the objects of the bucket are fewer.
 */
import type { Manifest } from '../../index/format/manifest.ts';
import { parseManifest } from '../../index/format/parse-manifest.ts';
import { parsePointer } from '../../index/format/pointer.ts';
import { joinShards, type ShardTable, shardsOf } from '../../index/format/shard-table.ts';
import { mapConcurrent } from '../../index/map-concurrent.ts';
import { openRetriever } from '../../index/search/retrieval.ts';
import { vectorIdOf, vectorizeMetadata, vectorizeTypes } from '../../index/search/vectorize-record.ts';
import { catalogueWriter } from '../../offline/indexing/put-catalogue.ts';
import { allTracks, storedColumns } from '../../offline/indexing/store/catalogue.ts';
import { folderStore } from '../../offline/indexing/store/folder-store.ts';
import { movePointer, putManifest } from '../../offline/indexing/store/publish.ts';
import { readChecked, readWhole } from '../../offline/indexing/store/read-checked.ts';
import type { BundleStore } from '../../offline/indexing/store/store.ts';
import { completeManifest } from '../../offline/indexing/version.ts';
import { createProgress } from '../../offline/lib/progress.ts';
import { createVectorizeDouble, type VectorizeDouble } from '../doubles/vectorize.ts';
import { factsOf } from './scale-index.ts';

const PUTS = 8;
/** As many as an upsert may have. */
const BATCH = 1000;

export async function currentOf(store: BundleStore): Promise<Manifest> {
  const { manifest } = parsePointer(new TextDecoder().decode((await store.read('current.json'))!.bytes));
  return parseManifest(new TextDecoder().decode((await readChecked(store, manifest)).bytes));
}

/** @param folder of an index of scale-index.ts @param count a multiple of its tracks */
export async function publishCopies(bucket: BundleStore, folder: string, count: number): Promise<Manifest> {
  const store = folderStore(folder);
  const from = await currentOf(store);
  const { vectors, facets, ...others } = from.files;
  const files = [
    ...shardsOf(from.shards.tokens),
    ...shardsOf(from.shards.analysis),
    ...Object.values(others),
    ...(vectors.pieces ?? [vectors]),
  ];
  const bar = createProgress({ label: 'tokens and analyses to R2', total: files.length });
  await mapConcurrent(PUTS, files, async (file) => {
    await bucket.write(file.path, (await readChecked(store, file)).bytes);
    bar.tick();
  });
  bar.done();
  const tracks = await allTracks(store, from);
  const writer = catalogueWriter(bucket);
  const lines = createProgress({ label: 'catalogue to R2', total: count });
  for (let i = 0; i < count; i++) {
    await writer.append(factsOf(tracks[i % tracks.length], i, count));
    lines.tick();
  }
  lines.done();
  const written = await writer.close();
  const copied = (table: ShardTable): ShardTable =>
    Array.from({ length: count / tracks.length - 1 }).reduce((all: ShardTable) => joinShards(all, table), table);
  const manifest = completeManifest({
    ...from,
    counts: written.counts,
    columns: written.columns,
    files: { ...from.files, ...written.files },
    shards: { ...written.shards, tokens: copied(from.shards.tokens), analysis: copied(from.shards.analysis) },
  });
  await putManifest(bucket, manifest, new Date());
  await movePointer(bucket, manifest.indexVersion, { from: {}, now: new Date(), keep: 1 });
  return manifest;
}

/** All vectors but the last 1,000, which are written and not visible yet: consistency is eventual. */
export async function filledDouble(
  bucket: BundleStore,
  folder: string,
  manifest: Manifest,
  fields: readonly string[],
): Promise<VectorizeDouble> {
  const store = folderStore(folder);
  const from = await currentOf(store);
  const retriever = openRetriever(from.retrieval.kind, (await readWhole(store, from.files.vectors)).buffer);
  const columns = await storedColumns(bucket, manifest, fields);
  const double = createVectorizeDouble(retriever.dim);
  for (const [property, type] of vectorizeTypes(columns, fields)) double.createMetadataIndex(property, type);
  const { counts, indexVersion } = manifest;
  const bar = createProgress({ label: 'vectors to the double', total: counts.tracks });
  for (let at = 0; at < counts.tracks; at += BATCH) {
    await double.upsert(
      Array.from({ length: Math.min(BATCH, counts.tracks - at) }, (_, i) => ({
        id: vectorIdOf(indexVersion, at + i),
        namespace: indexVersion,
        values: retriever.vectorOf((at + i) % retriever.count),
        metadata: vectorizeMetadata(columns, fields, at + i),
      })),
    );
    if (at + BATCH < counts.tracks) double.settle();
    bar.tick(BATCH);
  }
  bar.done();
  return double;
}
