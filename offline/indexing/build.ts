/**
 * Build an index: the model's graphs, the vectors, every track's tokens and analysis in shards, the catalogue, the manifest.
 *
 * Everything is written as objects named by their content (offline/indexing/store/publish.ts), so a build that is interrupted leaves the old
 * index whole, and one that is repeated writes the same bytes. The formats are defined in index/; what an index must show
 * before it is answered from is in gates.ts.
 *
 * What is in memory of a track meanwhile, so that a million fit 2 GB: its names as text (library.ts, some 200 bytes), what a catalogue and previews add to
 * them (as much again each, where there are any), where its tokens lie and where it stands (20 bytes), and its words as numbers while the catalogue is written
 * (catalogue-writer.ts, some 100). h0 of all and the graph of vectors are other processes'.
 */
import { writeCues } from '../../index/format/cues.ts';
import {
  type BundleFile,
  CANDIDATES,
  type Manifest,
  type Precision,
  type TowerInfo,
} from '../../index/format/manifest.ts';
import type { FittedRule } from '../cues/fit.ts';
import { describeCues, logToCues } from '../cues/learn.ts';
import type { KnownTrack } from '../cues/match.ts';
import { withTempDir } from '../lib/temp-dir.ts';
import { type ArrangeOptions, arrangeTracks, eachOf } from './arranged-tracks.ts';
import { type Described, entriesOf, knownTracks } from './entries.ts';
import { fitCues } from './fit-cues.ts';
import { encodersInfo, graphsOf, modelInfo, putGraphs } from './model-objects.ts';
import { catalogueWriter } from './put-catalogue.ts';
import { putVectors } from './put-vectors.ts';
import type { HeldOut } from './queries.ts';
import { createAnalysisWriter, createTokenWriter, putSeries, tokenShardBytes } from './shards.ts';
import { folderStore } from './store/folder-store.ts';
import { KEEP, movePointer, putManifest, putObject } from './store/publish.ts';
import type { BundleStore } from './store/store.ts';
import { readCurrent } from './store/versions.ts';
import { efFor, kindFor } from './vectors.ts';
import { vectorsFileOf } from './vectors-of-file.ts';
import { completeManifest } from './version.ts';

export interface BuildOptions extends ArrangeOptions, Described {
  /** Of the graphs; fp32 unless given. */
  precision?: Precision;
  /** What embeds frames in the Worker, where that is not basic-frames; it has been found to fit (edge-tower.ts). */
  tower?: { info: TowerInfo; bytes: Uint8Array };
  /** Of the encoder of the music: distinguishes it from others of its name. */
  audioKey?: string;
  /** A log of the moments that editors used, and held-out clips to fit the rule to that weighs them. */
  log?: string;
  heldOut?: HeldOut;
  /** What prefer and avoid count where a request does not say (evaluate/taste.ts); the usual unless given. */
  taste?: { weight: number };
  print?: (line: string) => void;
  /** Where what the stages hand on lies (arranged-tracks.ts); a temporary folder unless given. */
  work?: string;
}

/** Write all objects. @returns the manifest, which is not written yet. */
export async function writeIndex(store: BundleStore, options: BuildOptions): Promise<Manifest> {
  return withWork(options.work, (folder) => writeInto(store, options, folder));
}

/** In a folder that stays until the work is done, where one is given: then a run that was killed is gone on with. */
export function withWork<T>(work: string | undefined, use: (folder: string) => Promise<T>): Promise<T> {
  return work === undefined ? withTempDir(use) : use(work);
}

async function writeInto(store: BundleStore, options: BuildOptions, folder: string): Promise<Manifest> {
  const { checkpoint, precision = 'fp32', tower, progress } = options;
  const { width } = checkpoint.config;
  const encoders = encodersInfo(checkpoint, options.audioKey);
  const graphs = graphsOf(checkpoint, precision); // what is too large is refused before the long work
  const { tracks, tokens, vectors, segments } = await arrangeTracks(options, folder);
  const known = { [Symbol.iterator]: () => knownTracks(tracks) };
  const { log, heldOut } = options;
  const rule =
    log && heldOut ? await fitCues({ log, heldOut, checkpoint, graphs, catalogue: known, tokens }) : undefined;
  const bar = progress?.('write tracks', tracks.length);
  const lines = catalogueWriter(store);
  const analyses = createAnalysisWriter(store);
  for (const { track, analysis } of entriesOf(tracks, tokens.segments, options)) {
    await lines.append(track);
    await analyses.append(analysis);
    bar?.tick(1);
  }
  const written = await lines.close();
  const analysis = await analyses.close();
  bar?.done();
  const ofTokens = progress?.('write tokens', tracks.length);
  const tokenWriter = createTokenWriter(store, width, tokenShardBytes(segments, width));
  const tokenShards = await putSeries(tokenWriter, eachOf(tokens), ofTokens);
  ofTokens?.done();
  const kind = kindFor(tracks.length, width);
  const files: Manifest['files'] = {
    vectors: await putVectors(
      store,
      await vectorsFileOf(vectors, { width, folder, bar: progress?.('link vectors', tracks.length) }, kind),
    ),
    ...written.files,
    ...(await putGraphs(store, graphs)),
    ...(tower ? { imageTower: await putObject(store, 'imageTower', 'onnx', tower.bytes) } : {}),
    ...(await putCues(store, known, { ...options, rule })),
  };
  return completeManifest({
    precision,
    encoders,
    tower: tower?.info,
    model: modelInfo(checkpoint),
    ...(options.taste && { taste: options.taste }),
    config: { ...checkpoint.config },
    retrieval: { kind, candidates: CANDIDATES, ef: efFor(written.counts.tracks) },
    counts: written.counts,
    files,
    columns: written.columns,
    shards: { ...written.shards, tokens: tokenShards, analysis },
  });
}

/** @param tracks the catalogue, in its order @throws Error when the log cannot be read */
export async function putCues(
  store: BundleStore,
  tracks: Iterable<KnownTrack> | AsyncIterable<KnownTrack>,
  { log, rule, print }: Pick<BuildOptions, 'log' | 'print'> & { rule?: FittedRule },
): Promise<{ cues?: BundleFile }> {
  if (!log) return {};
  const learned = await logToCues(log, tracks, rule);
  for (const line of describeCues(learned)) print?.(line);
  if (rule?.fit.rows) {
    const { rows, kept, mIoU } = rule.fit;
    print?.(
      `cues: rule of ${rows} held-out uses (${kept}): mIoU ${mIoU.model.toFixed(3)} by the model, ${mIoU.cues.toFixed(3)} by cues, ${mIoU[kept].toFixed(3)} by both`,
    );
  }
  return { cues: await putObject(store, 'cues', 'cues', writeCues(learned.table)) };
}

/** Build into a folder and answer from it at once, measuring nothing: for tests and benchmarks. */
export async function buildBundle({
  folder,
  builtAt,
  ...options
}: BuildOptions & { folder: string; builtAt: Date }): Promise<Manifest> {
  const store = folderStore(folder);
  const from = await readCurrent(store);
  const manifest = await putManifest(store, await writeIndex(store, options), builtAt);
  await movePointer(store, manifest.indexVersion, { from, now: builtAt, keep: KEEP });
  return manifest;
}
