/**
 * Files as the offline program writes and names them: whole or not at all, and known by their hash.
 *
 * A step that is interrupted must not leave half a file behind that the next run takes for a finished one, so everything
 * that is kept goes through writeFileAtomic (write beside it, fsync, rename; POSIX makes the rename indivisible). What a killed
 * run leaves beside it is removed by the next one (leftovers.ts). What cannot be written is reported with the folder and what to do
 * about it, before the work where that can be known (refuseUnwritable).
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { removeLeftovers, removeLeftoversOnce, temporaryName } from './leftovers.ts';

/**
 * So many files are open at once at most where many are read: a process may hold 256 on some systems, and a disk reads no faster
 * for more.
 */
export const FILES_AT_ONCE = 8;

/**
 * Write a file so that a reader sees the old content or the new, never a part. Missing folders are made.
 * @throws Error with the folder, what is wrong with it and what to do, and the file system's code; nothing is left beside the target then.
 */
export function writeFileAtomic(path: string, data: Uint8Array | string): Promise<void> {
  return fillAtomic(path, (file) => file.writeFile(data));
}

/** The same of lines that come one by one, and need not be in memory together. @param lines without their ends */
export function writeLinesAtomic(path: string, lines: AsyncIterable<string>): Promise<void> {
  return fillAtomic(path, async (file) => {
    let held = '';
    for await (const line of lines) {
      held += `${line}\n`;
      if (held.length < HELD) continue;
      await file.writeFile(held); // at the place where the one before ended
      held = '';
    }
    await file.writeFile(held);
  });
}

/** Characters that are written at once. */
const HELD = 1 << 20;

async function fillAtomic(path: string, fill: (file: FileHandle) => Promise<void>): Promise<void> {
  const folder = dirname(path);
  const temporary = temporaryName(path); // same folder: a rename does not cross file systems
  try {
    await mkdir(folder, { recursive: true });
    await removeLeftoversOnce(folder);
    const file = await open(temporary, 'wx');
    try {
      await fill(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // the first error says more
    throw notWritten(path, error);
  }
}

/**
 * Fill a new folder so that half of it is never found: it is filled beside its place and renamed when it is whole.
 * @throws Error when there is something in its place already, and what filling throws
 */
export async function writeFolderAtomic<T>(out: string, fill: (folder: string) => Promise<T>): Promise<T> {
  await refuseFull(out);
  const place = resolve(out);
  const partial = temporaryName(place, 'partial');
  const written = (error: unknown): never => {
    throw notWritten(partial, error);
  };
  await mkdir(dirname(place), { recursive: true }).catch(written);
  await removeLeftovers(dirname(place)); // what an interrupted run left
  await rm(`${place}.partial`, { recursive: true, force: true }); // and one of an earlier version
  await mkdir(partial).catch(written);
  try {
    const filled = await fill(partial);
    await rename(partial, place).catch(written);
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

/** A block of a disk. */
const PROBE_BYTES = 4096;

/**
 * Asked before long work: whether the folder, or the file, can be written where the flag says. Something is written there, or in the
 * nearest folder above that is there already, and removed again; nothing else is made.
 * @param flag for the message
 * @throws Error with the folder, what is wrong with it and what to do
 */
export async function refuseUnwritable(
  path: string,
  { flag = '--out', kind = 'folder' }: { flag?: string; kind?: 'folder' | 'file' } = {},
): Promise<void> {
  const place = resolve(path);
  const found = await nearest(kind === 'file' ? dirname(place) : place);
  const isFolder = kind === 'file' && (await stat(place).catch(() => undefined))?.isDirectory();
  if (isFolder) throw new Error(`${flag}: expected a file to write, got the folder ${path}. Give another name.`);
  if (!found.isFolder)
    throw new Error(
      found.path === place
        ? `${flag}: expected a folder, got the file ${path}. Give another.`
        : `${flag}: ${path}: expected a folder, got the file ${found.path} in its place. Give another.`,
    );
  const probe = temporaryName(join(found.path, '.probe'));
  try {
    const file = await open(probe, 'wx');
    try {
      await file.writeFile(new Uint8Array(PROBE_BYTES));
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw notWritten(probe, error, `${flag}: `);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

/** The first that is there of a path and the folders above it. */
async function nearest(path: string): Promise<{ path: string; isFolder: boolean }> {
  for (let at = path; ; at = dirname(at)) {
    const found = await stat(at).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw notWritten(join(at, '.'), error);
    });
    if (found || at === dirname(at)) return { path: at, isFolder: found?.isDirectory() ?? true };
  }
}

/** What the file system says to who writes, and what to do about it. */
const FAILURES: Readonly<Record<string, readonly [got: string, next: string]>> = {
  ENOSPC: ['a full disk', 'Free some space, or give a folder on another disk, and start again.'],
  EDQUOT: ['a quota that is used up', 'Free some space, or give another folder, and start again.'],
  EFBIG: ['a limit on the size of a file', 'Raise it (`ulimit -f`), or give a folder on another disk.'],
  EROFS: ['a file system that can only be read', 'Give another folder, or mount it for writing.'],
  EACCES: ['no permission to write there', 'Change its permissions, or give another folder.'],
  EPERM: ['no permission to write there', 'Change its permissions, or give another folder.'],
  ENOTDIR: ['a file in the place of a folder', 'Move that file away, or give another folder.'],
  EEXIST: ['a file in the place of a folder', 'Move that file away, or give another folder.'],
  EISDIR: ['a folder in the place of a file', 'Move that folder away, or give another one.'],
  ENOTEMPTY: ['a folder with something in it', 'Move that folder away, or give another one.'],
  ENOENT: ['one that was moved or deleted, or that nothing can be made in', 'Check the path and start again.'],
  ENAMETOOLONG: ['a name that is too long for it', 'Give a shorter one.'],
  EMFILE: ['too many open files', 'Allow more (`ulimit -n`), and start again.'],
  ENFILE: ['too many open files on this machine', 'End some programs, and start again.'],
  EIO: ['a disk that fails', 'Check the disk, or give a folder on another one.'],
};

/**
 * The file system's error on writing, as a sentence with the folder in it and what to do; the code stays. Any other error as it is.
 * @param path of the file that could not be written
 * @param flag for the beginning of the message
 */
export function notWritten(path: string, error: unknown, flag = ''): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || !code || !('syscall' in error)) return error as Error;
  const [got, next] = FAILURES[code] ?? [`"${message}"`, 'Check the folder, or give another one.'];
  const said = `${flag}${dirname(path)}: expected a folder that can be written to, got ${got} (${code}). ${next}`;
  return Object.assign(new Error(said, { cause: error }), { code });
}

/** The lines of a text in UTF-8, without their ends, one by one; JSON's own, which may hold any other line break that Unicode has. */
export async function* linesIn(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of createReadStream(path, { encoding: 'utf8', highWaterMark: HELD })) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest) yield rest;
}

/** All of a file, in a buffer of its own: what `readFile` gives may be a part of another, and a second copy of a gigabyte is one too many. */
export async function readOwn(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = await open(path);
  try {
    return await readBytes(file, path, (await file.stat()).size);
  } finally {
    await file.close();
  }
}

/** The first bytes of an open file. @param path for the message */
export async function readBytes(file: FileHandle, path: string, count: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; ) {
    const { bytesRead } = await file.read(bytes, at, Math.min(LARGEST_READ, count - at), at);
    if (!bytesRead) throw new Error(`${path}: the file became shorter while it was read. Start again.`);
    at += bytesRead;
  }
  return bytes;
}

/** One read ends at 2 GiB. */
const LARGEST_READ = 2 ** 30;

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

/** Of the process, not of the file in hand: the next one would fare no better. */
const OF_THE_MACHINE: readonly string[] = ['EMFILE', 'ENFILE', 'ENOMEM'];

/** For `.catch` of what reads one of many files: the error, for the file to be reported and left out. @throws that of the machine */
export function ofTheFile(error: NodeJS.ErrnoException): Error {
  if (!OF_THE_MACHINE.includes(error.code ?? '')) return error;
  const [got, next] = FAILURES[error.code!] ?? ['no memory left', 'End some programs, and start again.'];
  throw new Error(`${error.path ?? 'files'}: expected to be read, got ${got} (${error.code}). ${next}`, {
    cause: error,
  });
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
