/// <reference path="../../offline/lib/sharp.d.ts" />
/** Pictures that are made to cost: noise, which no codec makes small, and flat ones, which cost more than their bytes tell. */
import { constants, deflateRawSync, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { pngFile } from '../unit/embed/png-file.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Picture = ReturnType<typeof sharp>;
type Options<Format extends 'jpeg' | 'webp'> = Parameters<Picture[Format]>[0];

export function noise(width: number, height: number): Picture {
  const data = new Uint8Array(width * height * 3);
  let state = 1;
  for (let i = 0; i < data.length; i++) {
    state = Math.imul(state ^ (state >>> 15), 2246822519) + 3266489917;
    data[i] = state >>> 24;
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

export function flat(width: number, height: number): Picture {
  return sharp({ create: { width, height, channels: 3, background: { r: 90, g: 90, b: 90 } } });
}

export async function jpeg(picture: Picture, options: Options<'jpeg'> = {}): Promise<Bytes> {
  return Uint8Array.from(await picture.jpeg({ quality: 85, ...options }).toBuffer());
}

export async function webp(picture: Picture, options: Options<'webp'> = {}): Promise<Bytes> {
  return Uint8Array.from(await picture.webp({ effort: 0, ...options }).toBuffer());
}

export async function png(picture: Picture): Promise<Bytes> {
  return Uint8Array.from(await picture.png({ compressionLevel: 6 }).toBuffer());
}

/** 16 bits of red, green, blue and alpha, interlaced; all of it 0. */
export function deepPng(side: number): Bytes {
  const raw = Buffer.alloc(side * side * 8 + 15 * side); // rows of seven passes, and their filters
  return pngFile({ width: side, height: side, depth: 16, colour: 6, interlace: 1 }, deflateSync(raw));
}

/** Of one byte a row. */
export function thinPng(width: number, height: number): Bytes {
  const raw = Buffer.alloc(height * (1 + width));
  return pngFile({ width, height, depth: 8, colour: 0 }, deflateSync(raw));
}

/** 8 x 8 pixels, and behind them data that would unpack to `megabytes`. */
export function trailingPng(megabytes: number): Bytes {
  const block = deflateRawSync(Buffer.alloc(16 * 2 ** 20), { finishFlush: constants.Z_FULL_FLUSH }); // ends on a byte, and not the stream
  const head = deflateSync(Buffer.alloc(1)).subarray(0, 2);
  const idat = Buffer.concat([head, ...Array<Buffer>(Math.ceil(megabytes / 16)).fill(block)]);
  return pngFile({ width: 8, height: 8, depth: 8, colour: 6 }, idat);
}

/** 8 x 8 pixels that never come: deflate blocks without a byte in them, in chunks of one byte. */
export function crumbledPng(chunks: number): Bytes {
  const blocks = Buffer.alloc(chunks, Buffer.from('000000ffff', 'hex'));
  const data = Buffer.concat([deflateSync(Buffer.alloc(1)).subarray(0, 2), blocks]);
  const single = Array.from(data, (_, i): [string, Uint8Array] => ['IDAT', data.subarray(i, i + 1)]);
  return pngFile({ width: 8, height: 8, depth: 8, colour: 6 }, new Uint8Array(0), single);
}

/** The same JPEG with its last scan so many times more. */
export function withScans(bytes: Uint8Array, times: number): Bytes {
  const file = Buffer.from(bytes);
  const start = file.lastIndexOf(Buffer.from([0xff, 0xda]));
  const end = file.length - 2;
  const scan = file.subarray(start, end);
  return Uint8Array.from(
    Buffer.concat([file.subarray(0, end), ...Array<Buffer>(times).fill(scan), file.subarray(end)]),
  );
}

export const times = <Item>(count: number, item: Item): Item[] => Array<Item>(count).fill(item);
