/// <reference path="../../../offline/lib/sharp.d.ts" />
/** Small pictures for the embedding tests, drawn cell by cell and encoded by sharp. */

import sharp from 'sharp';
import type { Pixels } from '../../../index/image/image.ts';

export type Colour = readonly [red: number, green: number, blue: number];

/** A picture whose colours are a function of the place. */
export function draw(width: number, height: number, colourAt: (x: number, y: number) => Colour): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data.set([...colourAt(x, y), 255], (y * width + x) * 4);
  return { width, height, data };
}

/** Something of everything: a gradient, an edge, colours. */
export const scene = (width = 48, height = 32): Pixels =>
  draw(width, height, (x, y) => [(x * 255) / width, (y * 255) / height, x > y ? 200 : 40]);

const open = (pixels: Pixels) =>
  sharp(Buffer.from(pixels.data), { raw: { width: pixels.width, height: pixels.height, channels: 4 } });

type Opened = ReturnType<typeof open>;
type Options = {
  jpeg: Parameters<Opened['jpeg']>[0];
  png: Parameters<Opened['png']>[0];
  webp: Parameters<Opened['webp']>[0];
};

export const jpegOf = async (pixels: Pixels, options: Options['jpeg'] = {}): Promise<Uint8Array> =>
  new Uint8Array(await open(pixels).flatten().jpeg(options).toBuffer());

/** Stored lying on its side, with an EXIF orientation (1 to 8) that says how to turn it. */
export const turnedJpegOf = async (pixels: Pixels, orientation: number): Promise<Uint8Array> =>
  new Uint8Array(await open(pixels).flatten().withMetadata({ orientation }).jpeg({ quality: 100 }).toBuffer());

export const pngOf = async (pixels: Pixels, options: Options['png'] = {}): Promise<Uint8Array> =>
  new Uint8Array(await open(pixels).png(options).toBuffer());

export const webpOf = async (pixels: Pixels, options: Options['webp'] = {}): Promise<Uint8Array> =>
  new Uint8Array(await open(pixels).webp(options).toBuffer());

/** Two pictures one after the other, 8 x 8, in a loop. */
export const animatedWebp = async (): Promise<Uint8Array> => {
  const frames = [draw(8, 8, () => [255, 0, 0]), draw(8, 8, () => [0, 0, 255])].map(({ data }) => Buffer.from(data));
  const raw = { width: 8, height: 16, channels: 4, pageHeight: 8 } as const;
  return new Uint8Array(await sharp(Buffer.concat(frames), { raw }).webp().toBuffer());
};
