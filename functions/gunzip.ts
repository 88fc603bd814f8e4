/**
 * Unpack a gzip body piece by piece, so that whoever counts the bytes can stop at a limit: a bomb of a megabyte would become a
 * thousand.
 *
 * The platform's DecompressionStream unpacks each piece it is given whole, and deflate makes up to 1032 bytes of one (RFC 1951:
 * 258 bytes for two bits). So it is fed little at a time, and no more before what came out was taken.
 */
import { Problem } from './problem.ts';

/** A stream of bytes that can be left before its end. */
export interface Chunks {
  /** undefined at the end. */
  read(): Promise<Uint8Array | undefined>;
  /** Gives the stream back, with the rest in it unread. */
  leave(): Promise<void>;
  /** Gives it up, also while it is read. Never rejects. */
  cancel(): Promise<void>;
}

/** At most 8.25 MiB when unpacked. */
const PIECE_BYTES = 8 * 1024;

/**
 * @param came called with the bytes of each packed piece that has come
 * @returns chunks whose reading throws Problem gzip-broken for anything but one whole gzip file (RFC 1952)
 */
export function gunzip(body: ReadableStream<Uint8Array>, came: (bytes: number) => void = () => {}): Chunks {
  const source = body.getReader();
  const stream = new DecompressionStream('gzip');
  const writer = stream.writable.getWriter();
  const unpacked = (stream.readable as ReadableStream<Uint8Array>).getReader();
  let left = false;
  /** Of the sender's connection, which is no fault of the gzip. */
  let lost: { error: unknown } | undefined;

  async function feed(): Promise<void> {
    try {
      while (!left) {
        const { done, value } = await source.read().catch((error: unknown) => {
          lost = { error };
          throw error;
        });
        if (done) return await writer.close();
        came(value.length);
        for (let at = 0; at < value.length && !left; at += PIECE_BYTES) {
          await writer.ready;
          await writer.write(value.subarray(at, at + PIECE_BYTES));
        }
      }
    } catch (error) {
      await writer.abort(error).catch(() => undefined); // it is told to the reader, who waits for it
    } finally {
      source.releaseLock();
    }
  }
  const fed = feed();

  return {
    async read() {
      try {
        const { done, value } = await unpacked.read();
        if (!done) return value;
        await fed;
        return undefined;
      } catch (cause) {
        await this.leave();
        if (lost) throw lost.error;
        throw new Problem(
          'gzip-broken',
          'body: expected one whole gzip file, got damaged or missing bytes. Send all of it, or leave content-encoding out.',
          { cause },
        );
      }
    },
    async leave() {
      left = true;
      await unpacked.cancel().catch(() => undefined); // it may have failed already
      await fed;
    },
    async cancel() {
      left = true;
      await source.cancel().catch(() => undefined);
    },
  };
}
