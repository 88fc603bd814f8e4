/**
 * Which way up a picture is: EXIF's orientation, in whichever of the three formats it stands, and the turn it asks for.
 *
 * Cameras store what the sensor saw and say beside it how it was held. Browsers and sharp turn the picture as that says, for PNG and WebP as for
 * JPEG, and so do we: one frame has one token, wherever it is made. Sources: CIPA DC-008 (EXIF 2.32) §4.6.4 tag 274 and §4.7.2
 * (JPEG's APP1), W3C PNG third edition §11.3.3.3 (eXIf), RFC 9649 §2.7.1.5 (WebP's EXIF chunk).
 */
import type { Pixels } from '../../index/image/image.ts';
import type { ImageHeader } from './image-facts.ts';

/** 1 to 8 of EXIF; 1 where nothing else is said. The bytes are those that readImageHeader took for whole. */
export function orientationOf(bytes: Uint8Array, format: ImageHeader['format']): number {
  const exif = EXIF_OF[format](bytes);
  return exif ? tagOf(exif) : 1;
}

/** The picture as it is meant to be seen. Orientation 1 is handed back as it is. */
export function turnUpright({ width, height, data }: Pixels, orientation: number): Pixels {
  if (orientation === 1) return { width, height, data };
  const isSwapped = orientation >= 5;
  const [w, h] = isSwapped ? [height, width] : [width, height];
  // A row further down in what is seen is `down` pixels further in what is stored; one to the right is `right`.
  const { start, right, down } = WALKS[orientation](width, height);
  const aligned = data.byteOffset % 4 === 0 ? data : data.slice();
  const stored = new Uint32Array(aligned.buffer, aligned.byteOffset, width * height);
  const seen = new Uint32Array(w * h);
  for (let y = 0, out = 0; y < h; y++)
    for (let x = 0, at = start + y * down; x < w; x++, at += right) seen[out++] = stored[at];
  return { width: w, height: h, data: new Uint8ClampedArray(seen.buffer) };
}

interface Walk {
  start: number;
  right: number;
  down: number;
}

/** Where the seen picture's upper left corner is stored, and which way its rows and columns go there. */
const WALKS: Record<number, (w: number, h: number) => Walk> = {
  2: (w) => ({ start: w - 1, right: -1, down: w }),
  3: (w, h) => ({ start: w * h - 1, right: -1, down: -w }),
  4: (w, h) => ({ start: w * (h - 1), right: 1, down: -w }),
  5: (w) => ({ start: 0, right: w, down: 1 }),
  6: (w, h) => ({ start: w * (h - 1), right: -w, down: 1 }),
  7: (w, h) => ({ start: w * h - 1, right: -w, down: -1 }),
  8: (w) => ({ start: w - 1, right: w, down: -1 }),
};

type Find = (bytes: Uint8Array) => Uint8Array | undefined;

const EXIF_OF: Record<ImageHeader['format'], Find> = {
  /** The first APP1 that begins "Exif\0\0", before the first scan. */
  jpeg(bytes) {
    const view = viewOf(bytes);
    for (let at = 2; at + 4 <= bytes.length; ) {
      while (bytes[at + 1] === 0xff) at++; // padding
      const marker = bytes[at + 1];
      if (bytes[at] !== 0xff || marker === 0xda || marker === 0xd9 || at + 4 > bytes.length) return undefined;
      const end = at + 2 + view.getUint16(at + 2);
      if (marker === 0xe1 && textAt(bytes, at + 4, 6) === 'Exif\0\0') return bytes.subarray(at + 10, end);
      at = end;
    }
    return undefined;
  },
  png(bytes) {
    const view = viewOf(bytes);
    for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at))
      if (textAt(bytes, at + 4, 4) === 'eXIf') return bytes.subarray(at + 8, at + 8 + view.getUint32(at));
    return undefined;
  },
  webp(bytes) {
    const view = viewOf(bytes);
    for (let at = 12; at + 8 <= bytes.length; ) {
      const length = view.getUint32(at + 4, true);
      const data = bytes.subarray(at + 8, at + 8 + length);
      // Some writers keep JPEG's "Exif\0\0" in front.
      if (textAt(bytes, at, 4) === 'EXIF') return textAt(data, 0, 6) === 'Exif\0\0' ? data.subarray(6) : data;
      at += 8 + length + (length & 1);
    }
    return undefined;
  },
};

const ORIENTATION = 274;
const SHORT = 3;

/** A TIFF header, { byte order, 42, u32 offset }, then { u16 count, entries { u16 tag, u16 type, u32 count, value } }. */
function tagOf(exif: Uint8Array): number {
  const order = textAt(exif, 0, 2);
  if (exif.length < 8 || (order !== 'II' && order !== 'MM')) return 1;
  const little = order === 'II';
  const view = viewOf(exif);
  const first = view.getUint32(4, little);
  if (first + 2 > exif.length) return 1;
  const count = view.getUint16(first, little);
  for (let entry = 0, at = first + 2; entry < count && at + 12 <= exif.length; entry++, at += 12) {
    if (view.getUint16(at, little) !== ORIENTATION) continue;
    const value = view.getUint16(at + 2, little) === SHORT ? view.getUint16(at + 8, little) : 1;
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
