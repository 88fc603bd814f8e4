/** The vectors file of an index into a store; what is in it is vectors.ts's. */
import type { BundleFile, PiecedFile } from '../../index/format/manifest.ts';
import { objectPath } from '../../index/format/pointer.ts';
import { sha256Hex } from '../lib/files.ts';
import { putObject } from './store/publish.ts';
import type { BundleStore } from './store/store.ts';

/** Of a piece of a larger file: well below the 25 MiB of a static asset. */
const PIECE_BYTES = 16 << 20;

/** Written in pieces where it would be no asset. */
export async function putVectors(store: BundleStore, bytes: Uint8Array): Promise<PiecedFile> {
  if (bytes.length <= PIECE_BYTES) return putObject(store, 'vectors', 'hnsw', bytes);
  const pieces: BundleFile[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES)
    pieces.push(await putObject(store, 'vectors', 'part', bytes.subarray(at, at + PIECE_BYTES)));
  const sha256 = sha256Hex(bytes);
  return { path: objectPath('vectors', sha256, 'hnsw'), bytes: bytes.length, sha256, pieces };
}
