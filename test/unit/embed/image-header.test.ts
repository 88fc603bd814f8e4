import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ImageError } from '../../../functions/embed/image-error.ts';
import { MOST_PIXELS, MOST_SIDE, readImageHeader } from '../../../functions/embed/image-header.ts';
import { animatedWebp, jpegOf, pngOf, scene, webpOf } from './pictures.ts';
import { pngFile } from './png-file.ts';

const jpeg = await jpegOf(scene());
const progressive = await jpegOf(scene(), { progressive: true });
const png = await pngOf(scene());
const webp = await webpOf(scene());
const lossless = await webpOf(scene(), { lossless: true });
/** A canvas, a plane of alpha and a lossy picture. */
const transparent = await webpOf(faded());

function faded(): ReturnType<typeof scene> {
  const picture = scene();
  for (let i = 3; i < picture.data.length; i += 4) picture.data[i] = i % 256;
  return picture;
}

function codeOf(bytes: Uint8Array): string {
  try {
    readImageHeader(bytes);
  } catch (error) {
    if (error instanceof ImageError) return error.code;
    throw error;
  }
  return 'accepted';
}

/** RIFF, the length, WEBP, then chunks of a name and their data. */
function webpFile(...chunks: [string, number[]][]): Uint8Array {
  const text = (name: string) => Array.from(name, (letter) => letter.charCodeAt(0));
  const u32 = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >> 24];
  const body = chunks.flatMap(([name, data]) => [
    ...text(name),
    ...u32(data.length),
    ...data,
    ...(data.length % 2 ? [0] : []),
  ]);
  return Uint8Array.from([...text('RIFF'), ...u32(body.length + 4), ...text('WEBP'), ...body]);
}
const lossyOf = (width: number, height: number): number[] => [
  ...[0, 0, 0, 0x9d, 0x01, 0x2a, width & 255, width >> 8, height & 255, height >> 8],
];
function losslessOf(width: number, height: number): number[] {
  const bits = ((width - 1) | ((height - 1) << 14)) >>> 0;
  return [0x2f, bits & 255, (bits >> 8) & 255, (bits >> 16) & 255, bits >>> 24];
}
const canvasOf = (width: number, height: number, flags = 0): number[] => [
  ...[flags, 0, 0, 0, (width - 1) & 255, (width - 1) >> 8, 0, (height - 1) & 255, (height - 1) >> 8, 0],
];

/** SOI, then each { marker, payload } with its length, then the rest as it is. */
function markers(segments: [number, number[]][], rest: number[] = []): Uint8Array {
  const body = segments.flatMap(([marker, payload]) => {
    const length = payload.length + 2;
    return [0xff, marker, length >> 8, length & 0xff, ...payload];
  });
  return Uint8Array.from([0xff, 0xd8, ...body, ...rest]);
}
const frame = (width: number, height: number): [number, number[]] => [
  0xc0,
  [8, height >> 8, height & 0xff, width >> 8, width & 0xff, 1, 1, 0x11, 0],
];
const scan: [number, number[]] = [0xda, [1, 1, 0, 0, 63, 0]];
const end = [0xff, 0xd9];

test('reads the format and the size of JPEG, progressive JPEG and PNG', () => {
  expect(readImageHeader(jpeg)).toMatchObject({ format: 'jpeg', width: 48, height: 32 });
  expect(readImageHeader(progressive)).toMatchObject({ format: 'jpeg', width: 48, height: 32 });
  expect(readImageHeader(png)).toMatchObject({ format: 'png', width: 48, height: 32 });
});

test('reads the size of lossy, lossless and transparent WebP', () => {
  for (const bytes of [webp, lossless, transparent])
    expect(readImageHeader(bytes)).toMatchObject({ format: 'webp', width: 48, height: 32 });
  expect([webp, lossless, transparent].map((bytes) => String.fromCharCode(...bytes.subarray(12, 16)))).toEqual([
    'VP8 ',
    'VP8L',
    'VP8X',
  ]);
});

test('reads sizes of WebP in all their bits', () => {
  // 14 bits each: 16383 = 3fff. Lossy as it is, lossless and the canvas less one.
  expect(codeOf(webpFile(['VP8 ', lossyOf(8191, 512)]))).toBe('accepted');
  expect(readImageHeader(webpFile(['VP8L', losslessOf(257, 8000)]))).toMatchObject({ width: 257, height: 8000 });
  expect(readImageHeader(webpFile(['VP8L', losslessOf(8192, 512)]))).toMatchObject({ width: 8192, height: 512 });
  expect(() => readImageHeader(webpFile(['VP8L', losslessOf(16384, 257)]))).toThrow('got 16384 x 257');
  expect(() => readImageHeader(webpFile(['VP8 ', lossyOf(16383, 16382)]))).toThrow('got 16383 x 16382');
});

test('a WebP that moves is told so, whatever says it', async () => {
  expect(codeOf(await animatedWebp())).toBe('image-animated');
  expect(codeOf(webpFile(['VP8X', canvasOf(8, 8, 2)], ['VP8 ', lossyOf(8, 8)]))).toBe('image-animated');
  expect(codeOf(webpFile(['VP8X', canvasOf(8, 8)], ['ANMF', []], ['VP8 ', lossyOf(8, 8)]))).toBe('image-animated');
});

test('contradictions in a WebP are corrupt', () => {
  expect(codeOf(webpFile(['VP8X', canvasOf(8, 9)], ['VP8 ', lossyOf(8, 8)]))).toBe('image-corrupt');
  expect(codeOf(webpFile(['VP8X', canvasOf(8, 8)], ['EXIF', [1, 2, 3]]))).toBe('image-corrupt');
  expect(codeOf(webpFile(['VP8 ', [1, ...lossyOf(8, 8).slice(1)]]))).toBe('image-corrupt'); // no key frame
  expect(codeOf(webpFile(['VP8 ', lossyOf(0, 8)]))).toBe('image-corrupt');
  expect(codeOf(webpFile(['VP8L', [0x2e, 0, 0, 0, 0]]))).toBe('image-corrupt');
  expect(codeOf(webpFile(['VP8L', [0x2f, 0]]))).toBe('image-corrupt');
  const long = webpFile(['VP8 ', lossyOf(8, 8)]);
  new DataView(long.buffer).setUint32(16, 0xffffffff, true); // the chunk's length
  expect(codeOf(long)).toBe('image-corrupt');
});

test('nothing, text and other formats are unrecognised', () => {
  expect(codeOf(new Uint8Array(0))).toBe('image-unrecognised');
  expect(codeOf(new TextEncoder().encode('hello, this is not a picture'))).toBe('image-unrecognised');
  expect(codeOf(new TextEncoder().encode('RIFF....WAVEfmt and so on'))).toBe('image-unrecognised');
  expect(codeOf(new TextEncoder().encode('GIF89a and so on'))).toBe('image-unrecognised');
});

test('the message names the bytes and says what to send', () => {
  expect(() => readImageHeader(new TextEncoder().encode('RIFF'))).toThrow(
    'image: expected a JPEG, PNG or WebP file, got bytes that start 52 49 46 46. Send the frame as JPEG.',
  );
});

test.each([
  ['JPEG', jpeg, 3],
  ['progressive JPEG', progressive, 3],
  ['PNG', png, 8],
  ['WebP', webp, 12],
  ['lossless WebP', lossless, 12],
  ['transparent WebP', transparent, 12],
])('every cut of a %s behind its signature is truncated', (_, bytes, signature) => {
  for (let length = signature; length < bytes.length; length++)
    expect(codeOf(bytes.subarray(0, length)), `${length} bytes`).toBe('image-truncated');
});

test('bytes behind the end of a picture are nobody\u2019s business', () => {
  expect(codeOf(Uint8Array.of(...jpeg, 0, 0, 1, 2, 3))).toBe('accepted');
  expect(codeOf(Uint8Array.of(...png, 9, 9))).toBe('accepted');
  expect(codeOf(Uint8Array.of(...webp, 9, 9))).toBe('accepted');
});

test('an end marker inside a segment is not the end', () => {
  expect(codeOf(markers([[0xe1, [...end, 0]], frame(8, 8), scan]))).toBe('image-truncated');
  expect(codeOf(markers([[0xe1, [...end, 0]], frame(8, 8), scan], [1, 2, ...end]))).toBe('accepted');
});

test('stuffed bytes, restart markers and padding do not end a scan', () => {
  expect(
    codeOf(markers([frame(8, 8), scan], [1, 0xff, 0x00, 2, 0xff, 0xd3, 3, 0xff, 0xff, 0x00, 4, 0xff, 0xff, ...end])),
  ).toBe('accepted');
});

test('a picture of exactly the limit is accepted, one row more is too large', () => {
  expect(MOST_PIXELS).toBe(2048 * 2048);
  expect(codeOf(markers([frame(2048, 2048), scan], end))).toBe('accepted');
  expect(codeOf(markers([frame(2048, 2049), scan], end))).toBe('image-too-large');
  expect(codeOf(markers([frame(65535, 65535), scan], end))).toBe('image-too-large');
});

test('a picture one pixel wide and four million tall is too large, in every format and either way', () => {
  expect(MOST_SIDE).toBe(8192);
  for (const [width, height] of [
    [1, 8193],
    [8193, 1],
  ]) {
    expect(codeOf(markers([frame(width, height), scan], end))).toBe('image-too-large');
    expect(codeOf(webpFile(['VP8 ', lossyOf(width, height)]))).toBe('image-too-large');
    expect(codeOf(webpFile(['VP8L', losslessOf(width, height)]))).toBe('image-too-large');
    expect(codeOf(pngFile({ width, height, depth: 8, colour: 6 }, new Uint8Array(0)))).toBe('image-too-large');
  }
  expect(codeOf(pngFile({ width: 1, height: 4_194_304, depth: 8, colour: 6 }, new Uint8Array(0)))).toBe(
    'image-too-large',
  );
  expect(codeOf(markers([frame(1, 8192), scan], end))).toBe('accepted');
});

test('tells of a JPEG whether its coefficients are held, and how many blocks its scans go over', () => {
  const components = [1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]; // 4:2:0
  const sof = (marker: number): [number, number[]] => [marker, [8, 0, 32, 0, 32, 3, ...components]];
  const sos = (...ids: number[]): [number, number[]] => [0xda, [ids.length, ...ids.flatMap((id) => [id, 0]), 0, 63, 0]];
  const coding = (...segments: [number, number[]][]) => readImageHeader(markers(segments, end)).coding;
  // 4 x 4 blocks of luma, 2 x 2 of each chroma
  const all = { kind: 'jpeg', blocks: 24 };
  expect(coding(sof(0xc0), sos(1, 2, 3))).toEqual({ ...all, isWhole: false, visits: 24 });
  expect(coding(sof(0xc0), sos(1), sos(2), sos(3))).toEqual({ ...all, isWhole: true, visits: 24 });
  expect(coding(sof(0xc2), sos(1, 2, 3), sos(1), sos(1))).toEqual({ ...all, isWhole: true, visits: 56 });
  expect(codeOf(markers([sof(0xc9), sos(1, 2, 3)], end)), 'arithmetic coding').toBe('image-corrupt');
});

test('a PNG bomb is refused by its header', () => {
  const bomb = png.slice();
  new DataView(bomb.buffer).setUint32(16, 0x7fffffff);
  new DataView(bomb.buffer).setUint32(20, 0x7fffffff);
  expect(codeOf(bomb)).toBe('image-too-large');
});

test('contradictions are corrupt: no size, no picture, two frames, a thousand scans', () => {
  expect(codeOf(markers([frame(0, 8), scan], end))).toBe('image-corrupt');
  expect(codeOf(markers([frame(8, 8)], end))).toBe('image-corrupt');
  expect(codeOf(markers([scan], end))).toBe('image-corrupt');
  expect(codeOf(markers([frame(8, 8), frame(4000, 4000), scan], end))).toBe('image-corrupt');
  expect(codeOf(markers([frame(8, 8), ...new Array<[number, number[]]>(1000).fill(scan)], end))).toBe('image-corrupt');
});

test('any bytes behind a signature are read or refused with a stable code, never anything else', () => {
  const codes = [
    'accepted',
    'image-unrecognised',
    'image-truncated',
    'image-animated',
    'image-too-large',
    'image-corrupt',
  ];
  const start = fc.constantFrom(
    [0xff, 0xd8, 0xff],
    [...png.subarray(0, 16)],
    [...webp.subarray(0, 20)],
    [...webpFile(['VP8X', canvasOf(8, 8)])].with(4, 100),
    [0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 9, 0, 9],
  );
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 200 }), (head, tail) => {
      expect(codes).toContain(codeOf(Uint8Array.from([...head, ...tail])));
    }),
    { numRuns: 500 },
  );
});
