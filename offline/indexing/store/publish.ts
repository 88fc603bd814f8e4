/**
 * Putting an index in place so that half of it is never seen: first its objects, then its manifest, then the pointer.
 *
 * Objects and manifests are named by their content, so writing one that is there changes nothing, and until the pointer moves
 * nothing of an index is seen, whenever the writer is killed. The pointer moves only if it is what it was when the writer began: of
 * two at once one wins, and where both want the same, both do. What tidy.ts deletes is never named by the current index or the
 * previous one, nor younger than ORPHAN_MS: so what is about to be named is given a fresh date first.
 */

import { BUNDLE_VERSION, type BundleFile, type Manifest, plainManifest } from '../../../index/format/manifest.ts';
import {
  manifestPath,
  OBJECTS,
  objectPath,
  POINTER_PATH,
  type Pointer,
  reportPath,
  writePointer,
} from '../../../index/format/pointer.ts';
import { mapConcurrent } from '../../../index/map-concurrent.ts';
import { sha256Hex } from '../../lib/files.ts';
import { readChecked } from './read-checked.ts';
import { type BundleStore, type Listed, OvertakenError } from './store.ts';
import { ORPHAN_MS, tidy } from './tidy.ts';
import { type Current, filesIfKnown, filesNeeded, readCurrent, readManifest } from './versions.ts';

/** How many indexes are kept, the current one included: enough to go back twice. */
export const KEEP = 3;

export interface Move {
  /** The pointer as it was when this began. */
  from: Current;
  now: Date;
  /** Indexes to keep, the current one included. */
  keep: number;
}

/** @param role what it is for, which its path says beside its hash */
export async function putObject(
  store: BundleStore,
  role: string,
  extension: string,
  content: Uint8Array | string,
): Promise<BundleFile> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const sha256 = sha256Hex(bytes);
  const path = objectPath(role, sha256, extension);
  // A fresh date keeps what is there from being tidied away before it is named; a damaged one is mended.
  if (!((await store.holds(path, bytes)) && (await store.freshen(path)))) await store.write(path, bytes);
  return { path, bytes: bytes.length, sha256 };
}

export const manifestText = (manifest: Manifest): string => `${JSON.stringify(plainManifest(manifest), null, 1)}\n`;

/** Write the manifest of an index whose objects are there, and see to it that none of them is tidied away before it is named. */
export async function putManifest(store: BundleStore, manifest: Manifest, now: Date): Promise<Manifest> {
  const { indexVersion, formatVersion } = manifest;
  const there = await objectsIn(store);
  await mapConcurrent(AT_ONCE, await filesNeeded(store, manifest), async ({ path, bytes }) => {
    const found = there.get(path) ?? (await store.find(path));
    const isOld = found && !isFresh(found.writtenAt, now);
    if (found?.bytes !== bytes || (isOld && !(await store.freshen(path))))
      throw new Error(`${store.name}: ${path}: not there, or no more. Build or publish the index again.`);
  });
  // A manifest of an earlier format is not named by all of its content: the one that is there may be the one that is named.
  const isKept = formatVersion !== BUNDLE_VERSION && (await isReadable(store, indexVersion));
  if (isKept) await store.freshen(manifestPath(indexVersion));
  else await store.write(manifestPath(indexVersion), manifestText(manifest));
  return manifest;
}

/** All objects by path: one request for each thousand of them, where asking for each would be one for each. */
async function objectsIn(store: BundleStore): Promise<Map<string, Listed>> {
  return new Map((await store.list(OBJECTS)).map((file) => [file.path, file]));
}

const isFresh = (writtenAt: number, now: Date): boolean => now.getTime() - writtenAt < ORPHAN_MS / 2;

const isReadable = (store: BundleStore, indexVersion: string): Promise<boolean> =>
  readManifest(store, indexVersion).then(
    () => true,
    () => false,
  );

/**
 * Answer from this index from now on. Its manifest is there.
 * @returns false where the pointer names it already, with the hash that it has
 * @throws OvertakenError when the pointer has been moved to another one meanwhile
 */
export async function movePointer(store: BundleStore, indexVersion: string, move: Move): Promise<boolean> {
  const { pointer, tag } = move.from;
  const stored = await store.read(manifestPath(indexVersion));
  if (!stored) throw new Error(`internal: ${store.name}: no manifest of ${indexVersion}`);
  const manifest = { path: manifestPath(indexVersion), bytes: stored.bytes.length, sha256: sha256Hex(stored.bytes) };
  const isNamed = (named?: Pointer): boolean =>
    named?.indexVersion === indexVersion && named.manifest.sha256 === manifest.sha256;
  const next: Pointer = {
    indexVersion,
    manifest,
    publishedAt: move.now.toISOString(),
    previous: pointer?.indexVersion === indexVersion ? pointer.previous : pointer?.indexVersion,
  };
  const moves = !isNamed(pointer);
  const moved = moves && (await store.replace(POINTER_PATH, writePointer(next), tag));
  if (moves && !moved) {
    const { pointer: now } = await readCurrent(store).catch((): Current => ({}));
    if (!isNamed(now)) throw overtaken(store, indexVersion, now); // else another one has done the very same
  }
  await tidy(store, move.keep, move.now);
  return moved;
}

function overtaken(store: BundleStore, indexVersion: string, now?: Pointer): OvertakenError {
  return new OvertakenError(
    `${store.name}: another build or publish came first${now ? `: it answers from ${now.indexVersion}` : ''}. Run the same again: it begins with that one, and what is encoded is kept. The files of ${indexVersion} are there, too, without what the other brought: \`cuepoint index rollback --to ${indexVersion}\` answers from them.`,
  );
}

export interface Copied {
  manifest: Manifest;
  /** Objects that were written, of all. */
  written: number;
  files: number;
  bytes: number;
  moved: boolean;
}

/**
 * Copy an index from one store to another and answer from it there. What is there already is compared with the source's, and
 * written again where it differs.
 * @param onFile called for each object, with the bytes that were written
 * @throws Error when the source is not whole, OvertakenError
 */
export async function publishIndex(
  source: BundleStore,
  target: BundleStore,
  indexVersion: string,
  move: Move,
  onFile: (total: number, bytes: number) => void = () => {},
): Promise<Copied> {
  const manifest = await readManifest(source, indexVersion);
  const files = await filesNeeded(source, manifest);
  const kept = await keptByPointer(target, move.from);
  const there = await objectsIn(target);
  let [written, bytes] = [0, 0];
  await mapConcurrent(AT_ONCE, files, async (file) => {
    const stored = await readChecked(source, file);
    const found = there.get(file.path);
    const stays = found && (kept.has(file.path) || isFresh(found.writtenAt, move.now));
    const isThere = stays && (await target.holds(file.path, stored.bytes, found));
    if (!isThere) {
      await target.write(file.path, stored.bytes);
      written++;
      bytes += file.bytes;
    }
    onFile(files.length, isThere ? 0 : file.bytes);
  });
  const report = await source.read(reportPath(indexVersion));
  if (report) await target.write(reportPath(indexVersion), report.bytes);
  const put = await putManifest(target, manifest, move.now);
  return { manifest: put, written, files: files.length, bytes, moved: await movePointer(target, indexVersion, move) };
}

/** Paths that are not deleted while the pointer stays. */
async function keptByPointer(store: BundleStore, { pointer }: Current): Promise<Set<string>> {
  const paths = new Set<string>();
  for (const version of [pointer?.indexVersion, pointer?.previous])
    for (const path of (version && (await filesIfKnown(store, version))) || []) paths.add(path);
  return paths;
}

/** An R2 binding has six connections at a time. */
const AT_ONCE = 4;
