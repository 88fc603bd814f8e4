/**
 * Published indexes in a folder: index/bundle, which the Worker serves as its static assets.
 *
 * A file system has no "write if unchanged", but a hard link fails where the name is taken. So whoever wants to replace a file
 * first links its new content to a claim, which is named by the old content, and then renames the claim into place. The claim is the
 * new content itself: when its owner is killed in between, the next one to come finishes the move, and no lock is left behind.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256Hex, writeFileAtomic } from '../files.ts';
import type { BundleStore, Listed, Stored } from './store.ts';

/** From claim to rename are a few milliseconds: a claim this old has lost its owner. */
const ABANDONED_MS = 2000;

/** Hidden, beside the file. */
const claimOf = (path: string, tag: string | undefined): string =>
  join(dirname(path), `.next-${(tag ?? 'none').slice(0, 16)}`);

export function folderStore(folder: string): BundleStore {
  const at = (path: string): string => join(folder, path);

  async function read(path: string): Promise<Stored | undefined> {
    const bytes = await readFile(at(path)).catch(nothing('ENOENT', 'ENOTDIR'));
    return bytes && { bytes: Uint8Array.from(bytes), tag: sha256Hex(bytes) };
  }

  async function find(path: string): Promise<Listed | undefined> {
    const found = await stat(at(path)).catch(nothing('ENOENT', 'ENOTDIR'));
    return found?.isFile() ? { path, bytes: found.size, writtenAt: found.mtimeMs } : undefined;
  }

  async function finishAbandoned(path: string): Promise<void> {
    const claim = claimOf(at(path), (await read(path))?.tag);
    const found = await stat(claim).catch(nothing('ENOENT'));
    if (found && Date.now() - found.mtimeMs > ABANDONED_MS) await rename(claim, at(path)).catch(nothing('ENOENT')); // of two that come at once, one does it
  }

  async function replace(path: string, bytes: Uint8Array | string, tag: string | undefined): Promise<boolean> {
    await mkdir(dirname(at(path)), { recursive: true });
    await finishAbandoned(path);
    const claim = claimOf(at(path), tag);
    const own = `${claim}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await writeFileAtomic(own, bytes);
      const isFirst = await link(own, claim).then(() => true, nothing('EEXIST'));
      if (!isFirst) return false;
      if ((await read(path))?.tag === tag) {
        await rename(claim, at(path));
        return true;
      }
      await rm(claim, { force: true }); // what was replaced long ago can be claimed again, for nothing
      return false;
    } finally {
      await rm(own, { force: true });
    }
  }

  return {
    name: folder,
    read,
    replace,
    find,
    async list(below) {
      const names = (await readdir(at(below)).catch(nothing('ENOENT'))) ?? [];
      const found = await Promise.all(names.sort().map((name) => find(`${below}/${name}`)));
      return found.filter((file) => file !== undefined);
    },
    write: (path, bytes) => writeFileAtomic(at(path), bytes).catch(stillAnswering),
    remove: (path) => rm(at(path), { force: true }),
    close: async () => {},
  };
}

/** For `.catch`: a disk that is full, a folder that is none, no permission. */
function stillAnswering(cause: Error): never {
  throw new Error(`${cause.message} What was answered from still is.`, { cause });
}

/** For `.catch`: undefined for these errors of the file system, any other as it is. */
function nothing(...codes: string[]) {
  return (error: NodeJS.ErrnoException): undefined => {
    if (!codes.includes(error.code ?? '')) throw error;
  };
}
