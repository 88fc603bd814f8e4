import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writeHnswInt8 } from '../../../index/search/hnsw-int8.ts';
import { openRetriever, type Retriever } from '../../../index/search/retrieval.ts';
import { buildNative } from './native-hnsw.ts';

const COUNT = 3000;
const removed = (label: number) => label % 11 === 3;
const library = buildNative({ count: COUNT, dim: 16, m: 4, firstLabel: 0, deleted: removed });
const kinds: [string, Retriever][] = [
  ['hnsw', openRetriever('hnsw', library.bytes.buffer)],
  ['hnsw-int8', openRetriever('hnsw-int8', writeHnswInt8(library.bytes.buffer).buffer as ArrayBuffer)],
];

test.each(kinds)(
  '%s: as many come back as are wanted while so many are accepted, whatever the filter',
  (_, retriever) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 3000 }),
        fc.nat(2999),
        (wanted, ef, size, offset) => {
          const accept = (label: number) => !removed(label) && (label * 7 + offset) % COUNT < size;
          const accepted = Array.from({ length: COUNT }, (_, label) => label).filter(accept);
          const labels = retriever.search(library.query(), wanted, ef, accept, accepted.length);
          expect(labels).toHaveLength(Math.min(wanted, accepted.length));
          expect(new Set(labels).size).toBe(labels.length);
          expect(labels.every(accept)).toBe(true);
        },
      ),
      { numRuns: 200, seed: 5 },
    );
  },
);

test.each(kinds)('%s: the accepted are counted where their number is not given', (_, retriever) => {
  const accept = (label: number) => label < 40;
  const query = library.query();
  expect(retriever.search(query, 50, 20, accept)).toEqual(retriever.search(query, 50, 20, accept, 40));
  expect(retriever.search(query, 50, 20, accept)).toHaveLength(36); // 3, 14, 25 and 36 are removed
});

test.each(kinds)('%s: a filter that leaves few gives the true nearest of them', (_, retriever) => {
  const accept = (label: number) => label % 30 === 0 && !removed(label);
  const query = library.query();
  const likeness = (label: number) => retriever.vectorOf(label).reduce((sum, value, i) => sum + value * query[i], 0);
  const nearest = Array.from({ length: COUNT }, (_, label) => label)
    .filter(accept)
    .sort((one, other) => likeness(other) - likeness(one))
    .slice(0, 20);
  expect(retriever.search(query, 20, 100, accept)).toEqual(nearest);
});

test.each(kinds)('%s: removed tracks never come back, though all are wanted', (_, retriever) => {
  const labels = retriever.search(library.query(), COUNT, 10);
  expect(labels).toHaveLength(COUNT - 273); // 3, 14, … 2995
  expect(labels.filter(removed)).toEqual([]);
});

test.each(kinds)('%s: nothing is found where nothing is accepted or wanted', (_, retriever) => {
  expect(retriever.search(library.query(), 10, 10, () => false)).toEqual([]);
  expect(retriever.search(library.query(), 0, 10)).toEqual([]);
});

test('a small catalogue is compared one by one, however few candidates a walk would keep', () => {
  const { bytes, vectors, query } = buildNative({ count: 300, dim: 12, m: 2, firstLabel: 0 });
  const retriever = openRetriever('hnsw', bytes.buffer);
  for (let i = 0; i < 20; i++) {
    const wanted = query();
    const likeness = (label: number) => vectors[label].reduce((sum, value, at) => sum + value * wanted[at], 0);
    const nearest = Array.from(vectors.keys()).sort((one, other) => likeness(other) - likeness(one));
    expect(retriever.search(wanted, 30, 30)).toEqual(nearest.slice(0, 30));
  }
});

test('a large one is walked through: not every track is looked at', () => {
  const { bytes, query } = buildNative({ count: 3000, dim: 4, firstLabel: 0 });
  const retriever = openRetriever('hnsw', bytes.buffer);
  let asked = 0;
  const accept = () => ++asked > 0;
  retriever.search(query(), 10, 20, accept, 3000);
  expect(asked).toBeGreaterThan(20);
  expect(asked).toBeLessThan(1000);
});

test.each(['hnsw', 'hnsw-int8'] as const)(
  '%s: a file whose labels are not the places of a catalogue is refused',
  (kind) => {
    const { bytes } = buildNative({ count: 5, dim: 4, firstLabel: 1 });
    const content = kind === 'hnsw' ? bytes : writeHnswInt8(bytes.buffer);
    expect(() => openRetriever(kind, content.buffer as ArrayBuffer)).toThrow(
      'vectors: expected one for track 0 of 5, got none. Build the index again.',
    );
  },
);
