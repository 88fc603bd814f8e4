/**
 * More tracks for an index that is there: only they are encoded and enhanced, and they stand behind the others.
 *
 * Old shards are named as they are, the graph of vectors gets new points, the catalogue new lines. An index that has been added to
 * often has its newer tracks in shards of their own, and a graph that is not quite the one of building from nothing: the gates
 * measure whether it is good enough, and a new build sets it right.
 */
import { readCatalogue, type Track, writeCatalogue } from '../../index/format/catalogue.ts';
import { openCues, writeCues } from '../../index/format/cues.ts';
import type { BundleFile, Manifest } from '../../index/format/manifest.ts';
import { arrangeTracks } from './arranged-tracks.ts';
import { type BuildOptions, entriesOf, putCues, withWork } from './build.ts';
import { changedVectors } from './change-vectors.ts';
import { refuseOtherModel } from './model-objects.ts';
import { putAnalysisShards, putTokenShards } from './shards.ts';
import { putObject } from './store/publish.ts';
import { type BundleStore, textOf } from './store/store.ts';
import { readChecked } from './store/versions.ts';
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
  const { tracks, tokens, vectors, segments } = await arrangeTracks(options, folder);
  const before = readCatalogue(textOf(await readChecked(store, manifest.files.catalogue)));
  const catalogue = [...before, ...entriesOf(tracks, tokens, options)];
  const { kind, bytes } = await changedVectors(store, manifest, { added: await rowsOfFile(vectors) });
  return completeManifest({
    ...manifest,
    retrieval: { ...manifest.retrieval, kind },
    counts: {
      tracks: catalogue.length,
      removed: manifest.counts.removed,
      segments: manifest.counts.segments + segments,
    },
    files: {
      ...manifest.files,
      vectors: await putObject(store, 'vectors', 'hnsw', bytes),
      catalogue: await putObject(store, 'catalogue', 'json', writeCatalogue(catalogue)),
      ...(await longerCues(store, manifest.files.cues, catalogue, options)),
    },
    shards: {
      tokens: [...manifest.shards.tokens, ...(await putTokenShards(store, tokens, width, { first: before.length }))],
      analysis: [...manifest.shards.analysis, ...(await putAnalysisShards(store, tracks, { first: before.length }))],
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
