/**
 * Published indexes in a folder: .cuepoint/bundle, which the Worker serves as its static assets.
 *
 * Files are written beside their place and renamed; how the pointer is replaced on condition is in replace-file.ts.
 */
import { link, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { atMost } from '../../../index/at-most.ts';
import { FOLDERS, POINTER_PATH } from '../../../index/format/pointer.ts';
import { FILES_AT_ONCE, writeFileAtomic } from '../../lib/files.ts';
import { removeLeftovers, temporaryName } from '../../lib/leftovers.ts';
import { finishReplacing, readWithState, replaceFile } from './replace-file.ts';
import type { BundleStore, Listed, Stored } from './store.ts';

export function folderStore(folder: string): BundleStore {
  const at = (path: string): string => join(folder, path);
  const read = (path: string): Promise<Stored | undefined> => readWithState(at(path));

  async function find(path: string): Promise<Listed | undefined> {
    const found = await stat(at(path)).catch(nothing('ENOENT', 'ENOTDIR'));
    return found?.isFile() ? { path, bytes: found.size, writtenAt: found.mtimeMs } : undefined;
  }

  return {
    name: folder,
    read,
    find,
    async holds(path, bytes) {
      return (
        (await find(path))?.bytes === bytes.length && Buffer.compare((await read(path))?.bytes ?? EMPTY, bytes) === 0
      );
    },
    async list(below) {
      const names = (await readdir(at(below)).catch(nothing('ENOENT'))) ?? [];
      const found = await atMost(FILES_AT_ONCE, names.sort(), (name) => find(`${below}/${name}`));
      return found.filter((file) => file !== undefined);
    },
    write: (path, bytes) => writeFileAtomic(at(path), bytes).catch(stillAnswering),
    replace: (path, bytes, tag) => replaceFile(at(path), bytes, tag).catch(stillAnswering),
    async freshen(path) {
      const now = new Date();
      return (await utimes(at(path), now, now).then(() => true, nothing('ENOENT', 'ENOTDIR'))) ?? false;
    },
    async remove(path, writtenBefore) {
      if (writtenBefore === undefined) return rm(at(path), { force: true });
      // Out of the way first: no other process can give it a fresh date then, and one that has it goes back.
      const aside = temporaryName(at(path));
      if (!(await rename(at(path), aside).then(() => true, nothing('ENOENT', 'ENOTDIR')))) return;
      const { mtimeMs } = await stat(aside);
      if (mtimeMs >= writtenBefore) await link(aside, at(path)).catch(nothing('EEXIST'));
      await rm(aside, { force: true });
    },
    async sweep() {
      await finishReplacing(at(POINTER_PATH));
      for (const below of ['', ...FOLDERS]) await removeLeftovers(at(below));
      const names = (await readdir(folder).catch(nothing('ENOENT', 'ENOTDIR'))) ?? [];
      // Claims of an earlier version, which put them beside the file.
      for (const name of names) if (/^\.next-(?:none|[0-9a-f]{16})/.test(name)) await rm(at(name), { force: true });
    },
    close: async () => {},
  };
}

const EMPTY = new Uint8Array(0);

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
