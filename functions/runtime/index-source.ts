/**
 * Where the Worker's index lies: in the R2 bucket where one is bound and has been published to, else in the static assets.
 *
 * Both have the layout of index/format/pointer.ts. Every file is checked against the size and sha256 that the pointer or the manifest gives
 * before anything is made of it: an upload that was cut, or half of an older one, is refused and never searched. A shard that is read
 * again is checked by its size only.
 */
import type { BundleFile } from '../../index/format/manifest.ts';
import { POINTER_PATH, type Pointer, parsePointer } from '../../index/format/pointer.ts';
import { Problem } from '../schema/problem.ts';
import { sha256Hex } from '../sha256.ts';
import { type Assets, fetchAsset } from './assets.ts';

export interface IndexPlaces {
  ASSETS: Assets;
  BUCKET?: Pick<R2Bucket, 'get'>;
}

export interface IndexSource {
  pointer: Pointer;
  /** @throws Problem index-unusable when there is no such file, or another than was published */
  read(file: BundleFile): Promise<ArrayBuffer>;
}

/**
 * The index that is published now.
 * @throws Problem index-missing where there is none, index-unusable when the pointer is none
 */
export async function findIndex({ ASSETS, BUCKET }: IndexPlaces): Promise<IndexSource> {
  const inAssets = async (path: string) => (await fetchAsset(ASSETS, path))?.arrayBuffer();
  const inBucket = BUCKET && ((path: string) => readObject(BUCKET, path));
  for (const readFrom of inBucket ? [inBucket, inAssets] : [inAssets]) {
    const text = await readFrom(POINTER_PATH);
    if (!text) continue;
    const pointer = usable(() => parsePointer(new TextDecoder().decode(text)));
    const checked = new Set<number>();
    return { pointer, read: (file) => readChecked(readFrom, file, checked) };
  }
  throw new Problem(
    'index-missing',
    'index: expected a published index, got none. Build one (npm run demo), then start or deploy the Worker again.',
  );
}

/** Some 2 MB. Of an index with more shards few are read twice. */
const MOST_CHECKED = 1 << 16;

type ReadFrom = (path: string) => Promise<ArrayBuffer | undefined>;

/**
 * @param checked what was hashed before, by the first 48 bits of its hash: a shard comes and goes, and what is named by its hash does not change. Paths of
 * all shards of 200,000 tracks would take 5 MB.
 */
async function readChecked(
  readFrom: ReadFrom,
  { path, bytes, sha256 }: BundleFile,
  checked: Set<number>,
): Promise<ArrayBuffer> {
  const content = await readFrom(path);
  if (!content) throw unusableIndex(`${path}: expected a file of the index, got none.`);
  if (content.byteLength !== bytes) throw unusableIndex(`${path}: expected ${bytes} bytes, got ${content.byteLength}.`);
  const name = Number.parseInt(sha256.slice(0, 12), 16);
  if (checked.has(name)) return content;
  const hash = await sha256Hex(content);
  if (hash !== sha256) throw unusableIndex(`${path}: expected sha256 ${sha256}, got ${hash}.`);
  if (checked.size === MOST_CHECKED) checked.clear();
  checked.add(name);
  return content;
}

async function readObject(bucket: Pick<R2Bucket, 'get'>, path: string): Promise<ArrayBuffer | undefined> {
  return (await bucket.get(path))?.arrayBuffer();
}

/** What the readers of index/ refuse is the index's fault. */
export function usable<T>(open: () => T): T {
  try {
    return open();
  } catch (cause) {
    // A reader's own words are plain Errors; those of JavaScript are for the log.
    const isOurs = cause instanceof Error && cause.constructor === Error;
    throw unusableIndex(isOurs ? cause.message : 'expected files that can be read, got others.', cause);
  }
}

/** @param what goes to the caller; `cause` to the log */
export function unusableIndex(what: string, cause?: unknown): Problem {
  return new Problem('index-unusable', `index: ${what} Build the index again and publish all of it.`, { cause });
}
