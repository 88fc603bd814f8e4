/**
 * Unpack zlib data by the platform's DecompressionStream as it is asked for: little goes in at a time, and nothing behind what was enough.
 *
 * gunzip.ts does the same for bodies, which come over the wire and in members.
 */

/** What goes into the inflater at once: at most 8.25 MiB when it is unpacked, as in gunzip.ts. */
const PIECE_BYTES = 8 * 1024;

/** What comes out of a stream, until somebody has enough of it. */
export interface Inflating {
  /** undefined at the end. @throws what the platform says of damaged data */
  read(): Promise<Uint8Array | undefined>;
  leave(): Promise<void>;
}

/** The zlib stream (RFC 1950) of all pieces, one after the other. */
export function inflate(pieces: readonly Uint8Array[]): Inflating {
  const stream = new DecompressionStream('deflate');
  const writer = stream.writable.getWriter();
  const reader = (stream.readable as ReadableStream<Uint8Array>).getReader();
  let left = false;
  let reads = 0;
  const leaving = Promise.withResolvers<void>();
  async function feed(): Promise<void> {
    try {
      for (const piece of evenly(pieces)) {
        if (left) break;
        await writer.ready;
        await writer.write(piece);
      }
      // workerd drops what was not read when a stream that has no end is closed; a picture may be complete without it.
      for (let before = -1; !left && reads !== before; ) {
        before = reads;
        await quiet(leaving.promise);
      }
      if (!left) await writer.close();
    } catch (error) {
      await writer.abort(error).catch(() => undefined); // it is told to the reader, who waits for it
    }
  }
  const fed = feed();
  return {
    async read() {
      const { value } = await reader.read();
      reads++;
      return value;
    },
    async leave() {
      left = true;
      leaving.resolve();
      await reader.cancel().catch(() => undefined); // it may have failed already
      await fed;
    },
  };
}

/** After so long without a read nothing more comes out. */
const QUIET_MS = 20;

async function quiet(leaving: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, QUIET_MS);
  await Promise.race([promise, leaving]);
  clearTimeout(timer);
}

/** The same bytes in pieces of that size: chunks may have a byte each, and a piece costs as much as unpacking a few hundred. */
function* evenly(chunks: readonly Uint8Array[]): Generator<Uint8Array<ArrayBuffer>> {
  let piece = new Uint8Array(PIECE_BYTES);
  let length = 0;
  for (const chunk of chunks)
    for (let at = 0; at < chunk.length; ) {
      const taken = chunk.subarray(at, at + PIECE_BYTES - length);
      piece.set(taken, length);
      at += taken.length;
      length += taken.length;
      if (length < PIECE_BYTES) continue;
      yield piece;
      piece = new Uint8Array(PIECE_BYTES);
      length = 0;
    }
  if (length > 0) yield piece.subarray(0, length);
}
