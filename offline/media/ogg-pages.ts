/**
 * Pages of an Ogg file (RFC 3533 §6): read one after the other, and written again for a decoder.
 *
 * A page counts when the next one, or the end of the file, stands where it says, or when its checksum is right: the word "OggS" may
 * also occur inside one, and checksums are wrong in files whose headers were edited. What lies between pages is passed over.
 * Which stream a page belongs to, and what its packets are, is ogg-links.ts.
 */
import type { ByteSource } from './byte-source.ts';

export interface OggPage {
  /** Of the stream; a file may have several at once, and several one after the other. */
  serial: number;
  /** Within its stream: one that is missing was lost. */
  sequence: number;
  /** Position at the end of the last packet that ends here; undefined where none does (-1 in the file). */
  granule: number | undefined;
  /** Its first packet began on an earlier page. */
  isContinued: boolean;
  isFirst: boolean;
  isLast: boolean;
  /** Of each segment; a packet ends with the first one below 255. */
  segments: Uint8Array;
  body: Uint8Array;
}

const HEADER = 27;
export const LONGEST_PAGE = HEADER + 255 + 255 * 255;
/** Of a position: 48 bits of samples are centuries. Small negative ones say that a beginning is cut off. */
const LARGEST = 1n << 48n;
const WINDOW = 8 * LONGEST_PAGE;
const [CONTINUED, FIRST, LAST] = [1, 2, 4];

/** Every whole page, in order. @returns whether the file ends inside a page */
export async function* readPages(source: ByteSource): AsyncGenerator<OggPage, boolean> {
  for (let windowAt = 0; ; ) {
    const window = await source.read(windowAt, WINDOW);
    const isLast = window.length < WINDOW;
    let at = 0;
    while (isLast ? at < window.length : at + 2 * LONGEST_PAGE < window.length) {
      const length = pageLength(window, at);
      if (length === undefined) at++;
      else if (at + length > window.length) {
        if (!hasPageAfter(window, at + 4)) return true;
        at++; // its length was damaged
      } else if (counts(window, at, length) || (isLast && !hasPageAfter(window, at + length))) {
        yield readPage(window, at, length);
        at += length;
      } else at++;
    }
    if (isLast) return false;
    windowAt += at;
  }
}

/** Bytes of the page that seems to begin here. */
function pageLength(bytes: Uint8Array, at: number): number | undefined {
  if (bytes[at] !== 0x4f || bytes[at + 1] !== 0x67 || bytes[at + 2] !== 0x67 || bytes[at + 3] !== 0x53)
    return undefined;
  if (bytes.length - at < HEADER) return HEADER;
  if (bytes[at + 4] !== 0 || bytes[at + 5] > 7) return undefined;
  const count = bytes[at + 26];
  let length = HEADER + count;
  for (let i = 0; i < count; i++) length += bytes[at + HEADER + i] ?? 0;
  return length;
}

function counts(bytes: Uint8Array, at: number, length: number): boolean {
  const end = at + length;
  if (end === bytes.length || pageLength(bytes.subarray(end, end + HEADER), 0) !== undefined) return true;
  const page = Uint8Array.from(bytes.subarray(at, end));
  const said = new DataView(page.buffer).getUint32(22, true);
  page.fill(0, 22, 26);
  return said === checksum(page);
}

/** CRC-32 with the polynomial 0x04c11db7, neither reflected nor inverted (RFC 3533 §6). Bit by bit: it is hardly ever asked for. */
function checksum(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  }
  return crc >>> 0;
}

/** Whether a page begins anywhere behind; the last page may be followed by a tag or by zeros. */
function hasPageAfter(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at + HEADER <= bytes.length; at++) if (pageLength(bytes, at) !== undefined) return true;
  return false;
}

function readPage(bytes: Uint8Array, at: number, length: number): OggPage {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, length);
  const granule = view.getBigInt64(6, true);
  const flags = view.getUint8(5);
  const body = HEADER + view.getUint8(26);
  return {
    serial: view.getUint32(14, true),
    sequence: view.getUint32(18, true),
    granule: granule === -1n || granule <= -LARGEST || granule >= LARGEST ? undefined : Number(granule),
    isContinued: (flags & CONTINUED) !== 0,
    isFirst: (flags & FIRST) !== 0,
    isLast: (flags & LAST) !== 0,
    segments: bytes.subarray(at + HEADER, at + body),
    body: bytes.subarray(at + body, at + length),
  };
}

/**
 * Packets as pages of one stream that begins at page 0 and never says that it ends.
 * @param sequence of the first page @returns the pages, as many as it takes, and the sequence of the next one
 */
export function writePages(packets: readonly Uint8Array[], sequence: number): { bytes: Uint8Array; next: number } {
  const segments: Uint8Array[] = [];
  for (const packet of packets)
    for (let at = 0; at <= packet.length; at += 255) segments.push(packet.subarray(at, at + 255));
  const pages: Uint8Array[] = [];
  let isContinued = false;
  let next = sequence;
  for (let at = 0; at < segments.length || pages.length === 0; at += 255) {
    const some = segments.slice(at, at + 255);
    pages.push(writePage(some, next, (isContinued ? CONTINUED : 0) | (next === 0 ? FIRST : 0)));
    isContinued = some.at(-1)?.length === 255;
    next++;
  }
  return { bytes: Buffer.concat(pages), next };
}

function writePage(segments: readonly Uint8Array[], sequence: number, flags: number): Uint8Array {
  const header = new Uint8Array(HEADER + segments.length);
  const view = new DataView(header.buffer);
  header.set([0x4f, 0x67, 0x67, 0x53, 0, flags]);
  view.setUint32(18, sequence, true);
  view.setUint8(26, segments.length);
  for (const [i, { length }] of segments.entries()) header[HEADER + i] = length;
  return Buffer.concat([header, ...segments]);
}
