/**
 * A piece of a published file, from the R2 bucket where one is bound and has it, else from the Worker's static assets.
 *
 * R2 reads the piece alone. The assets binding gives whole files, and what comes before and after the piece is dropped on the way.
 */
import type { ByteRange } from '../byte-range.ts';
import { type Assets, fetchAsset } from './assets.ts';

export interface FileStores {
  ASSETS: Assets;
  BUCKET?: Pick<R2Bucket, 'get'>;
}

/**
 * @param path of the file among the published ones
 * @returns undefined where there is no such file
 * @throws Error when a store fails, or has another size of the file
 */
export async function readStored(
  { ASSETS, BUCKET }: FileStores,
  path: string,
  bytes: number,
  { start, end }: ByteRange,
): Promise<ReadableStream<Uint8Array> | undefined> {
  const length = end - start;
  const stored = await BUCKET?.get(path, { range: { offset: start, length } });
  if (stored) {
    if (stored.size !== bytes) throw otherSize(path, bytes, stored.size);
    return stored.body;
  }
  const asset = await fetchAsset(ASSETS, path);
  if (!asset) return undefined;
  if (!asset.body) throw otherSize(path, bytes, 0);
  const declared = Number(asset.headers.get('content-length') ?? bytes);
  if (declared !== bytes) throw otherSize(path, bytes, declared);
  return length === bytes ? asset.body : pieceOf(asset.body, start, length);
}

/** Whether there is such a file. Nothing of it is kept. */
export async function isStored({ ASSETS, BUCKET }: FileStores, path: string): Promise<boolean> {
  const stored = await BUCKET?.get(path, { range: { offset: 0, length: 1 } });
  const body = stored ? stored.body : (await fetchAsset(ASSETS, path))?.body;
  await body?.cancel();
  return Boolean(body);
}

function pieceOf(whole: ReadableStream<Uint8Array>, start: number, length: number): ReadableStream<Uint8Array> {
  const { readable, writable } = new FixedLengthStream(length); // or the answer would have no Content-Length
  const reader = whole.getReader();
  const writer = writable.getWriter();
  async function copy(): Promise<void> {
    let at = 0;
    while (at < start + length) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`assets: expected at least ${start + length} bytes, got ${at}.`);
      const piece = value.subarray(Math.max(0, start - at), Math.max(0, start + length - at));
      if (piece.length > 0) await writer.write(piece);
      at += value.length;
    }
    await reader.cancel();
    await writer.close();
  }
  copy().catch((error: unknown) => {
    // The client has gone, or sees that the answer ends early.
    reader.cancel().catch(() => undefined);
    writer.abort(error).catch(() => undefined);
  });
  return readable;
}

function otherSize(path: string, expected: number, got: number): Error {
  return new Error(`${path}: expected ${expected} bytes as the catalogue says, got ${got}. Publish the index again.`);
}
