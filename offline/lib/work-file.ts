/**
 * What a long piece of work has made so far, in files that a later run goes on from.
 *
 * A file is named by what it was made of, and ends in the hash of its content: one that is not whole is made again. Which folder they lie in, and
 * when they are deleted, is the caller's business.
 */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { notWritten } from './files.ts';
import { temporaryName } from './leftovers.ts';

const HASH_BYTES = 32;

/** Write a file from pieces, whole or not at all. */
export async function writeWorkFile(path: string, pieces: Iterable<Uint8Array>): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'wx');
    try {
      const hash = createHash('sha256');
      for (const piece of pieces) await writeAll(file, hashed(hash, piece));
      await writeAll(file, hash.digest());
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw notWritten(path, error);
  }
}

/** Whether the file is there and its content is what was written. */
export async function isWorkWhole(path: string): Promise<boolean> {
  const bytes = await contentBytes(path);
  if (bytes === undefined) return false;
  const hash = createHash('sha256');
  if (bytes > 0) for await (const piece of createReadStream(path, { end: bytes - 1 })) hash.update(piece as Uint8Array);
  return Buffer.compare(hash.digest(), readWork(path, bytes, HASH_BYTES)) === 0;
}

/** Of what was written; undefined where there is no such file. */
export async function contentBytes(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() && found.size >= HASH_BYTES ? found.size - HASH_BYTES : undefined;
}

/** Some bytes of a file, in a buffer of their own. @throws Error when the file is not there or ends before */
export function readWork(path: string, from: number, count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count);
  const file = openSync(path, 'r');
  try {
    for (let at = 0; at < count; ) {
      const read = readSync(file, bytes, at, Math.min(LARGEST_READ, count - at), from + at);
      if (!read) throw new Error(`${path}: the file became shorter while it was read. Start again.`);
      at += read;
    }
  } finally {
    closeSync(file);
  }
  return bytes;
}

/** One read ends at 2 GiB. */
const LARGEST_READ = 2 ** 30;

function hashed(hash: Hash, piece: Uint8Array): Uint8Array {
  hash.update(piece);
  return piece;
}

/** A write may take less than it was given. */
async function writeAll(file: Awaited<ReturnType<typeof open>>, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten;
}
