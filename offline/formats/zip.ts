/**
 * Read a zip archive, in memory or in a file: the container of `torch.save`.
 *
 * Format: PKWARE's APPNOTE.TXT 6.3 (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT). Entries that are stored or
 * deflated are read, by the central directory alone, whose sizes hold where a writer streamed (torch does). Encryption is left out, and so
 * is ZIP64: torch writes its records into every file, and the plain ones beside them hold up to 4 GB.
 */
import { inflateRawSync } from 'node:zlib';

export interface ZipLimits {
  entries: number;
  /** Unpacked, of one entry. */
  bytes: number;
}

/** Of one tensor: a [96, 768] of float64 has 0.6 MB. */
const OF_A_TENSOR: ZipLimits = { entries: 64, bytes: 64 * 2 ** 20 };
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

/** Where an archive's bytes are. */
export interface ZipSource {
  size: number;
  /** Those of [from, to), which are within the size. */
  read(from: number, to: number): Uint8Array;
}

/** @throws Error when the bytes are no zip archive, or need what is not read here */
export function readZip(bytes: Uint8Array): ZipEntry[] {
  return openZip({ size: bytes.length, read: (from, to) => bytes.subarray(from, to) }, OF_A_TENSOR);
}

/** As readZip; entries are read from the source when they are asked for. */
export function openZip(source: ZipSource, limits: ZipLimits): ZipEntry[] {
  const tailFrom = Math.max(0, source.size - END_SIZE - LONGEST_COMMENT);
  const tail = source.read(tailFrom, source.size);
  const end = endRecord(viewOf(tail));
  const [count, size, start] = [
    viewOf(tail).getUint16(end + 10, true),
    viewOf(tail).getUint32(end + 12, true),
    viewOf(tail).getUint32(end + 16, true),
  ];
  if (count > limits.entries) throw new Error(`zip: expected at most ${limits.entries} entries, got ${count}.`);
  if (start > tailFrom + end) throw broken('expected an entry of the central directory');
  // Its announced size is not believed: what an entry says of itself is.
  const directory = source.read(start, tailFrom + end);
  const view = viewOf(directory);
  if (size > directory.length) throw broken('expected a central directory');
  const entries: ZipEntry[] = [];
  for (let i = 0, at = 0; i < count; i++) {
    if (at + 46 > directory.length || view.getUint32(at, true) !== CENTRAL)
      throw broken('expected an entry of the central directory');
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    if (at + 46 + nameSize > directory.length) throw broken('expected the name of an entry');
    entries.push(entryAt(source, directory, at, nameSize, limits));
    at += 46 + nameSize + extraSize + commentSize;
  }
  return entries;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function endRecord(view: DataView): number {
  const first = Math.max(0, view.byteLength - END_SIZE - LONGEST_COMMENT);
  for (let at = view.byteLength - END_SIZE; at >= first; at--) if (view.getUint32(at, true) === END) return at;
  throw broken('expected the end of a central directory');
}

function entryAt(source: ZipSource, bytes: Uint8Array, at: number, nameSize: number, limits: ZipLimits): ZipEntry {
  const view = viewOf(bytes);
  const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameSize));
  const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
  const [packed, size, local] = [20, 24, 42].map((offset) => view.getUint32(at + offset, true));
  if (flags & 1) throw new Error(`zip: expected "${name}" without encryption, got it encrypted.`);
  if (method !== 0 && method !== 8)
    throw new Error(`zip: expected "${name}" stored or deflated, got method ${method}.`);
  if (size > limits.bytes) throw new Error(`zip: expected at most ${limits.bytes} bytes of "${name}", got ${size}.`);
  return {
    name,
    size,
    read() {
      const head = local + 30 > source.size ? undefined : viewOf(source.read(local, local + 30));
      if (head?.getUint32(0, true) !== LOCAL) throw broken(`expected "${name}"`);
      const from = local + 30 + head.getUint16(26, true) + head.getUint16(28, true);
      if (from + packed > source.size) throw broken(`expected ${packed} bytes of "${name}"`);
      const data = source.read(from, from + packed);
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
