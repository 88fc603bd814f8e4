/**
 * Files as the offline program writes and names them: whole or not at all, and known by their hash.
 *
 * A step that is interrupted must not leave half a file behind that the next run takes for a finished one, so everything
 * that is kept goes through writeFileAtomic (write beside it, fsync, rename; POSIX makes the rename indivisible).
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Write a file so that a reader sees the old content or the new, never a part. Missing folders are made.
 * @throws the file system's error; nothing is left beside the target then.
 */
export async function writeFileAtomic(path: string, data: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`; // same folder: a rename does not cross file systems
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Fill a new folder so that nobody finds a half of it: it is filled beside its place and renamed when it is whole.
 * @throws Error when there is something in its place already, and what filling throws
 */
export async function writeFolderAtomic<T>(out: string, fill: (folder: string) => Promise<T>): Promise<T> {
  await refuseFull(out);
  const partial = `${resolve(out)}.partial`;
  await rm(partial, { recursive: true, force: true }); // what an interrupted run left
  await mkdir(partial, { recursive: true });
  try {
    const filled = await fill(partial);
    await rename(partial, resolve(out));
    return filled;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Also asked before a long run, so that it does not fail at its end. */
export async function refuseFull(out: string): Promise<void> {
  const names = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error.code === 'ENOTDIR' ? new Error(`${out}: expected a folder, got a file. Give another --out.`) : error;
  });
  if (names.length)
    throw new Error(`${out}: expected a new or empty folder, found ${names.length} files in it. Give another --out.`);
}

/** sha256 of the bytes (of the UTF-8 of a text), lower-case hex. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** sha256 of a file, read in pieces, lower-case hex. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array);
  return hash.digest('hex');
}

/**
 * For `.catch` of what opens a path: a sentence where there is nothing of that kind, any other error as it is.
 * @param expected what should be there, `a checkpoint`
 * @param next what to do about it, a sentence
 */
export function notFound(path: string, expected: string, next: string, kind: 'file' | 'folder' = 'file') {
  return (error: NodeJS.ErrnoException): never => {
    if (!['ENOENT', 'ENOTDIR', 'EISDIR'].includes(error.code ?? '')) throw error;
    throw new Error(`${path}: expected ${expected}, found no such ${kind}. ${next}`, { cause: error });
  };
}
