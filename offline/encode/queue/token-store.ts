/**
 * Where the workers of many machines put what they encode: a folder that all of them see, or a bucket.
 *
 * It holds the very files of a cache (token-cache.ts) under the same names, so a folder is a cache: `index build --cache` takes it as it is. Beside them
 * lie what became of each shard (shard-report.ts) and the store's own name, by which a worker that was given another store is found out.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { mapConcurrent } from '../../../index/map-concurrent.ts';
import { notWritten, writeFileAtomic } from '../../lib/files.ts';
import { temporaryName } from '../../lib/leftovers.ts';
import { isBucketAddress, openBucket } from './bucket.ts';

export interface TokenStore {
  /** For people. */
  name: string;
  /** A folder of this machine, which encoders write into and tokens are read from. */
  cache: string;
  /** The same on every machine. @throws Error when nothing was ever enqueued for it, unless it is `made` here */
  id(options: { make: boolean }): Promise<string>;
  /** Undefined where there is nothing. */
  read(path: string): Promise<string | undefined>;
  write(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Brings these files into the cache, in place of what it has. @returns whether the store has all of them */
  pull(paths: readonly string[]): Promise<boolean>;
  /** Puts these files of the cache into the store. */
  push(paths: readonly string[]): Promise<void>;
  /** They are not asked for again: a bucket's cache lets go of them. */
  forget(paths: readonly string[]): Promise<void>;
  close(): void;
}

/** A line of its own, so that nobody takes it for tokens. */
const ID_PATH = 'store-id.txt';

/** Requests to a bucket at a time: each takes some ten milliseconds, whatever it is about. */
const REQUESTS_AT_ONCE = 8;

/** @param address of a bucket, or a folder's path @param scratch of this machine, for a bucket */
export async function openTokenStore(address: string, scratch: string): Promise<TokenStore> {
  return isBucketAddress(address) ? bucketStore(address, scratch) : folderStore(resolve(address));
}

function folderStore(folder: string): TokenStore {
  const at = (path: string): string => join(folder, path);
  const read = (path: string) => readFile(at(path), 'utf8').catch(nothing);
  return {
    name: folder,
    cache: folder,
    async id({ make }) {
      const found = await stat(folder).catch(nothing);
      if (!found && !make) throw new Error(noStore(folder));
      await mkdir(folder, { recursive: true }).catch((error: unknown) => {
        throw notWritten(at(ID_PATH), error);
      });
      return idIn(folder, make, read, (text) => createFile(at(ID_PATH), text));
    },
    read,
    write: (path, text) => writeFileAtomic(at(path), text),
    remove: (path) => rm(at(path), { force: true }),
    pull: async (paths) => paths.every((path) => existsSync(at(path))),
    push: async () => {},
    forget: async () => {},
    close: () => {},
  };
}

/** Whole, and only where there is nothing. */
async function createFile(path: string, text: string): Promise<void> {
  const own = temporaryName(path);
  try {
    await writeFile(own, text);
    await link(own, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } catch (error) {
    throw notWritten(path, error);
  } finally {
    await rm(own, { force: true });
  }
}

async function bucketStore(address: string, scratch: string): Promise<TokenStore> {
  const bucket = await openBucket(address);
  const at = (path: string): string => join(scratch, path);
  const read = async (path: string) => {
    const bytes = await bucket.read(path);
    return bytes && new TextDecoder().decode(bytes);
  };
  return {
    name: bucket.name,
    cache: scratch,
    id: ({ make }) => idIn(bucket.name, make, read, (text) => bucket.create(ID_PATH, text)),
    read,
    write: (path, text) => bucket.write(path, text),
    remove: (path) => bucket.remove(path),
    async pull(paths) {
      const found = await mapConcurrent(REQUESTS_AT_ONCE, paths, async (path) => {
        const bytes = await bucket.read(path);
        if (bytes) await writeFileAtomic(at(path), bytes);
        return bytes !== undefined;
      });
      return found.every(Boolean);
    },
    async push(paths) {
      await mapConcurrent(REQUESTS_AT_ONCE, paths, async (path) => bucket.write(path, await readFile(at(path))));
    },
    async forget(paths) {
      for (const path of paths) await rm(at(path), { force: true });
    },
    close: bucket.close,
  };
}

/** Made once; of several that make one at once all take what is there afterwards. */
async function idIn(
  name: string,
  make: boolean,
  read: (path: string) => Promise<string | undefined>,
  create: (text: string) => Promise<void>,
): Promise<string> {
  const known = await read(ID_PATH);
  if (known) return known.trim();
  if (!make) throw new Error(noStore(name));
  await create(`${randomUUID()}\n`);
  const made = await read(ID_PATH);
  if (made) return made.trim();
  throw new Error(`--store: ${name}: expected ${ID_PATH}, which was just written, found none. Check the store.`);
}

const noStore = (name: string): string =>
  `--store: expected the store that \`cuepoint encode --queue\` was given, got ${name}, where no ${ID_PATH} lies. Give that one, or mount it here.`;

function nothing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
