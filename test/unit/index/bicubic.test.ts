import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Filter, type Part, resize } from '../../../index/image/bicubic.ts';
import type { Pixels } from '../../../index/image/image.ts';

/** Rows of grey values, opaque. */
function grey(rows: number[][]): Pixels {
  const data = Uint8ClampedArray.from(rows.flat().flatMap((value) => [value, value, value, 255]));
  return { width: rows[0].length, height: rows.length, data };
}
const red = (rgb: Uint8Array): number[] => [...rgb].filter((_, i) => i % 3 === 0);
const whole = (width: number, height: number): Part => ({ left: 0, top: 0, width, height });
const resized = (pixels: Pixels, width: number, height: number, filter: Filter): Uint8Array =>
  resize(pixels, { width, height }, whole(width, height), filter);

test('two pixels on four: the cubic overshoots on both sides', () => {
  // Outputs look at 0.25, 0.75, … with a = -0.5: w(0.25) = 0.8671875, w(0.75) = 0.2265625, w(1.25) = -0.0703125.
  // At 0.25: (100 · 0.8671875 - 200 · 0.0703125) / 0.796875 = 91.2; at 0.75: (100 · 0.8671875 + 200 · 0.2265625) / 1.09375 = 120.7
  expect(red(resized(grey([[100, 200]]), 4, 1, 'bicubic'))).toEqual([91, 121, 179, 209]);
  expect(red(resized(grey([[100], [200]]), 1, 4, 'bicubic'))).toEqual([91, 121, 179, 209]);
});

test('an overshoot beyond black and white is cut off', () => {
  // 255 · -0.0703125 / 0.796875 = -22.5 and 255 · 0.8671875 / 0.796875 = 277.5
  expect(red(resized(grey([[0, 255]]), 4, 1, 'bicubic'))).toEqual([0, 53, 202, 255]);
});

test('a shrinking kernel is widened: four pixels on two', () => {
  // Linear, around 1 with a reach of 2: 0.75, 0.75, 0.25 of 0, 70, 140, over 1.75
  expect(red(resized(grey([[0, 70, 140, 210]]), 2, 1, 'bilinear'))).toEqual([50, 160]);
});

test('between the passes values are whole: the columns are made of rounded rows', () => {
  // Across: (1 + 2) / 2 = 1.5 -> 2 and (0 + 1) / 2 = 0.5 -> 1; down: (2 + 1) / 2 = 1.5 -> 2. In one pass it were 1.
  const picture = grey([
    [1, 2],
    [0, 1],
  ]);
  expect(red(resized(picture, 1, 1, 'bilinear'))).toEqual([2]);
});

test('a picture of the wanted size stays as it is', () => {
  const rows = [
    [3, 250, 7],
    [90, 0, 255],
  ];
  for (const filter of ['bicubic', 'bilinear'] as const)
    expect(red(resized(grey(rows), 3, 2, filter))).toEqual(rows.flat());
});

test('a half transparent white is a middle grey, as over black', () => {
  const data = Uint8ClampedArray.of(255, 255, 255, 51);
  expect(red(resized({ width: 1, height: 1, data }, 2, 1, 'bicubic'))).toEqual([51, 51]);
});

const side = fc.integer({ min: 1, max: 40 });
const filters = fc.constantFrom<Filter>('bicubic', 'bilinear');

test('one colour always stays that colour', () => {
  const value = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(side, side, side, side, filters, value, (width, height, w, h, filter, level) => {
      const data = new Uint8Array(width * height * 4).fill(level).map((v, i) => (i % 4 === 3 ? 255 : v));
      expect(new Set(resized({ width, height, data }, w, h, filter))).toEqual(new Set([level]));
    }),
  );
});

test('a part is always what the whole shows there', () => {
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(side, side, side, side, place, place, filters, (width, height, w, h, x, y, filter) => {
      const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i * 97) % 251));
      const pixels = { width, height, data };
      const [left, top] = [Math.floor(x * (w - 1)), Math.floor(y * (h - 1))];
      const part = { left, top, width: w - left, height: h - top };
      const rows = Array.from({ length: part.height }, (_, row) => {
        const start = ((top + row) * w + left) * 3;
        return [...resized(pixels, w, h, filter).subarray(start, start + part.width * 3)];
      });
      expect([...resize(pixels, { width: w, height: h }, part, filter)]).toEqual(rows.flat());
    }),
    { numRuns: 40 },
  );
});

test('refuses pixels that are not as many as the size says', () => {
  const short = { width: 2, height: 2, data: new Uint8Array(15) };
  expect(() => resized(short, 1, 1, 'bicubic')).toThrow('expected 2 x 2 RGBA pixels, got 15 bytes');
  const empty = { width: 0, height: 2, data: new Uint8Array(0) };
  expect(() => resized(empty, 1, 1, 'bicubic')).toThrow('expected 0 x 2 RGBA pixels');
});
