/**
 * Bytes by place: what the decoders read from, so that none of them holds a whole file.
 *
 * A two-hour WAV file is a gigabyte and more; decoders ask for the piece they need next. Bytes in memory and the output of
 * another program look the same to them.
 */
import type { FileHandle } from 'node:fs/promises';

export interface ByteSource {
  /** Bytes in all; Infinity where it is known at the end only. */
  readonly size: number;
  /** The bytes from `at` on, fewer than `length` only at the end. A piped source is read forwards only. */
  read(at: number, length: number): Promise<Uint8Array>;
}

export function bytesSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: async (at, length) => bytes.subarray(at, at + length) };
}

/** @param size as the file system gives it when the file is opened; what is written later is not read */
export function fileSource(file: FileHandle, size: number): ByteSource {
  return {
    size,
    async read(at, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - at)));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, at + filled);
        if (bytesRead === 0) break; // it became shorter while it was read
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    },
  };
}

/** The same from a place on. */
export function sourceFrom({ size, read }: ByteSource, start: number): ByteSource {
  return { size: Math.max(0, size - start), read: (at, length) => read(start + at, length) };
}

/** What another program writes, as it comes; the program waits until it is read. */
export function streamSource(stream: AsyncIterable<Uint8Array>): ByteSource {
  const pieces = stream[Symbol.asyncIterator]();
  let held = new Uint8Array(0);
  let heldAt = 0;
  return {
    size: Number.POSITIVE_INFINITY,
    async read(at, length) {
      if (at < heldAt) throw new Error(`internal: byte source: expected to read from ${heldAt} on, got ${at}`);
      const wanted: Uint8Array[] = [held];
      let end = heldAt + held.length;
      while (end < at + length) {
        const { value, done } = await pieces.next();
        if (done) break;
        wanted.push(value);
        end += value.length;
      }
      const all = wanted.length === 1 ? held : Buffer.concat(wanted);
      held = all.subarray(Math.min(all.length, at - heldAt));
      heldAt = Math.min(at, end);
      return held.subarray(0, length);
    },
  };
}
