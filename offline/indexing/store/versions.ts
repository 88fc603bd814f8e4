/** What a store holds: which index is current, which others are kept, and of which files each is made. */
import { filesOf, type Manifest } from '../../../index/format/manifest.ts';
import { parseManifest } from '../../../index/format/parse-manifest.ts';
import { MANIFESTS, manifestPath, POINTER_PATH, type Pointer, parsePointer } from '../../../index/format/pointer.ts';
import { catalogueTracks } from './catalogue.ts';
import { FaultyFileError, type Needed } from './read-checked.ts';
import { type BundleStore, type Listed, textOf } from './store.ts';

/** The pointer as it was read. To move it, one says what it was. */
export interface Current {
  pointer?: Pointer;
  tag?: string;
}

/** @throws Error when the pointer is not one */
export async function readCurrent(store: BundleStore): Promise<Current> {
  const stored = await store.read(POINTER_PATH);
  if (!stored) return {};
  try {
    return { pointer: parsePointer(textOf(stored)), tag: stored.tag };
  } catch (cause) {
    throw new Error(
      `${store.name}: ${POINTER_PATH}: expected a version and its manifest, got something else. Delete that file; \`cuepoint index list\` then has the indexes that are there, and the next build or publish writes it again.`,
      { cause },
    );
  }
}

/** @throws Error when there is no such index, or when its manifest cannot be read or is another's */
export async function readManifest(store: BundleStore, indexVersion: string): Promise<Manifest> {
  const stored = await store.read(manifestPath(indexVersion));
  if (!stored)
    throw new Error(
      `${store.name}: expected the index ${indexVersion}, found none. \`cuepoint index list\` has those that are kept.`,
    );
  const manifest = parseManifest(textOf(stored));
  if (manifest.indexVersion === indexVersion) return manifest;
  throw new Error(
    `${store.name}: ${manifestPath(indexVersion)}: expected the manifest of that index, got one of ${manifest.indexVersion}. Build the index again, or publish it again.`,
  );
}

/** @throws Error when there is no current index, and as readManifest */
export async function currentManifest(store: BundleStore): Promise<{ current: Current; manifest: Manifest }> {
  const current = await readCurrent(store);
  if (!current.pointer)
    throw new Error(`${store.name}: expected an index, found none. Build one by \`cuepoint index build\`.`);
  return { current, manifest: await readManifest(store, current.pointer.indexVersion) };
}

/** The index of that version, or the current one. @throws as currentManifest */
export async function manifestOf(store: BundleStore, indexVersion?: string): Promise<Manifest> {
  return indexVersion ? readManifest(store, indexVersion) : (await currentManifest(store)).manifest;
}

/** Every file of an index but its manifest: those that it names, and the previews that its catalogue names. */
export async function filesNeeded(store: BundleStore, manifest: Manifest): Promise<Needed[]> {
  const needed = new Map<string, Needed>();
  for (const { path, bytes, sha256 } of filesOf(manifest)) needed.set(path, { path, bytes, sha256 });
  if (manifest.counts.previews === 0) return [...needed.values()]; // a large catalogue is not read for nothing
  for await (const { preview } of catalogueTracks(store, manifest))
    if (preview && !needed.has(preview.path)) needed.set(preview.path, { path: preview.path, bytes: preview.bytes });
  return [...needed.values()];
}

/**
 * The same of any index, its manifest included.
 * @returns undefined where that cannot be known: a manifest of an older format, or a catalogue that is not whole
 * @throws what the store throws: a store that cannot be reached says nothing of the index
 */
export async function filesIfKnown(store: BundleStore, indexVersion: string): Promise<string[] | undefined> {
  const stored = await store.read(manifestPath(indexVersion));
  const manifest = stored && orUndefined(() => parseManifest(textOf(stored)));
  if (!manifest) return undefined;
  const files = await filesNeeded(store, manifest).catch((error: Error) => {
    if (error instanceof FaultyFileError) return undefined;
    throw error;
  });
  return files && [manifestPath(indexVersion), ...files.map(({ path }) => path)];
}

function orUndefined<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

export interface Version {
  indexVersion: string;
  /** Of the manifest, in milliseconds since 1970. */
  writtenAt: number;
  isCurrent: boolean;
  isPrevious: boolean;
}

/** The newest first. */
export async function listVersions(store: BundleStore): Promise<Version[]> {
  const { pointer } = await readCurrent(store);
  return versionsIn(await store.list(MANIFESTS), pointer);
}

/** The same of a listing of manifests. */
export function versionsIn(manifests: readonly Listed[], pointer?: Pointer): Version[] {
  return manifests
    .filter(({ path }) => path.endsWith('.json'))
    .map(({ path, writtenAt }) => {
      const indexVersion = path.slice(MANIFESTS.length + 1, -'.json'.length);
      const isCurrent = indexVersion === pointer?.indexVersion;
      return { indexVersion, writtenAt, isCurrent, isPrevious: indexVersion === pointer?.previous };
    })
    .sort((one, other) => other.writtenAt - one.writtenAt || (one.indexVersion < other.indexVersion ? -1 : 1));
}
