/**
 * Replace a file of a folder if it is still the one that was read: compare and swap, out of what a file system has.
 *
 * There is no "rename if unchanged", but a hard link fails where the name is taken. So every state of the file has a name of its own,
 * its claim, and the first process to link that has decided what comes next: for good, however long it pauses afterwards, and whatever the
 * clocks say. The claim holds the name of the new content, which lies beside it; renaming that into place finishes the move. Any process
 * that meets the claim can do it, and it is done once, since the name is used up. The claim stays for a day, so that a process that read
 * the same state and comes later finds it taken.
 *
 * A state is the content, the file's number and its date to the nanosecond: the same content written again is another state.
 */
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { notWritten, readBytes, sha256Hex } from '../../lib/files.ts';
import { isOfDeadProcess, temporaryName } from '../../lib/leftovers.ts';
import type { Stored } from './store.ts';

/** Hidden, beside the file. */
const claims = (path: string): string => join(dirname(path), '.claims');
/** A state is claimed anew where the new content of an earlier claim is gone, which happens when it is deleted by hand. */
const claimOf = (path: string, tag: string, attempt: number): string =>
  join(claims(path), `${sha256Hex(`${basename(path)} ${tag}`).slice(0, 24)}-${attempt}`);

const KEPT_MS = 24 * 3600_000;

/** Undefined where there is no such file. */
export async function readWithState(path: string): Promise<Stored | undefined> {
  const file = await open(path).catch(nothing('ENOENT', 'ENOTDIR'));
  if (!file) return undefined;
  try {
    const { ino, mtimeNs, size } = await file.stat({ bigint: true });
    const bytes = await readBytes(file, path, Number(size));
    return {
      bytes,
      // Only who replaces a file wants it, and its reader hashes an object by himself.
      get tag() {
        return `${sha256Hex(bytes)}-${ino}-${mtimeNs}`;
      },
    };
  } finally {
    await file.close();
  }
}

/**
 * @param tag of the state that was read; undefined where there was no file
 * @returns false when another came first, and nothing of this was written
 */
export async function replaceFile(
  path: string,
  content: Uint8Array | string,
  tag: string | undefined,
): Promise<boolean> {
  const own = join(claims(path), `next-${basename(temporaryName('of', 'tmp'))}`);
  try {
    await mkdir(claims(path), { recursive: true });
    await writeWhole(own, content);
    if (tag === undefined)
      return await link(own, path)
        .then(() => true, nothing('EEXIST'))
        .then(Boolean);
    if ((await readWithState(path))?.tag !== tag) return false;
    return await claim(path, tag, own);
  } catch (error) {
    throw notWritten(path, error);
  } finally {
    await rm(own, { force: true });
  }
}

async function claim(path: string, tag: string, own: string): Promise<boolean> {
  const note = `${own}.claim`;
  await writeWhole(note, basename(own));
  try {
    for (let attempt = 0; ; attempt++) {
      const isFirst = await link(note, claimOf(path, tag, attempt)).then(() => true, nothing('EEXIST'));
      if (isFirst) {
        const moved = await rename(own, path).then(() => true, nothing('ENOENT'));
        // Not there any more: another process finished it. Or it was deleted, and then the state is the old one.
        return moved ?? (await readWithState(path))?.tag !== tag;
      }
      if (await finish(path, tag, attempt)) return false;
    }
  } finally {
    await rm(note, { force: true });
  }
}

/** Finish the move that a claim stands for. @returns false where it is impossible: the new content is gone, and the file is as it was */
async function finish(path: string, tag: string, attempt: number): Promise<boolean> {
  const next = await readFile(claimOf(path, tag, attempt), 'utf8').catch(nothing('ENOENT'));
  if (next === undefined) return true; // removed after a day
  const moved = await rename(join(claims(path), next), path).then(() => true, nothing('ENOENT'));
  return moved ?? (await readWithState(path))?.tag !== tag;
}

/** Finish the move of an owner that was killed, and remove what others have left. */
export async function finishReplacing(path: string): Promise<void> {
  const names = (await readdir(claims(path)).catch(nothing('ENOENT', 'ENOTDIR'))) ?? [];
  const tag = (await readWithState(path))?.tag;
  if (tag !== undefined)
    for (let attempt = 0; names.includes(basename(claimOf(path, tag, attempt))); attempt++)
      if (await finish(path, tag, attempt)) break;
  for (const name of names) {
    const file = join(claims(path), name);
    const found = await stat(file).catch(nothing('ENOENT'));
    if (found && (isOfDeadProcess(name) || Math.abs(Date.now() - found.mtimeMs) > KEPT_MS))
      await rm(file, { force: true });
  }
}

async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** For `.catch`: undefined for these errors of the file system, any other as it is. */
function nothing(...codes: string[]) {
  return (error: NodeJS.ErrnoException): undefined => {
    if (!codes.includes(error.code ?? '')) throw error;
  };
}
