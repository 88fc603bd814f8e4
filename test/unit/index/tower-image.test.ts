/// <reference path="../../../offline/lib/sharp.d.ts" />
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { Pixels } from '../../../index/image/image.ts';
import { CLIP_IMAGES, cropFor, type ImagePreprocessing, imageInput } from '../../../index/image/tower-image.ts';
import { sharedMedia, sharedMissing } from '../media/shared.ts';

// The judge: Pillow 9.4 and torchvision 0.14.1. Differences seen: none.
const fixture = (name: string) => new URL(`../../fixtures/clip-preproc/${name}`, import.meta.url).pathname;
const shared = (name: string) => sharedMedia('..', 'golden', 'clip-preproc', name);

describe('CLIP’s preprocessing of a recorded picture', () => {
  test.each([
    ['synthetic_landscape_533x300', fixture],
    ['small_upscale_150x113', fixture],
  ])('%s is the reference’s, byte by byte', agree);
  test.skipIf(sharedMissing)('a photograph on end (needs shared/golden) is the reference’s, byte by byte', () =>
    agree('parrot_portrait', shared),
  );
});

async function agree(name: string, path: (name: string) => string): Promise<void> {
  const pixels = await readPng(path(`${name}.png`));
  const crop = await readPng(path(`${name}.crop224.png`));
  expect([crop.width, crop.height]).toEqual([224, 224]);
  const expected = Uint8Array.from(crop.data).filter((_, i) => i % 4 !== 3);
  expect(Buffer.compare(cropFor(pixels, CLIP_IMAGES), expected)).toBe(0);

  const values = imageInput(pixels, CLIP_IMAGES); // [3, 224, 224]
  const halves = halvesOf(readFileSync(path(`${name}.3x224x224.f16le`)));
  expect(values.length).toBe(halves.length);
  // Half precision keeps 11 bits: half a step is 2^-11 of the value.
  expect(values.findIndex((value, i) => !(Math.abs(value - halves[i]) <= Math.abs(value) * 2 ** -11 + 2 ** -25))).toBe(
    -1,
  );
}

async function readPng(path: string): Promise<Pixels> {
  const { data, info } = await sharp(path).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

function halvesOf(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length / 2 }, (_, i) => {
    const bits = bytes.readUInt16LE(i * 2);
    const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
    const size = exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024);
    return bits & 0x8000 ? -size : size;
  });
}

/** Each pixel's red is its column, green its row. */
function places(width: number, height: number): Pixels {
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) data.set([i % width, Math.floor(i / width), 0, 255], i * 4);
  return { width, height, data };
}

describe('the crop', () => {
  const small: ImagePreprocessing = { ...CLIP_IMAGES, size: 4, resize: 4 };

  test.each([
    [4, 4, 0, 0],
    [6, 4, 1, 0],
    [4, 8, 0, 2],
    // round(0.5) = 0, round(1.5) = 2, round(2.5) = 2: a half goes to the even number
    [5, 4, 0, 0],
    [7, 4, 2, 0],
    [4, 9, 0, 2],
  ])('of a %d x %d picture begins at column %d and row %d', (width, height, left, top) => {
    const crop = cropFor(places(width, height), small);
    expect([...crop.subarray(0, 2)]).toEqual([left, top]);
    expect([...crop.subarray(-3, -1)]).toEqual([left + 3, top + 3]);
  });

  test('may be smaller than the short side is brought to', () => {
    const crop = cropFor(places(8, 8), { ...small, resize: 8 });
    expect([crop[0], crop[1]]).toEqual([2, 2]);
  });

  test('larger than the short side is refused', () => {
    expect(() => cropFor(places(8, 8), { ...small, resize: 3 })).toThrow(
      "expected a short side of at least the crop's 4, got 3",
    );
  });

  test.each([
    [1, 1],
    [3, 1000],
    [1000, 3],
    [223, 223],
    [4001, 2999],
  ])('of one colour, %d x %d, is that colour', (width, height) => {
    const data = new Uint8Array(width * height * 4).fill(255);
    for (let i = 0; i < data.length; i += 4) data.set([10, 200, 90], i);
    const values = imageInput({ width, height, data }, CLIP_IMAGES);
    const { mean, deviation } = CLIP_IMAGES;
    for (const [channel, level] of [10, 200, 90].entries()) {
      const plane = values.subarray(channel * 224 * 224, (channel + 1) * 224 * 224);
      expect(new Set(plane).size).toBe(1);
      expect(plane[0]).toBeCloseTo((level / 255 - mean[channel]) / deviation[channel], 5);
    }
  });
});
