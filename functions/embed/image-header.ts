/**
 * Read of a picture only what must be known before decoding it: its format, its size, and that it is all there.
 *
 * A decoder that meets a cut-off or gigantic file has already spent the memory and the time; this walk spends neither.
 * Sources: ITU-T T.81 (JPEG) annex B for the markers, W3C PNG third edition §5 for the chunks; WebP is in webp-header.ts.
 * Whether the compressed data makes sense is left to the decoders.
 */

import { corrupt, ImageError, truncated } from './image-error.ts';
import { pictureKind } from './picture-kind.ts';
import { isWebp, readWebp } from './webp-header.ts';

/**
 * Most pixels of one frame. A Worker's isolate has 128 MB for everything, the models included; a picture of this size takes
 * at worst (measured: progressive JPEG without chroma subsampling, 16-bit PNG, lossless WebP of 8 MB) 47 to 50 MiB in its
 * decoder and 16 MiB outside.
 */
export const MOST_PIXELS = 2048 * 2048;

/** Most scans of a progressive JPEG: encoders write about ten; thousands would be a bomb of time instead of memory. */
const MOST_SCANS = 64;

export interface ImageHeader {
  format: 'jpeg' | 'png' | 'webp';
  /** As stored, before any rotation. */
  width: number;
  height: number;
}

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
  if (width * height > MOST_PIXELS)
    throw new ImageError(
      'image-too-large',
      `image: expected at most ${MOST_PIXELS} pixels, got ${width} x ${height}. Scale the frame down; 640 pixels on the long side are plenty.`,
    );
  return header;
}

/** Walks the markers from SOI to EOI. What follows EOI (a phone's second picture, padding) is nobody's business. */
function readJpeg(bytes: Uint8Array): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: ImageHeader | undefined;
  let scans = 0;
  let at = 2;
  while (at < bytes.length) {
    if (bytes[at] !== 0xff) throw corrupt(`a JPEG marker at byte ${at}`);
    while (bytes[at] === 0xff) at++; // a marker may be padded with any number of FF
    const marker = bytes[at++];
    if (marker === undefined) break;
    if (marker === EOI) {
      if (!header || scans === 0) throw corrupt('a JPEG with a picture in it');
      return header;
    }
    if (marker === TEM || isRestart(marker)) continue;
    if (at + 2 > bytes.length) break;
    const length = view.getUint16(at);
    if (length < 2) throw corrupt(`a JPEG segment of at least 2 bytes at byte ${at}`);
    if (at + length > bytes.length) break;
    if (isFrameHeader(marker)) {
      if (header) throw corrupt('one frame in the JPEG, got two');
      if (length < 8) throw corrupt('a JPEG frame header of at least 8 bytes');
      header = { format: 'jpeg', height: view.getUint16(at + 3), width: view.getUint16(at + 5) };
    }
    at += length;
    if (marker === SOS) {
      if (++scans > MOST_SCANS) throw corrupt(`at most ${MOST_SCANS} scans`);
      at = endOfScan(bytes, at);
    }
  }
  throw truncated('JPEG', 'the end-of-image marker', bytes);
}

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
      header = { format: 'png', width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
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
