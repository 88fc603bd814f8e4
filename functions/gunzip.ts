/**
 * Unpack a gzip body piece by piece, so that the caller can count the bytes and stop at a limit: a bomb of a megabyte would become a
 * thousand.
 *
 * The platform's DecompressionStream unpacks each piece it is given whole, and deflate makes up to 1032 bytes of one (RFC 1951:
 * 258 bytes for two bits). So it is fed little at a time, and no more before what came out was taken. It takes one member, where a
 * gzip file is any number of them (RFC 1952 §2.2); where one ends and the next begins is found by gzip-members.ts.
 */
import { clientGone } from './client-gone.ts';
import { type MemberPiece, splitMembers } from './gzip-members.ts';
import { Problem } from './schema/problem.ts';

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
/** What may have been unpacked and not been read yet, amply. Four random bytes are a length that is further away, nearly always. */
const MOST_UNREAD = 32 * 1024 * 1024;
/** Unpacking is quicker. What has not come after so long does not come, and the place that looked like a border was none. */
const QUIET_MS = 1000;
/** Of a file. One costs as much as unpacking many kilobytes, and may hold nothing; tools that cut a file (bgzip) make members of 64 kB. */
const MOST_MEMBERS = 1024;

/**
 * @param came called with the bytes of each packed piece that has come; what it throws ends the reading
 * @returns chunks whose reading throws Problem gzip-broken for anything but one whole gzip file (RFC 1952)
 */
export function gunzip(body: ReadableStream<Uint8Array>, came: (bytes: number) => void = () => {}): Chunks {
  const source = body.getReader();
  let member = openMember();
  let members = 1;
  let left = false;
  /** Of the sender's connection or of whoever counts, which is no fault of the gzip. */
  let ended: unknown;
  const end = (why: unknown): never => {
    ended = why;
    throw why;
  };

  async function* pieces(): AsyncGenerator<Uint8Array> {
    while (!left) {
      const { done, value } = await source.read().catch((error: unknown) => end(clientGone(error)));
      if (done) return;
      try {
        came(value.length);
      } catch (error) {
        end(error);
      }
      for (let at = 0; at < value.length; at += PIECE_BYTES) yield value.subarray(at, at + PIECE_BYTES);
    }
  }

  async function feed(): Promise<void> {
    try {
      for await (const piece of splitMembers(pieces())) {
        if (left) return;
        if (await endsBefore(piece)) {
          if (++members > MOST_MEMBERS) end(broken(`one of at most ${MOST_MEMBERS} members`, 'more'));
          const before = member;
          member = openMember();
          before.next = member; // before it is closed: who reads to its end goes on there
          await before.writer.close();
        }
        await member.writer.ready;
        await member.writer.write(piece.bytes as Uint8Array<ArrayBuffer>);
      }
      await member.writer.close();
    } catch (error) {
      await member.writer.abort(error).catch(() => undefined); // the reader gets the error
    } finally {
      source.releaseLock();
    }
  }

  /** A member names its length in its last bytes: where as much has come out, it has ended. */
  async function endsBefore({ lengthBefore }: MemberPiece): Promise<boolean> {
    if (lengthBefore === undefined) return false;
    for (let before = -1; member.unpacked !== before; ) {
      before = member.unpacked;
      const missing = (lengthBefore - before) >>> 0;
      if (missing === 0) return true;
      if (missing > MOST_UNREAD) return false;
      await member.grown(QUIET_MS);
    }
    return false;
  }

  let reading = member;
  const fed = feed();

  return {
    async read() {
      try {
        for (;;) {
          const chunk = await reading.read();
          if (chunk) return chunk;
          if (!reading.next) break;
          reading = reading.next;
        }
        await fed;
        return undefined;
      } catch (cause) {
        await this.leave();
        throw ended ?? broken('one whole gzip file', 'damaged or missing bytes', cause);
      }
    },
    async leave() {
      left = true;
      for (const one of new Set([reading, member])) await one.cancel();
      await fed;
    },
    async cancel() {
      left = true;
      await source.cancel().catch(() => undefined);
    },
  };
}

function broken(expected: string, got: string, cause?: unknown): Problem {
  return new Problem(
    'gzip-broken',
    `body: expected ${expected}, got ${got}. Send all of it as one, or leave content-encoding out.`,
    { cause },
  );
}

interface Member {
  writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  /** Bytes that were read of it. */
  unpacked: number;
  next?: Member;
  read(): Promise<Uint8Array | undefined>;
  /** When more was read of it, or after a while. */
  grown(ms: number): Promise<void>;
  cancel(): Promise<void>;
}

function openMember(): Member {
  const stream = new DecompressionStream('gzip');
  const writer = stream.writable.getWriter();
  const reader = (stream.readable as ReadableStream<Uint8Array>).getReader();
  let wake = (): void => {};
  const member: Member = {
    writer,
    unpacked: 0,
    async read() {
      const { done, value } = await reader.read();
      if (done) return undefined;
      member.unpacked += value.byteLength;
      wake();
      return value;
    },
    async grown(ms) {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      const timer = setTimeout(resolve, ms);
      await promise;
      clearTimeout(timer);
    },
    async cancel() {
      await reader.cancel().catch(() => undefined); // it may have failed already
      wake();
    },
  };
  return member;
}
