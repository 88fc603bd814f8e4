import sharp from 'sharp';
import { expect, test } from 'vitest';
import { readImageHeader } from '../../../functions/embed/image-header.ts';
import { pictureKind } from '../../../functions/embed/picture-kind.ts';

const text = (words: string): Uint8Array => Uint8Array.from(Buffer.from(words, 'latin1'));

test.each([
  ['AVIF', text('\0\0\0\x1cftypavif\0\0\0\0mif1')],
  ['AVIF', text('\0\0\0\x1cftypmif1\0\0\0\0avifmiaf')],
  ['HEIC', text('\0\0\0\x18ftypheic\0\0\0\0mif1')],
  ['HEIC', text('\0\0\0\x18ftypmif1\0\0\0\0mif1heic')],
  ['BMP', text('BM\x36\x24\0\0\0\0\0\0\x36')],
  ['JPEG XL', Uint8Array.from([0xff, 0x0a, 0x7a])],
  ['JPEG XL', text('\0\0\0\x0cJXL \r\n\x87\n')],
  ['JPEG 2000', text('\0\0\0\x0cjP  \r\n\x87\n')],
  ['GIF', text('GIF89a')],
  ['TIFF', text('II*\0')],
  ['SVG', text('<?xml version="1.0"?>\n<svg xmlns')],
  ['an MP4 or MOV video', text('\0\0\0\x1cftypisom')],
  ['a WebM or Matroska video', Uint8Array.from([0x1a, 0x45, 0xdf, 0xa3])],
])('the service names %s, with what to do', (kind, bytes) => {
  expect(pictureKind(bytes)).toBe(kind);
  expect(() => readImageHeader(bytes)).toThrow(
    `image: expected a JPEG, PNG or WebP file, got ${kind}. Send the frame as JPEG.`,
  );
});

test('an AVIF as it is written is told from other files of its family', async () => {
  const avif = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
    .avif()
    .toBuffer();
  expect(pictureKind(new Uint8Array(avif))).toBe('AVIF');
});

test('what is not known has no name', () => {
  expect([pictureKind(new Uint8Array(0)), pictureKind(text('BM is a word')), pictureKind(text('hello'))]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
