/**
 * More tracks for an index that is there: only they are encoded and enhanced, and they stand behind the others.
 *
 * Old shards are named as they are, the graph of vectors gets new points, the catalogue new lines. An index that has been added to
 * often has its newer tracks in shards of their own, and a graph that is not quite the one of building from nothing: the gates
 * measure whether it is good enough, and a new build sets it right.
 */
import { type Cue, openCues, writeCues } from '../../index/format/cues.ts';
import { type BundleFile, isOld, type Manifest } from '../../index/format/manifest.ts';
import { joinShards } from '../../index/format/shard-table.ts';
import type { KnownTrack } from '../cues/match.ts';
import { arrangeTracks, eachOf } from './arranged-tracks.ts';
import { type BuildOptions, putCues, withWork } from './build.ts';
import { changedVectors } from './change-vectors.ts';
import { entriesOf, knownTracks } from './entries.ts';
import { refuseOtherModel } from './model-objects.ts';
import { catalogueWriter } from './put-catalogue.ts';
import { putVectors } from './put-vectors.ts';
import { createAnalysisWriter, createTokenWriter, putSeries, tokenShardBytes } from './shards.ts';
import { catalogueTracks } from './store/catalogue.ts';
import { putObject } from './store/publish.ts';
import { readChecked } from './store/read-checked.ts';
import type { BundleStore } from './store/store.ts';
import { efFor } from './vectors.ts';
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
  const lines = catalogueWriter(store, manifest.shards);
  const isInShards = !isOld(manifest);
  for await (const track of catalogueTracks(store, manifest))
    if (isInShards) lines.keep(track);
    else await lines.append(track);
  const analyses = createAnalysisWriter(store);
  for (const { track, analysis } of entriesOf(tracks, tokens.segments, options)) {
    await lines.append(track);
    await analyses.append(analysis);
  }
  const written = await lines.close();
  const longer = async function* (): AsyncGenerator<KnownTrack> {
    yield* catalogueTracks(store, manifest);
    yield* knownTracks(tracks);
  };
  const { kind, bytes } = await changedVectors(store, manifest, { added: await rowsOfFile(vectors) });
  return completeManifest({
    ...manifest,
    retrieval: { ...manifest.retrieval, kind, ef: Math.max(manifest.retrieval.ef, efFor(written.counts.tracks)) },
    counts: written.counts,
    columns: written.columns,
    files: {
      ...manifest.files,
      ...written.files,
      vectors: await putVectors(store, bytes),
      ...(await longerCues(store, manifest, written.counts.tracks, longer, options)),
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
      analysis: joinShards(manifest.shards.analysis, await analyses.close()),
    },
  });
}

/** Learned again from the log where there is one, with the rule as it was fitted; else no use of the new tracks is known. */
async function longerCues(
  store: BundleStore,
  { files: { cues: file } }: Manifest,
  count: number,
  tracks: () => AsyncIterable<KnownTrack>,
  options: AddOptions,
): Promise<{ cues?: BundleFile }> {
  if (!file) return putCues(store, tracks(), options);
  const { tracks: before, cuesOf, ...table } = openCues((await readChecked(store, file)).bytes.buffer);
  if (options.log)
    return putCues(store, tracks(), { ...options, rule: { parameters: table.parameters, fit: table.fit } });
  const none: readonly Cue[] = [];
  const cues = Array.from({ length: count }, (_, label) => (label < before ? cuesOf(label) : none));
  return { cues: await putObject(store, 'cues', 'cues', writeCues({ ...table, cues })) };
}
