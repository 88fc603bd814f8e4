/** Files of a store as they are named: by size and hash. */
import type { PiecedFile } from '../../../index/format/manifest.ts';
import { sha256Hex } from '../../lib/files.ts';
import type { Ahead } from '../../lib/read-ahead.ts';
import type { BundleStore, Stored } from './store.ts';

/** A file that an index needs. The hash of a preview is known by the start that its path carries. */
export interface Needed {
  path: string;
  bytes: number;
  sha256?: string;
}

/** How many files of an index are read before they are looked at: a bucket is mostly waited for. */
export const AHEAD: Ahead<Needed> = { limit: 8, room: 8 * 2 ** 20, bytesOf: ({ bytes }) => bytes };

/** A file of an index is missing, or another than is named. */
export class FaultyFileError extends Error {
  override name = 'FaultyFileError';
}

/** @throws FaultyFileError when the file is missing or another than is named; what the store throws */
export async function readChecked(store: BundleStore, file: Needed): Promise<Stored> {
  const stored = await store.read(file.path);
  const fault = stored ? faultOf(stored, file) : 'no such file';
  if (!stored || fault)
    throw new FaultyFileError(`${store.name}: ${file.path}: ${fault}. Build the index again, or publish it again.`);
  return stored;
}

/** A file that may be kept in pieces. @throws as readChecked */
export async function readWhole(store: BundleStore, { pieces, ...file }: PiecedFile): Promise<Uint8Array<ArrayBuffer>> {
  if (!pieces) return (await readChecked(store, file)).bytes;
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.bytes, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set((await readChecked(store, piece)).bytes, at);
    at += piece.bytes;
  }
  const fault = faultOf({ bytes }, file);
  if (fault)
    throw new FaultyFileError(`${store.name}: ${file.path}: ${fault}. Build the index again, or publish it again.`);
  return bytes;
}

/** What is wrong with a file, if anything is. */
export function faultOf(
  { bytes }: Pick<Stored, 'bytes'>,
  { path, bytes: expected, sha256 }: Needed,
): string | undefined {
  if (bytes.length !== expected) return `expected ${expected} bytes, got ${bytes.length}`;
  const hash = sha256Hex(bytes);
  if (sha256 !== undefined ? hash === sha256 : path.includes(`-${hash.slice(0, 16)}.`)) return undefined;
  return `expected the content of that hash, got ${hash}`;
}
