/** EXIF's orientation, in each format where it may stand: what we turn is what sharp turns. */
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { decodeImage } from '../../../functions/embed/decode-image.ts';
import { orientationOf } from '../../../functions/embed/orientation.ts';
import { nodeDecoders } from '../../../offline/media/image-codecs.ts';
import { scene } from './pictures.ts';

const decoders = await nodeDecoders();
const FORMATS = ['jpeg', 'png', 'webp'] as const;

async function stored(format: (typeof FORMATS)[number], orientation: number): Promise<Uint8Array> {
  const { width, height, data } = scene(24, 16);
  const picture = sharp(data, { raw: { width, height, channels: 4 } }).withMetadata({ orientation });
  if (format === 'jpeg')
    return new Uint8Array(await picture.jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer());
  if (format === 'png') return new Uint8Array(await picture.png().toBuffer());
  return new Uint8Array(await picture.webp({ lossless: true, exact: true }).toBuffer());
}

test.each(FORMATS.flatMap((format) => [1, 2, 3, 4, 5, 6, 7, 8].map((turn) => [format, turn] as const)))(
  'a %s of orientation %i is turned as sharp turns it',
  async (format, turn) => {
    const bytes = await stored(format, turn);
    expect(orientationOf(bytes, format)).toBe(turn);
    const { data, info } = await sharp(bytes).autoOrient().ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    const pixels = await decodeImage(bytes, decoders);
    expect([pixels.width, pixels.height]).toEqual([info.width, info.height]);
    expect([info.width, info.height]).toEqual(turn >= 5 ? [16, 24] : [24, 16]);
    const most = format === 'jpeg' ? 3 : 0; // two decoders round differently
    for (const [i, value] of pixels.data.entries()) expect(Math.abs(value - data[i])).toBeLessThanOrEqual(most);
  },
);

/** Little- or big-endian TIFF with the one tag. */
function exif(order: 'II' | 'MM', value: number, type = 3): Uint8Array {
  const view = new DataView(new ArrayBuffer(26));
  const little = order === 'II';
  for (const at of [0, 1]) view.setUint8(at, order.charCodeAt(at));
  view.setUint16(2, 42, little);
  view.setUint32(4, 8, little);
  view.setUint16(8, 1, little);
  view.setUint16(10, 274, little);
  view.setUint16(12, type, little);
  view.setUint32(14, 1, little);
  view.setUint16(18, value, little);
  return new Uint8Array(view.buffer);
}
const jpegWith = (...segments: Uint8Array[]): Uint8Array =>
  Uint8Array.from([
    ...[0xff, 0xd8],
    ...segments.flatMap((data) => [
      0xff,
      0xe1,
      (data.length + 8) >> 8,
      (data.length + 8) & 255,
      ...Buffer.from('Exif\0\0'),
      ...data,
    ]),
    ...[0xff, 0xda],
  ]);

test.each([
  ['little-endian', exif('II', 6), 6],
  ['big-endian', exif('MM', 8), 8],
  ['of 0, which is none', exif('II', 0), 1],
  ['of 9, which is none', exif('MM', 9), 1],
  ['that is no short number', exif('II', 6, 4), 1],
  ['that ends too early', exif('II', 6).subarray(0, 15), 1],
  ['that leads beyond its end', Uint8Array.from([0x49, 0x49, 42, 0, 255, 255, 255, 127]), 1],
  ['of nothing', new Uint8Array(0), 1],
])('EXIF %s says %#', (_what, data, orientation) => {
  expect(orientationOf(jpegWith(data), 'jpeg')).toBe(orientation);
});

test('of two EXIF segments the first counts, and what is no EXIF is passed over', () => {
  expect(orientationOf(jpegWith(exif('II', 3), exif('II', 6)), 'jpeg')).toBe(3);
  const xmp = [0xff, 0xe1, 0, 10, ...Buffer.from('http://x')];
  const bytes = Uint8Array.from([0xff, 0xd8, ...xmp, ...jpegWith(exif('MM', 5)).subarray(2)]);
  expect(orientationOf(bytes, 'jpeg')).toBe(5);
});
