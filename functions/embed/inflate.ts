/**
 * Unpack zlib data by the platform's DecompressionStream as it is asked for: little goes in at a time, and nothing behind what was enough.
 *
 * gunzip.ts does the same for bodies, which come over the wire and in members.
 */

/** What goes into the inflater at once: at most 4.1 MiB when it is unpacked (a byte gives 1,032 at most), beside the pixels. */
const PIECE_BYTES = 4 * 1024;

/** What comes out of a stream, until somebody has enough of it. */
export interface Inflating {
  /** undefined at the end. @throws what the platform says of damaged data */
  read(): Promise<Uint8Array | undefined>;
  leave(): Promise<void>;
}

/**
 * The zlib stream (RFC 1950) of all pieces, one after the other.
 *
 * In workerd a write unpacks all that it is given and is done before a reader is told of any of it: who writes on fills the memory. So a
 * piece goes in when a read has found nothing for a turn of the event loop, and the stream is closed no sooner.
 */
export function inflate(pieces: Iterable<Uint8Array>): Inflating {
  const stream = new DecompressionStream('deflate');
  const writer = stream.writable.getWriter();
  const reader = (stream.readable as ReadableStream<Uint8Array>).getReader();
  const source = evenly(pieces);
  let isClosed = false;
  let writing: Promise<void> = Promise.resolve();

  async function writeNext(): Promise<void> {
    const { done, value } = source.next();
    isClosed = done === true;
    try {
      await (done ? writer.close() : writer.write(value));
    } catch (error) {
      await writer.abort(error).catch(() => undefined); // the reader gets the error
    }
  }

  return {
    async read() {
      const chunk = reader.read();
      chunk.catch(() => undefined); // it is awaited below
      while (!isClosed) {
        const came = await Promise.race([chunk, writing.then(turn)]);
        if (came) return came.value;
        writing = writeNext();
      }
      return (await chunk).value;
    },
    async leave() {
      isClosed = true;
      await reader.cancel().catch(() => undefined); // it may have failed already
      await writing;
    },
  };
}

/** Lets what has come out be read. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** The same bytes in pieces of that size: chunks may have a byte each, and a piece costs as much as unpacking a few hundred. */
function* evenly(chunks: Iterable<Uint8Array>): Generator<Uint8Array<ArrayBuffer>> {
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
