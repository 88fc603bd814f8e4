import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openHnsw } from '../../../index/search/hnsw.ts';
import { buildNative as build } from './native-hnsw.ts';

test.each([
  { count: 1, dim: 4 },
  { count: 2, dim: 3 },
  { count: 37, dim: 6, m: 4 },
  { count: 600, dim: 64 },
  { count: 1500, dim: 20, m: 3 },
  { count: 800, dim: 27, m: 8 },
  { count: 500, dim: 256 },
])('finds what hnswlib finds, in its order: $count vectors of $dim', (library) => {
  const { native, bytes, query } = build(library);
  const index = openHnsw(bytes.buffer);
  expect({ count: index.count, dim: index.dim }).toEqual({ count: library.count, dim: library.dim });
  for (const ef of [1, 7, 40, 200])
    for (let i = 0; i < 8; i++) {
      const wanted = query();
      const k = Math.min([1, 5, 20][i % 3], library.count);
      native.setEf(ef);
      const theirs = native.searchKnn([...wanted], k);
      const ours = index.search(wanted, k, ef);
      expect(ours.map((one) => one.label)).toEqual(theirs.neighbors);
      expect(ours.map((one) => Math.fround(one.distance))).toEqual(
        theirs.distances.map((one) => expect.closeTo(one, 5)),
      );
    }
});

test('orders duplicates as hnswlib does, and by label among the equally near', () => {
  const { native, bytes, query } = build({ count: 300, dim: 16, distinct: 12 });
  const index = openHnsw(bytes.buffer);
  native.setEf(60);
  for (let i = 0; i < 20; i++) {
    const wanted = query();
    const ours = index.search(wanted, 30, 60);
    expect(ours.map((one) => one.label)).toEqual(native.searchKnn([...wanted], 30).neighbors);
    for (let j = 1; j < ours.length; j++)
      if (ours[j].distance === ours[j - 1].distance) expect(ours[j].label).toBeGreaterThan(ours[j - 1].label);
  }
});

test('never returns a vector that is marked deleted, and still finds the others', () => {
  const deleted = (label: number) => label % 3 === 0;
  const { native, bytes, query } = build({ count: 400, dim: 24, m: 6, deleted });
  const index = openHnsw(bytes.buffer);
  native.setEf(50);
  for (let i = 0; i < 20; i++) {
    const wanted = query();
    const labels = index.search(wanted, 25, 50).map((one) => one.label);
    expect(labels.filter(deleted)).toEqual([]);
    expect(labels).toHaveLength(25);
    expect(labels).toEqual(native.searchKnn([...wanted], 25).neighbors);
  }
});

test('finds the far vectors behind a ring of deleted ones', () => {
  // along the first axis: the near ones and the opposite ones stay, all between them goes
  const deleted = (_: number, [along]: number[]) => along < 0.5 && along > -0.5;
  const { native, bytes } = build({ count: 400, dim: 12, m: 6, deleted });
  const axis = Float32Array.from({ length: 12 }, (_, i) => (i === 0 ? 1 : 0));
  native.setEf(200);
  const found = openHnsw(bytes.buffer).search(axis, 100, 200);
  expect(found.map((one) => one.label)).toEqual(native.searchKnn([...axis], 100).neighbors);
  expect(found.filter((one) => one.distance <= 0.5).length).toBeGreaterThan(3);
  expect(found.filter((one) => one.distance >= 1.5).length).toBeGreaterThan(3);
});

test.each([
  ['half', (label: number) => label % 2 === 0],
  ['one in nine', (label: number) => label % 9 === 4],
  ['one in sixty', (label: number) => label % 60 === 7],
  ['none', () => false],
])('with a filter that leaves %s finds what hnswlib finds with it, in its order', (_, accept) => {
  const deleted = (label: number) => label % 5 === 0;
  for (const library of [
    { count: 700, dim: 24, m: 6 },
    { count: 700, dim: 24, m: 6, deleted },
    { count: 300, dim: 17, m: 5, distinct: 40 },
  ]) {
    const { native, bytes, query } = build(library);
    const index = openHnsw(bytes.buffer);
    for (const ef of [5, 30, 120])
      for (let i = 0; i < 6; i++) {
        const wanted = query();
        native.setEf(ef);
        const theirs = native.searchKnn([...wanted], 12, accept);
        expect(index.search(wanted, 12, ef, accept).map((one) => one.label)).toEqual(theirs.neighbors);
      }
  }
});

test('a scan finds the true nearest, the accepted ones that are not deleted, equal ones by label', () => {
  const { bytes, query, vectors } = build({ count: 300, dim: 16, distinct: 12, deleted: (label) => label % 7 === 0 });
  const index = openHnsw(bytes.buffer);
  expect([index.count, index.live]).toEqual([300, 257]); // 1001, 1008, ... 1295: 43 of them
  const accept = (label: number) => label % 2 === 0;
  const wanted = query();
  const likeness = (label: number) =>
    vectors[(label - 1000) % 12].reduce((sum, value, i) => sum + value * wanted[i], 0);
  const nearest = Array.from({ length: 300 }, (_, i) => 1000 + i)
    .filter((label) => label % 7 !== 0 && accept(label))
    .sort((one, other) => likeness(other) - likeness(one) || one - other);
  for (const k of [1, 5, 40, 300])
    expect(index.scan(wanted, k, accept).map((one) => one.label)).toEqual(nearest.slice(0, k));
});

test('gives the vector of a label, and refuses a label that is nowhere', () => {
  const { bytes, vectors } = build({ count: 20, dim: 6 });
  const index = openHnsw(bytes.buffer);
  for (const place of [0, 7, 19]) expect([...index.vectorOf(1000 + place)]).toEqual(vectors[place]);
  expect(() => index.vectorOf(3)).toThrow(new RangeError('vectors: expected the label of a vector, got 3.'));
});

test('finds every vector first by itself when ef covers the whole library', () => {
  const { bytes, vectors } = build({ count: 200, dim: 32 });
  const index = openHnsw(bytes.buffer);
  vectors.forEach((vector, i) => {
    const [first] = index.search(Float32Array.from(vector), 1, 200);
    expect(first.label).toBe(1000 + i);
    expect(first.distance).toBeCloseTo(0, 5);
  });
});

test('gives all there is when k is larger than the library', () => {
  const { bytes, query } = build({ count: 9, dim: 8 });
  const labels = openHnsw(bytes.buffer)
    .search(query(), 50, 10)
    .map((one) => one.label);
  expect(labels.sort()).toEqual([1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008]);
});

test('an empty index finds nothing', () => {
  const { bytes } = build({ count: 0, dim: 8 });
  expect(openHnsw(bytes.buffer).search(new Float32Array(8), 3, 10)).toEqual([]);
});

test('refuses a query of another width, and k or ef below 1', () => {
  const { bytes, query } = build({ count: 9, dim: 8 });
  const index = openHnsw(bytes.buffer);
  expect(() => index.search(new Float32Array(7), 1, 10)).toThrow('expected a query of 8 values, got 7');
  expect(() => index.search(query(), 0, 10)).toThrow('got 0 and 10');
  expect(() => index.search(query(), 1, 0.5)).toThrow('got 1 and 0.5');
});

const small = build({ count: 40, dim: 5, m: 3 });

test('every cut of the file is refused', () => {
  for (let length = 0; length < small.bytes.length; length++)
    expect(() => openHnsw(small.bytes.slice(0, length).buffer)).toThrow(/^hnsw file: expected /);
});

test('trailing bytes are refused', () => {
  const longer = new Uint8Array(small.bytes.length + 4);
  longer.set(small.bytes);
  expect(() => openHnsw(longer.buffer)).toThrow(/^hnsw file: expected an end at byte/);
});

// Where saveIndex of hnswlib's hnswalg.h puts each field. `small` has 40 vectors of 5 values with at most 6 and 3 links.
test.each([
  ['offsetLevel0', 0, 4, 'expected level 0 at offset 0, got 4'],
  ['maxElements', 8, 39, 'expected room for every vector, got 40 vectors'],
  ['count', 16, 41, 'expected lists'],
  ['count, high half', 20, 1, 'expected room for every vector'],
  ['bytes per vector', 24, 60, 'expected 56 bytes per vector, got 60'],
  ['label offset', 32, 47, 'expected a whole number of values per vector, got 4.75'],
  ['data offset', 40, 24, 'expected values at 28, got 24'],
  ['maxLevel', 48, 0xffffffff, 'expected a top level that fits the vectors, got -1'],
  ['entry', 52, 40, 'expected an entry point below 40, got 40'],
  ['maxM', 56, 0, 'expected 1 to 65535 links per vector, got 0 and 6'],
  ['maxM0', 64, 70000, 'expected 1 to 65535 links per vector, got 3 and 70000'],
])('the header\u2019s %s is guarded', (_, at, value, message) => {
  const bytes = small.bytes.slice();
  new DataView(bytes.buffer).setUint32(at, value, true);
  expect(() => openHnsw(bytes.buffer)).toThrow(`hnsw file: ${message}`);
});

test('a link to a vector that does not exist is refused', () => {
  const bytes = small.bytes.slice();
  new DataView(bytes.buffer).setUint32(96 + 4, 40, true); // first link of vector 0
  expect(() => openHnsw(bytes.buffer)).toThrow('expected links within level 0, got 40 at vector 0');
});

test('a link on an upper level to a vector that is not there is refused', () => {
  const bytes = small.bytes.slice();
  const view = new DataView(bytes.buffer);
  const levels: { vector: number; list: number; level: number }[] = [];
  for (let vector = 0, at = 96 + 40 * 56; vector < 40; vector++) {
    const listBytes = view.getUint32(at, true);
    levels.push({ vector, list: at + 4, level: listBytes / 16 }); // a list is its count and three links
    at += 4 + listBytes;
  }
  const ground = levels.find(({ level }) => level === 0)!.vector;
  const upper = levels.find(({ level, list }) => level > 0 && view.getUint16(list, true) > 0)!;
  view.setUint32(upper.list + 4, ground, true);
  expect(() => openHnsw(bytes.buffer)).toThrow(
    `expected links within level 1, got ${ground} at vector ${upper.vector}`,
  );
});

test('changed bytes never make a search hang or invent a neighbour: the file is refused or the answer has its form', () => {
  const change = fc.record({ at: fc.nat(small.bytes.length - 1), to: fc.integer({ min: 0, max: 255 }) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
      const bytes = small.bytes.slice();
      for (const { at, to } of changes) bytes[at] = to;
      let index: ReturnType<typeof openHnsw>;
      try {
        index = openHnsw(bytes.buffer);
      } catch (error) {
        expect((error as Error).message).toMatch(/^hnsw file: expected .+, got .+\./);
        return;
      }
      const found = index.search(new Float32Array(index.dim).fill(0.4), 5, 20);
      expect(found.length).toBeLessThanOrEqual(5);
      expect(found.every((one) => Number.isFinite(one.label))).toBe(true);
    }),
    { numRuns: 500 },
  );
});
