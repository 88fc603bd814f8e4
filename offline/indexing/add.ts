/**
 * More tracks for an index that is there: only they are encoded and enhanced, and they stand behind the others.
 *
 * Old shards are named as they are, the graph of vectors gets new points, the catalogue new lines. An index that has been added to
 * often has its newer tracks in shards of their own, and a graph that is not quite the one of building from nothing: the gates
 * measure whether it is good enough, and a new build sets it right.
 */
import type { Track } from '../../index/format/catalogue.ts';
import { openCues, writeCues } from '../../index/format/cues.ts';
import type { BundleFile, Manifest } from '../../index/format/manifest.ts';
import { joinShards } from '../../index/format/shard-table.ts';
import { arrangeTracks, eachOf } from './arranged-tracks.ts';
import { type BuildOptions, entriesOf, putCues, withWork } from './build.ts';
import { changedVectors } from './change-vectors.ts';
import { analysesOf } from './entries.ts';
import { refuseOtherModel } from './model-objects.ts';
import { putCatalogue } from './put-catalogue.ts';
import { createAnalysisWriter, createTokenWriter, putSeries, tokenShardBytes } from './shards.ts';
import { allTracks } from './store/catalogue.ts';
import { putObject } from './store/publish.ts';
import { readChecked } from './store/read-checked.ts';
import type { BundleStore } from './store/store.ts';
import { putVectors } from './vectors.ts';
import { rowsOfFile } from './vectors-of-file.ts';
import { completeManifest } from './version.ts';

export type AddOptions = Omit<BuildOptions, 'precision' | 'tower'>;

/**
 * Write the objects of the longer index.
 * @param options `tracks` are the new ones, none of which the index has
 * @returns its manifest, which is not written yet
 * @throws Error when the index was built with another model or encoder
 */
export async function addToIndex(store: BundleStore, manifest: Manifest, options: AddOptions): Promise<Manifest> {
  refuseOtherModel(manifest, options.checkpoint, options.audioKey);
  return withWork(options.work, (folder) => addInto(store, manifest, options, folder));
}

async function addInto(store: BundleStore, manifest: Manifest, options: AddOptions, folder: string): Promise<Manifest> {
  const { width } = options.checkpoint.config;
  const { tracks, tokens, vectors } = await arrangeTracks(options, folder);
  const catalogue = [...(await allTracks(store, manifest)), ...entriesOf(tracks, tokens, options)];
  const written = await putCatalogue(store, catalogue, manifest.shards);
  const { kind, bytes } = await changedVectors(store, manifest, { added: await rowsOfFile(vectors) });
  return completeManifest({
    ...manifest,
    retrieval: { ...manifest.retrieval, kind },
    counts: written.counts,
    columns: written.columns,
    files: {
      ...manifest.files,
      ...written.files,
      vectors: await putVectors(store, bytes),
      ...(await longerCues(store, manifest.files.cues, catalogue, options)),
    },
    shards: {
      ...written.shards,
      tokens: joinShards(
        manifest.shards.tokens,
        await putSeries(
          createTokenWriter(store, width, tokenShardBytes(written.counts.segments, width)),
          eachOf(tokens),
        ),
      ),
      analysis: joinShards(manifest.shards.analysis, await putSeries(createAnalysisWriter(store), analysesOf(tracks))),
    },
  });
}

/** Learned again from the log where there is one, with the rule as it was fitted; else no use of the new tracks is known. */
async function longerCues(
  store: BundleStore,
  file: BundleFile | undefined,
  catalogue: readonly Track[],
  options: AddOptions,
): Promise<{ cues?: BundleFile }> {
  if (!file) return putCues(store, catalogue, options);
  const { tracks, cuesOf, ...table } = openCues((await readChecked(store, file)).bytes.buffer);
  if (options.log)
    return putCues(store, catalogue, { ...options, rule: { parameters: table.parameters, fit: table.fit } });
  const cues = catalogue.map((_, label) => (label < tracks ? cuesOf(label) : []));
  return { cues: await putObject(store, 'cues', 'cues', writeCues({ ...table, cues })) };
}
