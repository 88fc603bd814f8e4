/** A folder of music to an index: encode what is new, build, measure, and answer from it; and say what could not be read. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest, Precision } from '../../index/format/manifest.ts';
import { readUses } from '../cues/uses.ts';
import { encodeMusic, type Library, type TrackList } from '../encode/library.ts';
import { servingOf } from '../export/servable.ts';
import { sha256Hex } from '../lib/files.ts';
import type { Unreadable } from '../media/media-files.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import type { BuildOptions } from './build.ts';
import { writeIndex } from './build.ts';
import { catalogueLines, matchCatalogue } from './catalogue-match.ts';
import { readRows } from './catalogue-rows.ts';
import { diskNeeded, refuseFullDisk } from './disk-needed.ts';
import { edgeTower } from './edge-tower.ts';
import { publishIfGatesPass } from './gated-publish.ts';
import { LEAST, type Least, refuseNone, sortOut } from './left-out.ts';
import type { MeasureOptions } from './measure.ts';
import { putPreviews } from './previews.ts';
import { catalogueTracks } from './store/catalogue.ts';
import { folderStore } from './store/folder-store.ts';
import { KEEP } from './store/publish.ts';
import type { BundleStore } from './store/store.ts';
import { readCurrent, readManifest } from './store/versions.ts';
import { withUses } from './track-uses.ts';
import { trainedOn } from './trained-encoder.ts';

export interface LibraryOptions {
  music: string;
  checkpoint: Checkpoint;
  /** Where the index goes. */
  folder: string;
  /** Where encoded tokens are kept. */
  cache: string;
  /** Where added encoders lie. */
  encoders: string;
  /** The library's own catalogue, and a log of used moments. */
  catalogue?: string;
  log?: string;
  /** How long and loud a track has to be; LEAST unless given. */
  least?: Least;
  /** Publish what can be listened to. */
  withPreviews?: boolean;
  heldOut?: MeasureOptions['heldOut'];
  inWorkerd?: MeasureOptions['inWorkerd'];
  /** Processes that encode at once. */
  workers: number;
  keep?: number;
  now: () => Date;
  threads: number;
  progress: MeasureOptions['progress'];
  print: (line: string) => void;
}

export interface IndexOptions extends LibraryOptions {
  /** Of the model's graphs; fp32 unless given. */
  precision?: Precision;
  /** What embeds frames in the Worker, where the model was trained on a tower's tokens. */
  edgeEncoder?: string;
  /** What `learn` has fitted of people's earlier tracks. */
  taste?: BuildOptions['taste'];
  /** Uses that the rule of cues is fitted to, and whose pictures are known, where the index is not to be measured on them; heldOut unless given. */
  fitOn?: BuildOptions['heldOut'];
}

/** @throws Error when nothing can be read, when a gate fails, or when another build came first */
export async function indexMusic(options: IndexOptions): Promise<Manifest> {
  const { music, checkpoint, cache, encoders, edgeEncoder, precision, threads, print } = options;
  servingOf(checkpoint.config); // refused before the music is encoded
  const store = folderStore(options.folder);
  await store.sweep(); // a move that was decided before this begins is not one that overtakes it
  const from = await readCurrent(store);
  const audio = await trainedOn('build', checkpoint.encoders.audio, encoders, print);
  // What does not fit is refused before the music is encoded.
  const tower = edgeEncoder
    ? await edgeTower(edgeEncoder, { checkpoint, encoders, precision: precision ?? 'fp32', print })
    : undefined;
  for (const line of tower?.remarks ?? []) print(line);
  await checkTables(options);
  const encoded = await encodeMusic(music, audio, {
    cache,
    workers: options.workers,
    progress: (total) => options.progress('encode your music', total),
  });
  const { tracks: kept, leftOut } = sortOut(encoded.tracks, options.least ?? LEAST);
  if (kept.length === 0) refuseNone(music, leftOut);
  const library = { ...encoded, tracks: kept, leftOut: leftOut.tracks };
  const work = join(cache, `build-${sha256Hex(options.folder).slice(0, 12)}`);
  if (from.pointer) await sayWhatIsLeftOut(store, from.pointer.indexVersion, kept, print);
  print(await refuseFullDisk(diskNeeded(kept, checkpoint.config), { folder: options.folder, work }));
  const described = await describeLibrary(store, library, options);
  const fitOn = options.fitOn ?? options.heldOut;
  const tracks = await withUses(library.tracks, { ...options, videos: fitOn?.data.videos });
  const written = await writeIndex(store, {
    ...options,
    heldOut: fitOn,
    ...described,
    work,
    tracks,
    tower,
    audioKey: checkpoint.encoders.audio.key ?? audio.key,
  });
  const exact = { checkpoint, tracks };
  const { manifest } = await publishIfGatesPass(store, written, {
    ...options,
    exact,
    from,
    keep: options.keep ?? KEEP,
    threads,
    leftOut,
  });
  await rm(work, { recursive: true, force: true }); // a build that ends before goes on from it
  return manifest;
}

/** Tracks of the index that is answered from that are not in this library: they came from another folder, or their files are gone. */
async function sayWhatIsLeftOut(
  store: BundleStore,
  version: string,
  tracks: TrackList,
  print: (line: string) => void,
): Promise<void> {
  const contents = new Set<number>(); // of a million tracks their hashes as texts would be 100 MB
  const shortOf = (sha256: string): number => Number.parseInt(sha256.slice(0, 12), 16);
  for (const { sha256 } of tracks) contents.add(shortOf(sha256));
  let [count, first] = [0, ''];
  try {
    for await (const { sha256, file, removed } of catalogueTracks(store, await readManifest(store, version)))
      if (!removed && !contents.has(shortOf(sha256)) && count++ === 0) first = file;
  } catch {
    return; // a damaged index is what a build mends
  }
  if (count)
    print(`note: ${count} tracks of the index that is answered from now are not in this folder, such as ${first}`);
}

/** What is wrong with a table is said before the music is encoded. @throws Error naming the file, the row and the column */
export async function checkTables({ catalogue, log }: Pick<LibraryOptions, 'catalogue' | 'log'>): Promise<void> {
  if (catalogue) await readRows(catalogue);
  if (log) await readUses(log);
}

/** What the catalogue says of the tracks beside their analysis, their previews, and what of the catalogue was of no use. */
export async function describeLibrary(
  store: BundleStore,
  { leftOut, ...library }: Library & { leftOut: readonly Unreadable[] },
  { music, catalogue, withPreviews, progress, print }: LibraryOptions,
): Promise<Pick<BuildOptions, 'fields' | 'previews'>> {
  for (const { file, of } of library.copies) print(`indexed once: ${file}: the same content as ${of}`);
  for (const { file, reason } of library.rejected) print(`not indexed: ${file}: ${reason}`);
  for (const line of library.remarks ?? []) print(line);
  const rejected = [...library.rejected, ...leftOut];
  const matched = catalogue ? await matchCatalogue(catalogue, { ...library, rejected }) : undefined;
  if (catalogue && matched) for (const line of catalogueLines(catalogue, matched)) print(line);
  if (!withPreviews) return { fields: matched?.fields };
  const bar = progress('previews', library.tracks.length);
  const played = await putPreviews(store, music, library.tracks, { bar });
  bar.done();
  for (const { file, reason } of played.without) print(`no preview: ${file}: ${reason}`);
  print(
    `previews: ${played.previews.size} of ${library.tracks.length} tracks${played.made ? `, ${played.made} of them made by ffmpeg` : ''}`,
  );
  return { fields: matched?.fields, previews: played.previews };
}
