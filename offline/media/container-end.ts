/**
 * Whether a video file, or an animated picture, ends where its container says.
 *
 * Each kind is asked in its own way, by a few bytes at its beginning or its end. Sources: ISO/IEC 14496-12 §4.2 (MP4 and MOV: boxes),
 * RFC 8794 §6 and RFC 9559 (Matroska and WebM: elements), Microsoft's RIFF and ASF specifications (AVI, WMV), RFC 3533 §6 (Ogg),
 * Adobe's FLV specification 10.1, annex E, GIF89a §27, and ISO/IEC 13818-1 (transport streams of 188 bytes, 192 on Blu-ray).
 */
import { open } from 'node:fs/promises';
import { type ByteSource, fileSource } from './byte-source.ts';

/** @returns how many bytes are missing; 1 where only that some are is known; 0 where none are, or the container does not say */
export async function missingBytes(path: string): Promise<number> {
  const file = await open(path);
  try {
    const source = fileSource(file, (await file.stat()).size);
    const head = Buffer.from(await source.read(0, HEAD));
    for (const { isIt, end } of KINDS) if (isIt(head)) return Math.max(0, (await end(source, head)) - source.size);
    return 0;
  } finally {
    await file.close();
  }
}

const HEAD = 4096;
/** The largest page of Ogg, twice. */
const TAIL = 2 * 65_307;

interface Kind {
  isIt(head: Buffer): boolean;
  /** Where the file ends by its own account; its size where it does not say. */
  end(source: ByteSource, head: Buffer): Promise<number> | number;
}

const text = (bytes: Uint8Array, at: number, length: number): string =>
  Buffer.from(bytes.subarray(at, at + length)).toString('latin1');

const KINDS: readonly Kind[] = [
  { isIt: (head) => /^(ftyp|moov|mdat|wide|free|skip|styp)$/.test(text(head, 4, 4)), end: endOfBoxes },
  { isIt: (head) => text(head, 0, 4) === '\x1a\x45\xdf\xa3', end: endOfSegment },
  { isIt: (head) => text(head, 0, 4) === 'RIFF', end: (_, head) => 8 + head.readUInt32LE(4) },
  { isIt: (head) => text(head, 0, 4) === 'OggS', end: endOfPages },
  { isIt: (head) => text(head, 0, 4) === '\x30\x26\xb2\x75', end: endOfAsf },
  { isIt: (head) => text(head, 0, 3) === 'FLV', end: endOfTags },
  { isIt: (head) => text(head, 0, 4) === 'GIF8', end: endOfGif },
  { isIt: (head) => isPacketed(head, 0, 188), end: ({ size }) => Math.ceil(size / 188) * 188 },
  { isIt: (head) => isPacketed(head, 4, 192), end: ({ size }) => Math.ceil(size / 192) * 192 },
];

async function endOfBoxes(source: ByteSource): Promise<number> {
  let at = 0;
  while (at + 8 <= source.size) {
    const box = Buffer.from(await source.read(at, 16));
    const size = box.readUInt32BE(0);
    if (size === 0) return source.size; // up to the end, wherever that is
    const length = size === 1 && box.length === 16 ? Number(box.readBigUInt64BE(8)) : size;
    if (length < 8) return source.size; // no box: what follows the last is ignored
    if (!/^[\w ©-]{4}$/.test(text(box, 4, 4))) return source.size;
    at += length;
  }
  return Math.max(at, source.size);
}

/** The head of EBML, then the segment that holds everything else. Live recordings leave its size unknown: all ones. */
async function endOfSegment({ size }: ByteSource, head: Buffer): Promise<number> {
  const ebml = vint(head, 4);
  const at = 4 + ebml.length + ebml.value;
  if (text(head, at, 4) !== '\x18\x53\x80\x67') return size;
  const segment = vint(head, at + 4);
  return segment.isUnknown ? size : at + 4 + segment.length + segment.value;
}

function vint(bytes: Buffer, at: number): { value: number; length: number; isUnknown: boolean } {
  const length = Math.clz32(bytes[at] ?? 0) - 23;
  let value = (bytes[at] ?? 0) & (0xff >> length);
  let isUnknown = value === 0xff >> length;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    value = value * 256 + byte;
    isUnknown &&= byte === 0xff;
  }
  return { value, length, isUnknown };
}

async function endOfPages(source: ByteSource): Promise<number> {
  const from = Math.max(0, source.size - TAIL);
  const tail = Buffer.from(await source.read(from, TAIL));
  const at = tail.lastIndexOf('OggS');
  const segments = tail[at + 26];
  if (at === -1 || segments === undefined || at + 27 + segments > tail.length) return source.size + 1;
  const sizes = tail.subarray(at + 27, at + 27 + segments);
  return from + at + 27 + segments + sizes.reduce((sum, size) => sum + size, 0);
}

/** The file properties object says it, unless its first flag says that the file was broadcast. */
function endOfAsf({ size }: ByteSource, head: Buffer): number {
  const at = head.indexOf(Buffer.from('a1dcab8c47a9cf118ee400c00c205365', 'hex'));
  if (at === -1 || at + 92 > head.length || head.readUInt32LE(at + 88) & 1) return size;
  return Number(head.readBigUInt64LE(at + 40));
}

/** After each tag stands its length: at the end it must lead back to a tag. */
async function endOfTags(source: ByteSource): Promise<number> {
  const last = Buffer.from(await source.read(source.size - 4, 4)).readUInt32BE(0);
  const [kind] = await source.read(source.size - 4 - last, 1);
  return [8, 9, 18].includes(kind & 0x1f) && last > 11 ? source.size : source.size + 1;
}

/** The trailer, and zeros that some programs put behind it. */
async function endOfGif(source: ByteSource): Promise<number> {
  const tail = await source.read(Math.max(0, source.size - HEAD), HEAD);
  return tail[tail.findLastIndex((byte) => byte !== 0)] === 0x3b ? source.size : source.size + 1;
}

const isPacketed = (head: Buffer, first: number, length: number): boolean =>
  [0, 1, 2].every((packet) => head[first + packet * length] === 0x47);
