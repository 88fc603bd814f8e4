/**
 * Read a small zip archive that is in memory: the container of `torch.save`.
 *
 * Format: PKWARE's APPNOTE.TXT 6.3 (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT). Entries that are stored or
 * deflated are read, by the central directory alone, whose sizes hold where a writer streamed (torch does). Encryption and
 * ZIP64 are left out: a file that needs them is larger than what is read here.
 */
import { inflateRawSync } from 'node:zlib';

/** An archive of more entries than this is not one tensor. */
const MOST_ENTRIES = 64;
/** Unpacked bytes of one entry: a [96, 768] tensor of float64 has 0.6 MB. */
const MOST_BYTES = 64 * 2 ** 20;
const [END, CENTRAL, LOCAL] = [0x06054b50, 0x02014b50, 0x04034b50];
const END_SIZE = 22;
const LONGEST_COMMENT = 0xffff;

export interface ZipEntry {
  name: string;
  /** Unpacked, in bytes. */
  size: number;
  /** @throws Error when the entry is damaged, or larger than it says */
  read(): Uint8Array;
}

/** @throws Error when the bytes are no zip archive, or need what is not read here */
export function readZip(bytes: Uint8Array): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endRecord(view);
  const count = view.getUint16(end + 10, true);
  if (count > MOST_ENTRIES) throw new Error(`zip: expected at most ${MOST_ENTRIES} entries, got ${count}.`);
  const entries: ZipEntry[] = [];
  for (let i = 0, at = view.getUint32(end + 16, true); i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL)
      throw broken('expected an entry of the central directory');
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    if (at + 46 + nameSize > end) throw broken('expected the name of an entry');
    entries.push(entryAt(bytes, view, at, nameSize));
    at += 46 + nameSize + extraSize + commentSize;
  }
  return entries;
}

function endRecord(view: DataView): number {
  const first = Math.max(0, view.byteLength - END_SIZE - LONGEST_COMMENT);
  for (let at = view.byteLength - END_SIZE; at >= first; at--) if (view.getUint32(at, true) === END) return at;
  throw broken('expected the end of a central directory');
}

function entryAt(bytes: Uint8Array, view: DataView, at: number, nameSize: number): ZipEntry {
  const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameSize));
  const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
  const [packed, size, local] = [20, 24, 42].map((offset) => view.getUint32(at + offset, true));
  if (flags & 1) throw new Error(`zip: expected "${name}" without encryption, got it encrypted.`);
  if (method !== 0 && method !== 8)
    throw new Error(`zip: expected "${name}" stored or deflated, got method ${method}.`);
  if (size > MOST_BYTES) throw new Error(`zip: expected at most ${MOST_BYTES} bytes of "${name}", got ${size}.`);
  return {
    name,
    size,
    read() {
      if (local + 30 > bytes.length || view.getUint32(local, true) !== LOCAL) throw broken(`expected "${name}"`);
      const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
      if (from + packed > bytes.length) throw broken(`expected ${packed} bytes of "${name}"`);
      const data = bytes.subarray(from, from + packed);
      const unpacked = method === 0 ? data : inflated(data, size, name);
      if (unpacked.length !== size) throw broken(`expected ${size} bytes of "${name}", got ${unpacked.length}`);
      return unpacked;
    },
  };
}

function inflated(data: Uint8Array, size: number, name: string): Uint8Array {
  try {
    return inflateRawSync(data, { maxOutputLength: Math.max(1, size) }); // more than it says is not unpacked
  } catch (cause) {
    throw new Error(`zip: expected ${size} deflated bytes of "${name}", got others. The file is damaged.`, { cause });
  }
}

const broken = (what: string) => new Error(`zip: ${what}. The file is cut off or not a zip archive.`);
