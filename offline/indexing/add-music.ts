/** More files into an index that is there: those that it has already are left alone, the others are encoded and added. */

import type { Manifest } from '../../index/format/manifest.ts';
import { mapConcurrent } from '../../index/map-concurrent.ts';
import { encodeTracks } from '../encode/encode.ts';
import { openKnownHashes } from '../encode/known-hashes.ts';
import { findMusic, loadTracks } from '../encode/library.ts';
import { FILES_AT_ONCE, ofTheFile, sha256File } from '../lib/files.ts';
import { packedMap } from '../lib/packed-map.ts';
import type { Found } from '../media/media-files.ts';
import { addToIndex } from './add.ts';
import { publishIfGatesPass } from './gated-publish.ts';
import { checkTables, describeLibrary, type LibraryOptions } from './index-music.ts';
import { LEAST, leftOutLines, sortOut } from './left-out.ts';
import { catalogueTracks } from './store/catalogue.ts';
import { folderStore } from './store/folder-store.ts';
import { KEEP } from './store/publish.ts';
import type { BundleStore } from './store/store.ts';
import { currentManifest } from './store/versions.ts';
import { withUses } from './track-uses.ts';
import { trainedOn } from './trained-encoder.ts';

export interface AddMusicOptions extends LibraryOptions {
  /** Of the folder `music`, only these, as paths within it. */
  only?: readonly string[];
}

/**
 * A file whose content cannot be read is reported and left out: whether it is new is not known.
 * @returns undefined when the index has all that belong there
 * @throws Error as addToIndex and publishIfGatesPass, when no file can be read, and when the machine has no more open files to give
 */
export async function addMusic(options: AddMusicOptions): Promise<Manifest | undefined> {
  const { music, checkpoint, cache, print } = options;
  const store = folderStore(options.folder);
  await checkTables(options);
  await store.sweep();
  const { current, manifest } = await currentManifest(store);
  const { audio: indexed } = manifest.encoders;
  const audio = await trainedOn(
    'add',
    { ...indexed, key: indexed.key ?? checkpoint.encoders.audio.key },
    options.encoders,
    print,
  );
  const found = await newTo(store, manifest, options);
  if (!found.files.length && !found.unreadable.length) return undefined;

  const { encoded, rejected } = await encodeTracks(found, audio, {
    cache,
    workers: options.workers,
    progress: (total) => options.progress('encode your music', total),
  });
  if (!encoded.length && options.only)
    throw new Error(
      `${music}: none of the new files could be read. The first: ${rejected[0].file}: ${rejected[0].reason}`,
    );
  if (!encoded.length) {
    // A folder with a file that is never readable is added again and again, and has nothing new.
    for (const { file, reason } of rejected) print(`not indexed: ${file}: ${reason}`);
    return undefined;
  }
  const heard = await loadTracks(encoded, audio, cache);
  const { tracks: kept, leftOut } = sortOut(heard, options.least ?? LEAST);
  if (kept.length === 0) {
    for (const line of leftOutLines(leftOut)) print(line);
    return undefined;
  }
  const tracks = await withUses(kept, { ...options, videos: options.heldOut?.data.videos });
  const copies = encoded.flatMap(({ file, copies }) => copies.map((copy) => ({ file: copy, of: file })));
  const described = await describeLibrary(store, { tracks, rejected, copies, leftOut: leftOut.tracks }, options);
  const written = await addToIndex(store, manifest, {
    ...options,
    ...described,
    tracks,
    audioKey: indexed.key ?? checkpoint.encoders.audio.key ?? audio.key,
  });
  const exact = { checkpoint, tracks };
  const settled = await publishIfGatesPass(store, written, {
    ...options,
    exact,
    from: current,
    keep: options.keep ?? KEEP,
    leftOut,
  });
  return settled.manifest;
}

/** Files whose content the index does not have, and what is to be said of them. */
async function newTo(store: BundleStore, manifest: Manifest, options: AddMusicOptions): Promise<Found> {
  const known = new Set<string>();
  const idsByFile = packedMap<string>();
  for await (const { sha256, file, id, removed } of catalogueTracks(store, manifest)) {
    if (removed) continue;
    known.add(sha256);
    idsByFile.set(file, id);
  }
  const found = await newFiles(await wanted(options), known, options.cache);
  options.print(`${found.files.length} new files, ${found.before} in the index already`);
  for (const { file } of found.files) {
    const id = idsByFile.get(file);
    if (id)
      options.print(
        `note: ${file} is in the index with another content, too: \`cuepoint index remove --track ${id}\` takes that out`,
      );
  }
  return found;
}

async function wanted({ music, only }: AddMusicOptions): Promise<Found> {
  const found = await findMusic(music);
  if (!only) return found;
  const missing = only.find((file) => !found.files.some((one) => one.file === file));
  if (missing) throw new Error(`${missing}: expected an audio file, found none. Check the path.`);
  return { files: found.files.filter(({ file }) => only.includes(file)), unreadable: [] };
}

/** @throws Error when the machine is at fault, not a file */
async function newFiles(
  { files, unreadable }: Found,
  known: ReadonlySet<string>,
  cache: string,
): Promise<Found & { before: number }> {
  const { hash, close } = await openKnownHashes(cache, sha256File);
  const hashes = await mapConcurrent(FILES_AT_ONCE, files, ({ path }) => hash(path).catch(ofTheFile)).finally(close);
  const failed = files.flatMap(({ file }, i) => {
    const hash = hashes[i];
    return hash instanceof Error ? [{ file, reason: hash.message }] : [];
  });
  const read = files.filter((_, i) => typeof hashes[i] === 'string');
  const added = files.filter((_, i) => typeof hashes[i] === 'string' && !known.has(hashes[i]));
  return { files: added, unreadable: [...unreadable, ...failed], before: read.length - added.length };
}
