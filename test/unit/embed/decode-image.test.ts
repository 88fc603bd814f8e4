import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeImage } from '../../../functions/embed/decode-image.ts';
import { ImageError } from '../../../functions/embed/image-error.ts';
import type { Pixels } from '../../../index/image/image.ts';
import { nodeDecoders } from '../../../offline/media/image-codecs.ts';
import { fromBase64, KNOWN_WEBP, KNOWN_WEBP_PIXELS, sha256Hex } from './known-frame.ts';
import { draw, jpegOf, pngOf, scene, turnedJpegOf, webpOf } from './pictures.ts';

const decoders = await nodeDecoders();
const decode = (bytes: Uint8Array) => decodeImage(bytes, decoders);
const colourAt = ({ width, data }: Pixels, x: number, y: number) => [
  ...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4),
];

test('a PNG comes back pixel for pixel, transparency included', async () => {
  const picture = scene(13, 7);
  picture.data[3] = 100;
  const { width, height, data } = await decode(await pngOf(picture));
  expect([width, height]).toEqual([13, 7]);
  expect([...data]).toEqual([...picture.data]);
});

test('a lossless WebP comes back pixel for pixel, transparency included', async () => {
  const picture = scene(13, 7);
  picture.data[3] = 100;
  const { width, height, data } = await decode(await webpOf(picture, { lossless: true, exact: true }));
  expect([width, height]).toEqual([13, 7]);
  expect([...data]).toEqual([...picture.data]);
});

test('a lossy WebP comes back close to what was drawn', async () => {
  const red = draw(32, 16, () => [200, 80, 40]);
  for (const alphaAt0 of [255, 100]) {
    red.data[3] = alphaAt0; // 100 makes it a picture with a plane of alpha
    const decoded = await decode(await webpOf(red, { quality: 95 }));
    const [r, g, b, alpha] = colourAt(decoded, 16, 8);
    expect([r, g, b].map((value, i) => Math.abs(value - [200, 80, 40][i]) <= 3)).toEqual([true, true, true]);
    expect([alpha, colourAt(decoded, 0, 0)[3]]).toEqual([255, alphaAt0]);
  }
});

test('the known WebP gives the known pixels', async () => {
  const { data } = await decode(fromBase64(KNOWN_WEBP));
  expect(await sha256Hex(data)).toBe(KNOWN_WEBP_PIXELS);
});

test('palette, grey and interlaced PNGs become RGBA', async () => {
  const picture = draw(8, 8, (x) => (x < 4 ? [0, 0, 0] : [255, 255, 255]));
  for (const options of [{ palette: true }, { progressive: true }]) {
    const decoded = await decode(await pngOf(picture, options));
    expect([...decoded.data]).toEqual([...picture.data]);
  }
});

test('a JPEG comes back close to what was drawn, opaque', async () => {
  const decoded = await decode(
    await jpegOf(
      draw(32, 16, () => [200, 80, 40]),
      { quality: 95 },
    ),
  );
  expect([decoded.width, decoded.height]).toEqual([32, 16]);
  const [red, green, blue, alpha] = colourAt(decoded, 16, 8);
  expect([red, green, blue].map((value, i) => Math.abs(value - [200, 80, 40][i]) <= 3)).toEqual([true, true, true]);
  expect(alpha).toBe(255);
});

test('progressive and baseline JPEG of one picture differ by rounding only', async () => {
  const [one, other] = await Promise.all([
    decode(await jpegOf(scene(), { quality: 90 })),
    decode(await jpegOf(scene(), { quality: 90, progressive: true })),
  ]);
  expect(Math.max(...one.data.map((value, i) => Math.abs(value - other.data[i])))).toBeLessThanOrEqual(1);
});

test('a JPEG is turned as its EXIF orientation says', async () => {
  // white on the left as stored; orientation 6 asks for a quarter turn clockwise: what was left is on top
  const stored = draw(32, 16, (x) => (x < 16 ? [255, 255, 255] : [0, 0, 0]));
  const turned = await decode(await turnedJpegOf(stored, 6));
  expect([turned.width, turned.height]).toEqual([16, 32]);
  expect(colourAt(turned, 8, 4)[0]).toBeGreaterThan(250);
  expect(colourAt(turned, 8, 28)[0]).toBeLessThan(5);
});

test('the same bytes give the same pixels, whatever was decoded in between', async () => {
  const bytes = await jpegOf(scene());
  const first = await decode(bytes);
  await decode(await jpegOf(scene(640, 360)));
  expect(await decode(bytes)).toEqual(first);
});

test('a JPEG whose data stops early is corrupt even when it ends properly', async () => {
  const whole = await jpegOf(scene(320, 320), { quality: 90 });
  const cut = Uint8Array.of(...whole.subarray(0, whole.length >> 1), 0xff, 0xd9);
  await expect(decode(cut)).rejects.toMatchObject({ name: 'ImageError', code: 'image-corrupt' });
});

test('damaged files are corrupt, and a hundred of them leave the decoders as they were', async () => {
  const png = await pngOf(scene());
  const jpeg = await jpegOf(scene());
  const webp = await webpOf(scene());
  const wanted = await Promise.all([decode(png), decode(jpeg), decode(webp)]);
  const broken = png.slice();
  broken.fill(0x55, 60, 90);
  const impossible = jpeg.slice();
  impossible[impossible.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0) + 4] = 77; // bits per sample
  const nonsense = webp.slice();
  nonsense.fill(0xff, 20 + 10, 20 + 30); // behind the frame header
  for (let i = 0; i < 100; i++) {
    await expect(decode(nonsense)).rejects.toMatchObject({ code: 'image-corrupt' });
    await expect(decode(broken)).rejects.toMatchObject({ code: 'image-corrupt' });
    await expect(decode(impossible)).rejects.toMatchObject({ code: 'image-corrupt' });
  }
  expect(await Promise.all([decode(png), decode(jpeg), decode(webp)])).toEqual(wanted);
});

test('many pictures at once are decoded as one after the other', async () => {
  const files = await Promise.all(
    [8, 16, 24, 32].flatMap((size) => [jpegOf, pngOf, webpOf].map((encode) => encode(scene(size, size)))),
  );
  const together = await Promise.all(files.map(decode));
  const apart: Pixels[] = [];
  for (const file of files) apart.push(await decode(file));
  expect(together).toEqual(apart);
});

test('changed bytes are always decoded or refused with a code', async () => {
  const files = await Promise.all([
    jpegOf(scene()),
    jpegOf(scene(), { progressive: true }),
    pngOf(scene()),
    webpOf(scene()),
    webpOf(scene(), { lossless: true }),
  ]);
  const change = fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), to: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files),
      fc.array(change, { minLength: 1, maxLength: 8 }),
      async (file, changes) => {
        const bytes = file.slice();
        for (const { share, to } of changes) bytes[Math.floor(share * bytes.length)] = to;
        try {
          const { width, height, data } = await decode(bytes);
          expect(data.length).toBe(width * height * 4);
        } catch (error) {
          if (!(error instanceof ImageError)) throw error;
        }
      },
    ),
    { numRuns: 250 },
  );
});
