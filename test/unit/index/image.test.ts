import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Pixels, rgbToLab, shrink } from '../../../index/image/image.ts';

/** Rows of grey values, opaque. */
function grey(rows: number[][]): Pixels {
  const data = Uint8ClampedArray.from(rows.flat().flatMap((value) => [value, value, value, 255]));
  return { width: rows[0].length, height: rows.length, data };
}
const red = (rgb: Float32Array): number[] => [...rgb].filter((_, i) => i % 3 === 0);

test('a 4 x 2 picture on a 2 x 1 grid gives the means of its halves', () => {
  const picture = grey([
    [0, 100, 10, 20],
    [200, 100, 30, 40],
  ]);
  expect(red(shrink(picture, 2, 1))).toEqual([100, 25]);
});

test('a pixel on a border counts by the share inside: 3 pixels on 2 cells', () => {
  // the first cell covers pixel 0 and half of pixel 1: (30 + 60 / 2) / 1.5
  expect(red(shrink(grey([[30, 60, 90]]), 2, 1))).toEqual([40, 80]);
  expect(red(shrink(grey([[30], [60], [90]]), 1, 2))).toEqual([40, 80]);
});

test('a single pixel fills the whole grid', () => {
  expect(red(shrink(grey([[77]]), 4, 3))).toEqual(new Array(12).fill(expect.closeTo(77, 4)));
});

test('two pixels on three cells: the middle one is half of each', () => {
  expect(red(shrink(grey([[0, 90]]), 3, 1))).toEqual([0, 45, 90].map((value) => expect.closeTo(value, 4)));
});

test('keeps the channels apart', () => {
  const data = Uint8ClampedArray.of(10, 20, 30, 255, 30, 40, 50, 255);
  expect([...shrink({ width: 2, height: 1, data }, 1, 1)]).toEqual([20, 30, 40]);
});

test('a half transparent white is a middle grey, as over black', () => {
  const data = Uint8ClampedArray.of(255, 255, 255, 51);
  expect(red(shrink({ width: 1, height: 1, data }, 1, 1))).toEqual([51]);
});

test('the mean of the grid is always the mean of the picture', () => {
  const side = fc.integer({ min: 1, max: 23 });
  fc.assert(
    fc.property(
      side,
      side,
      side,
      side,
      fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
      (width, height, w, h, stream) => {
        const rows = Array.from({ length: height }, () =>
          Array.from({ length: width }, () => stream.next().value as number),
        );
        const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
        expect(mean(red(shrink(grey(rows), w, h)))).toBeCloseTo(mean(rows.flat()), 3);
      },
    ),
  );
});

test('refuses pixels that are not as many as the size says', () => {
  expect(() => shrink({ width: 2, height: 2, data: new Uint8Array(15) }, 1, 1)).toThrow(
    'expected 2 x 2 RGBA pixels, got 15 bytes',
  );
  expect(() => shrink({ width: 0, height: 2, data: new Uint8Array(0) }, 1, 1)).toThrow('expected 0 x 2 RGBA pixels');
});

// Bruce Lindbloom's CIE colour calculator (brucelindbloom.com), sRGB, D65, no adaptation
test.each([
  ['black', [0, 0, 0], [0, 0, 0]],
  ['white', [255, 255, 255], [100, 0, 0]],
  ['red', [255, 0, 0], [53.24, 80.09, 67.2]],
  ['green', [0, 255, 0], [87.73, -86.18, 83.18]],
  ['blue', [0, 0, 255], [32.3, 79.19, -107.86]],
  ['middle grey', [119, 119, 119], [50.03, 0, 0]],
])('%s has the L*a*b* of the reference', (_, rgb, lab) => {
  expect([...rgbToLab(Float32Array.from(rgb))]).toEqual(lab.map((value) => expect.closeTo(value, 1)));
});

test('a picture one pixel wide and thousands tall costs its pixels, not 64 cells for each of its rows', () => {
  const tall = { width: 1, height: 500_000, data: new Uint8Array(4 * 500_000).fill(255) };
  const start = process.cpuUsage();
  const shrunk = shrink(tall, 64, 64);
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1000).toBeLessThan(250); // 64 cells for each row took 550 and more
  expect(red(shrunk)).toEqual(Array(64 * 64).fill(expect.closeTo(255, 3)));
});

test('a narrow picture is added up first, and its means are the same', () => {
  const colours = fc.uint8Array({ minLength: 4 * 3 * 40, maxLength: 4 * 3 * 40 });
  fc.assert(
    fc.property(colours, (data) => {
      const [w, h] = [5, 7]; // 3 x 40 is narrower than 5 and more than four times as tall as 7
      const shrunk = shrink({ width: 3, height: 40, data }, w, h);
      for (let cell = 0; cell < w * h; cell++)
        for (let channel = 0; channel < 3; channel++) {
          const [x, y] = [cell % w, Math.floor(cell / w)];
          expect(shrunk[cell * 3 + channel]).toBeCloseTo(meanOf(data, { x, y, w, h, channel }), 3);
        }
    }),
    { numRuns: 20 },
  );
});

/** The mean over a cell of a 3 x 40 picture, by its definition. */
function meanOf(
  data: Uint8Array,
  { x, y, w, h, channel }: { x: number; y: number; w: number; h: number; channel: number },
): number {
  const overlap = (pixel: number, cell: number, pixels: number, cells: number): number =>
    Math.max(0, Math.min(((cell + 1) * pixels) / cells, pixel + 1) - Math.max((cell * pixels) / cells, pixel));
  let sum = 0;
  for (let row = 0; row < 40; row++)
    for (let column = 0; column < 3; column++) {
      const at = (row * 3 + column) * 4;
      sum += overlap(column, x, 3, w) * overlap(row, y, 40, h) * data[at + channel] * (data[at + 3] / 255);
    }
  return sum / ((3 / w) * (40 / h));
}
