/**
 * Putting an index in place so that nobody ever sees half of it: first its objects, then its manifest, then the pointer.
 *
 * Objects are named by their content and never replaced, so until the pointer moves nothing of it is seen, whenever the writer is
 * killed; and the pointer moves only if it is what it was when the writer began, so of two at once one wins. What tidy.ts deletes
 * is never named by the current index or the previous one, nor younger than ORPHAN_MS: it cannot be what another writer counts on.
 */
import { atMost } from '../../index/at-most.ts';
import type { BundleFile, Manifest } from '../../index/manifest.ts';
import { manifestPath, objectPath, POINTER_PATH, type Pointer, writePointer } from '../../index/pointer.ts';
import { sha256Hex } from '../files.ts';
import { type BundleStore, OvertakenError, textOf } from './store.ts';
import { ORPHAN_MS, tidy } from './tidy.ts';
import { type Current, filesIfKnown, filesNeeded, type Needed, readChecked, readManifest } from './versions.ts';

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
  // Also where it is already: a fresh date keeps it from being tidied away before it is named.
  await store.write(path, bytes);
  return { path, bytes: bytes.length, sha256 };
}

export const manifestText = (manifest: Manifest): string => `${JSON.stringify(manifest, null, 1)}\n`;

/**
 * Write the manifest of an index whose objects are there. An index that the pointer names is whole and stays as it is, with the
 * date and the report that it has.
 */
export async function putManifest(store: BundleStore, manifest: Manifest, { pointer }: Current): Promise<Manifest> {
  const { indexVersion } = manifest;
  if (pointer && [pointer.indexVersion, pointer.previous].includes(indexVersion))
    return readManifest(store, indexVersion);
  const missing = await missingOf(store, await filesNeeded(store, manifest));
  if (missing.length) throw new Error(`internal: ${store.name}: ${missing[0].path} is not there`);
  await store.write(manifestPath(indexVersion), manifestText(manifest));
  return manifest;
}

async function missingOf(store: BundleStore, files: readonly Needed[]): Promise<Needed[]> {
  const found = await atMost(AT_ONCE, files, async (file) => (await store.find(file.path))?.bytes === file.bytes);
  return files.filter((_, i) => !found[i]);
}

/**
 * Answer from this index from now on. Its manifest is there.
 * @returns false where the pointer names it already
 * @throws OvertakenError when the pointer has been moved by another one meanwhile
 */
export async function movePointer(store: BundleStore, indexVersion: string, move: Move): Promise<boolean> {
  const { pointer, tag } = move.from;
  if (pointer?.indexVersion === indexVersion) return false;
  const stored = await store.read(manifestPath(indexVersion));
  if (!stored) throw new Error(`internal: ${store.name}: no manifest of ${indexVersion}`);
  const next: Pointer = {
    indexVersion,
    manifest: { path: manifestPath(indexVersion), bytes: stored.bytes.length, sha256: sha256Hex(stored.bytes) },
    publishedAt: move.now.toISOString(),
    previous: pointer?.indexVersion,
  };
  if (!(await store.replace(POINTER_PATH, writePointer(next), tag))) throw await overtaken(store, indexVersion);
  await tidy(store, move.keep, move.now);
  return true;
}

async function overtaken(store: BundleStore, indexVersion: string): Promise<OvertakenError> {
  const stored = await store.read(POINTER_PATH);
  const now = stored ? textOf(stored).match(/"indexVersion": "([^"]+)"/)?.[1] : undefined;
  return new OvertakenError(
    `${store.name}: another build or publish came first${now ? `: it answers from ${now}` : ''}. The files of ${indexVersion} are there: see \`cuepoint index list\`, and put it in place by \`cuepoint index rollback --to ${indexVersion}\` if it is what you want.`,
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
 * Copy an index from one store to another and answer from it there.
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
  let [written, bytes] = [0, 0];
  await atMost(AT_ONCE, files, async (file) => {
    const found = await target.find(file.path);
    const isThere =
      found?.bytes === file.bytes && (kept.has(file.path) || move.now.getTime() - found.writtenAt < ORPHAN_MS / 2);
    if (!isThere) {
      await target.write(file.path, (await readChecked(source, file)).bytes);
      written++;
      bytes += file.bytes;
    }
    onFile(files.length, isThere ? 0 : file.bytes);
  });
  const put = await putManifest(target, manifest, move.from);
  return { manifest: put, written, files: files.length, bytes, moved: await movePointer(target, indexVersion, move) };
}

/** Paths that nobody deletes while the pointer stays. */
async function keptByPointer(store: BundleStore, { pointer }: Current): Promise<Set<string>> {
  const paths = new Set<string>();
  for (const version of [pointer?.indexVersion, pointer?.previous])
    for (const path of (version && (await filesIfKnown(store, version))) || []) paths.add(path);
  return paths;
}

/** An R2 binding has six connections at a time. */
const AT_ONCE = 4;
