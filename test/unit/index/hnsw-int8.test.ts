import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openHnsw } from '../../../index/search/hnsw.ts';
import { openHnswInt8, writeHnswInt8 } from '../../../index/search/hnsw-int8.ts';
import { buildNative, type Library } from './native-hnsw.ts';

function both(library: Library) {
  const { bytes, query, vectors } = buildNative(library);
  const small = writeHnswInt8(bytes.buffer);
  return { float: openHnsw(bytes.buffer), int8: openHnswInt8(small.buffer as ArrayBuffer), small, query, vectors };
}

describe('a file of one byte per value', () => {
  test('keeps each value to within half a step of its vector', () => {
    const { int8, vectors } = both({ count: 30, dim: 40 });
    for (const [place, vector] of vectors.entries()) {
      const step = Math.max(...vector.map(Math.abs)) / 127;
      const kept = int8.vectorOf(1000 + place);
      for (const [i, value] of vector.entries()) expect(Math.abs(kept[i] - value)).toBeLessThanOrEqual(step / 2 + 1e-7);
    }
  });

  test('gives the inner product of query and kept vector as distance', () => {
    const { int8, query } = both({ count: 50, dim: 256 });
    const wanted = query();
    for (const { label, distance } of int8.scan(wanted, 50)) {
      const product = int8.vectorOf(label).reduce((sum, value, i) => sum + value * wanted[i], 0);
      expect(distance).toBeCloseTo(1 - product, 5);
    }
  });

  test.each([
    { count: 1, dim: 4 },
    { count: 400, dim: 32, m: 5 },
    { count: 400, dim: 32, m: 5, firstLabel: 0 },
    { count: 400, dim: 7, m: 3, deleted: (label: number) => label % 4 === 0 },
  ])('walks to what a scan of it finds: $count vectors of $dim', (library) => {
    const { float, int8, query } = both(library);
    expect([int8.count, int8.live, int8.dim]).toEqual([float.count, float.live, float.dim]);
    const odd = (label: number) => label % 2 === 1;
    for (let i = 0; i < 10; i++) {
      const wanted = query();
      expect(int8.search(wanted, 10, 400)).toEqual(int8.scan(wanted, 10));
      expect(int8.search(wanted, 10, 400, odd)).toEqual(int8.scan(wanted, 10, odd));
    }
  });

  test('finds nearly what float32 finds: at least 95 of the 100 nearest of 2,000, on average', () => {
    const { float, int8, query } = both({ count: 2000, dim: 64 });
    let hits = 0;
    for (let i = 0; i < 20; i++) {
      const wanted = query();
      const truth = new Set(float.scan(wanted, 100).map((one) => one.label));
      hits += int8.search(wanted, 100, 400).filter((one) => truth.has(one.label)).length;
    }
    expect(hits / 20).toBeGreaterThan(95);
  });

  test('is hardly more than a third of the float32 file at 64 values, and writes no labels that equal the places', () => {
    const { bytes } = buildNative({ count: 500, dim: 64, firstLabel: 0 });
    const labelled = buildNative({ count: 500, dim: 64 });
    const size = writeHnswInt8(bytes.buffer).length;
    expect(size).toBeLessThan(bytes.length / 2.8);
    expect(writeHnswInt8(labelled.bytes.buffer).length).toBe(size + 4 * 500);
  });

  test('is the same bytes for the same file', () => {
    const { bytes } = buildNative({ count: 90, dim: 12 });
    expect(writeHnswInt8(bytes.buffer)).toEqual(writeHnswInt8(bytes.slice().buffer));
  });

  test('of no vectors finds nothing', () => {
    const { int8 } = both({ count: 0, dim: 8 });
    expect(int8.search(new Float32Array(8), 3, 10)).toEqual([]);
    expect(int8.scan(new Float32Array(8), 3)).toEqual([]);
  });

  test('keeps a vector of zeros, at distance 1 from everything', () => {
    const native = buildNative({ count: 3, dim: 4, firstLabel: 0 });
    const view = new Float32Array(native.bytes.buffer);
    view.fill(0, (96 + 4 + 128) / 4, (96 + 4 + 128) / 4 + 4); // the values of vector 0, behind its 32 links
    const int8 = openHnswInt8(writeHnswInt8(native.bytes.buffer).buffer as ArrayBuffer);
    expect([...int8.vectorOf(0)]).toEqual([0, 0, 0, 0]);
    expect(int8.scan(native.query(), 3).find(({ label }) => label === 0)?.distance).toBe(1);
  });

  test('is not written of values that are not finite', () => {
    const { bytes } = buildNative({ count: 3, dim: 4 });
    new Float32Array(bytes.buffer)[(96 + 4 + 128) / 4] = Number.NaN;
    expect(() => writeHnswInt8(bytes.buffer)).toThrow(
      'hnsw int8: expected finite values, got NaN or Infinity at vector 0',
    );
  });
});

describe('what is not such a file is refused', () => {
  const small = writeHnswInt8(buildNative({ count: 40, dim: 5, m: 3 }).bytes.buffer);

  test('every cut of it, and trailing bytes', () => {
    for (let length = 0; length < small.length; length++)
      expect(() => openHnswInt8(small.slice(0, length).buffer)).toThrow(/^hnsw int8 file: expected /);
    const longer = new Uint8Array(small.length + 4);
    longer.set(small);
    expect(() => openHnswInt8(longer.buffer)).toThrow(/^hnsw int8 file: expected \d+ bytes, got \d+\./);
  });

  // Words of the header, as the format has them.
  test.each([
    ['magic', 0, 1, 'expected the magic "CPH8"'],
    ['version', 1, 2, 'expected version 1, got 2'],
    ['dim', 2, 0, 'expected at least 1 value per vector, got 0'],
    ['count', 3, 39, 'expected'],
    ['maxLevel', 4, 7, 'expected an entry point on level 7'],
    ['entry', 5, 40, 'expected an entry point on level'],
    ['linkBytes', 8, 3, 'expected links of 2 or 4 bytes, got 3'],
    ['labels', 9, 2, 'expected labels written or not, got 2'],
    ['deleted', 10, 1, 'expected 1 delete marks, got 0'],
  ])('another %s in its header', (_, word, value, message) => {
    const bytes = small.slice();
    new DataView(bytes.buffer).setUint32(4 * word, value, true);
    expect(() => openHnswInt8(bytes.buffer)).toThrow(`hnsw int8 file: ${message}`);
  });

  test('changed bytes never make a search hang or invent a neighbour: the file is refused or the answer has its form', () => {
    const change = fc.record({ at: fc.nat(small.length - 1), to: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
        const bytes = small.slice();
        for (const { at, to } of changes) bytes[at] = to;
        let index: ReturnType<typeof openHnswInt8>;
        try {
          index = openHnswInt8(bytes.buffer);
        } catch (error) {
          expect((error as Error).message).toMatch(/^hnsw int8 file: expected .+, got .+\./);
          return;
        }
        const query = new Float32Array(index.dim).fill(0.4);
        for (const found of [index.search(query, 5, 20), index.scan(query, 5)]) {
          expect(found.length).toBeLessThanOrEqual(5);
          expect(found.every((one) => Number.isInteger(one.label))).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
