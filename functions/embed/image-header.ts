/**
 * Read of a picture only what must be known before decoding it: its format, its size, and that it is all there.
 *
 * A decoder that meets a cut-off or gigantic file has already spent the memory and the time; this walk spends neither.
 * Sources: ITU-T T.81 (JPEG) annex B for the markers, W3C PNG third edition §5 for the chunks; WebP is in webp-header.ts.
 * Whether the compressed data makes sense is left to the decoders.
 */

import { corrupt, ImageError, truncated } from './image-error.ts';
import type { ImageHeader } from './image-facts.ts';
import { pictureKind } from './picture-kind.ts';
import { isWebp, readWebp } from './webp-header.ts';

/** Most pixels of one frame: a phone's picture at four megapixels. What they may cost together is in picture-work.ts. */
export const MOST_PIXELS = 2048 * 2048;

/** Most pixels of a side. A row costs something however short it is. */
export const MOST_SIDE = 8192;

/** Most scans of a progressive JPEG: encoders write about ten; thousands would be a bomb of time instead of memory. */
const MOST_SCANS = 64;

/** @throws ImageError when the bytes are none of JPEG, PNG and WebP, end too early, are too large, or contradict themselves. */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return checkSize(readJpeg(bytes));
  if (startsWith(bytes, PNG_SIGNATURE)) return checkSize(readPng(bytes));
  if (isWebp(bytes)) return checkSize(readWebp(bytes));
  throw new ImageError(
    'image-unrecognised',
    `image: expected a JPEG, PNG or WebP file, got ${bytes.length === 0 ? 'no bytes' : (pictureKind(bytes) ?? `bytes that start ${hex(bytes.subarray(0, 4))}`)}. Send the frame as JPEG.`,
  );
}

function checkSize(header: ImageHeader): ImageHeader {
  const { width, height } = header;
  if (width === 0 || height === 0) throw corrupt(`a size of at least 1 x 1, got ${width} x ${height}`);
  if (Math.max(width, height) > MOST_SIDE)
    throw new ImageError(
      'image-too-large',
      `image: expected sides of at most ${MOST_SIDE} pixels, got ${width} x ${height}. Scale the frame down; 640 pixels on the long side are plenty.`,
    );
  if (width * height > MOST_PIXELS)
    throw new ImageError(
      'image-too-large',
      `image: expected at most ${MOST_PIXELS} pixels, got ${width} x ${height}. Scale the frame down; 640 pixels on the long side are plenty.`,
    );
  return header;
}

/** Walks the markers from SOI to EOI. What follows EOI (a phone's second picture, padding) is ignored. */
function readJpeg(bytes: Uint8Array): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let frame: JpegFrame | undefined;
  let scans = 0;
  let visits = 0;
  let isWhole = false;
  let at = 2;
  while (at < bytes.length) {
    if (bytes[at] !== 0xff) throw corrupt(`a JPEG marker at byte ${at}`);
    while (bytes[at] === 0xff) at++; // a marker may be padded with any number of FF
    const marker = bytes[at++];
    if (marker === undefined) break;
    if (marker === EOI) {
      if (!frame || scans === 0) throw corrupt('a JPEG with a picture in it');
      const { width, height, components } = frame;
      const blocks = components.reduce((sum, component) => sum + component.blocks, 0);
      return { format: 'jpeg', width, height, coding: { kind: 'jpeg', isWhole, blocks, visits } };
    }
    if (marker === TEM || isRestart(marker)) continue;
    if (at + 2 > bytes.length) break;
    const length = view.getUint16(at);
    if (length < 2) throw corrupt(`a JPEG segment of at least 2 bytes at byte ${at}`);
    if (at + length > bytes.length) break;
    if (isFrameHeader(marker)) {
      if (frame) throw corrupt('one frame in the JPEG, got two');
      if (marker > SOF2) throw corrupt('a baseline or progressive JPEG, Huffman-coded');
      frame = readFrame(bytes.subarray(at, at + length));
      isWhole = marker === SOF2;
    }
    const segment = bytes.subarray(at, at + length);
    at += length;
    if (marker === SOS) {
      if (++scans > MOST_SCANS) throw corrupt(`at most ${MOST_SCANS} scans`);
      const visited = componentsOf(segment, frame);
      if (frame && visited.length < frame.components.length) isWhole = true;
      visits += visited.reduce((sum, component) => sum + component.blocks, 0);
      at = endOfScan(bytes, at);
    }
  }
  throw truncated('JPEG', 'the end-of-image marker', bytes);
}

interface JpegFrame {
  width: number;
  height: number;
  components: { id: number; blocks: number }[];
}

/** B.2.2: length, precision, height, width, and for each component its id and how often it is sampled across and down. */
function readFrame(segment: Uint8Array): JpegFrame {
  const count = segment[7];
  if (segment.length < 8 || segment.length < 8 + 3 * count) throw corrupt('a JPEG frame header of at least 8 bytes');
  const height = (segment[3] << 8) | segment[4];
  const width = (segment[5] << 8) | segment[6];
  const sampled = Array.from({ length: count }, (_, i) => {
    const [id, sampling] = segment.subarray(8 + 3 * i);
    return { id, across: sampling >> 4, down: sampling & 15 };
  });
  const mostAcross = Math.max(1, ...sampled.map(({ across }) => across));
  const mostDown = Math.max(1, ...sampled.map(({ down }) => down));
  const components = sampled.map(({ id, across, down }) => ({
    id,
    blocks: Math.ceil((width * across) / mostAcross / 8) * Math.ceil((height * down) / mostDown / 8),
  }));
  return { width, height, components };
}

/** B.2.3: the components of a scan; those that the frame does not have are the decoder's to refuse. */
function componentsOf(segment: Uint8Array, frame: JpegFrame | undefined): JpegFrame['components'] {
  const ids = Array.from({ length: segment[2] ?? 0 }, (_, i) => segment[3 + 2 * i]);
  return ids.flatMap((id) => frame?.components.find((component) => component.id === id) ?? []);
}

const SOF2 = 0xc2;
const TEM = 0x01;
const EOI = 0xd9;
const SOS = 0xda;
const isRestart = (marker: number): boolean => marker >= 0xd0 && marker <= 0xd7;

/** SOF0 to SOF15, without the tables (DHT C4, DAC CC) and the reserved C8 that lie among them. */
const isFrameHeader = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** Coded data ends at the first FF that is neither stuffed (FF 00) nor a restart marker nor padding. */
function endOfScan(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next !== 0x00 && next !== 0xff && next !== undefined && !isRestart(next)) return at;
  }
  return bytes.length;
}

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Samples of a pixel, by the colour type. */
const PNG_CHANNELS: Readonly<Record<number, number | undefined>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const IHDR = 0x49484452;
const IDAT = 0x49444154;
const IEND = 0x49454e44;

/** Walks the chunks { u32 length, u32 type, data, u32 crc } from IHDR to IEND. */
function readPng(bytes: Uint8Array): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: ImageHeader | undefined;
  let hasData = false;
  let at = PNG_SIGNATURE.length;
  while (at + 12 <= bytes.length) {
    const length = view.getUint32(at);
    const type = view.getUint32(at + 4);
    if (!header && (type !== IHDR || length !== 13)) throw corrupt('a PNG that begins with IHDR');
    if (at + 12 + length > bytes.length) break;
    if (type === IHDR) {
      if (header) throw corrupt('one IHDR in the PNG, got two');
      const [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
      const bits = bytes[at + 16] * (PNG_CHANNELS[bytes[at + 17]] ?? 4);
      header = { format: 'png', width, height, coding: { kind: 'png', rawBytes: (width * height * bits) / 8 } };
    }
    if (type === IDAT) hasData = true;
    if (type === IEND) {
      if (!header || !hasData) throw corrupt('a PNG with a picture in it');
      return header;
    }
    at += 12 + length;
  }
  throw truncated('PNG', 'the IEND chunk', bytes);
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
