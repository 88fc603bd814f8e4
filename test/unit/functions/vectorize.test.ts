import { beforeEach, describe, expect, test } from 'vitest';
import { createVectorizeRetriever } from '../../../functions/retrieve/vectorize.ts';
import { filterBytes, vectorIdOf } from '../../../index/search/vectorize-record.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { createVectorizeDouble, type VectorizeDouble } from '../../doubles/vectorize.ts';

const COUNT = 2000;
const DIM = 8;
const VERSION = 'a1b2c3d4e5f6';
const random = createRandom('vectorize');
const unit = (): Float32Array => {
  const values = Float32Array.from({ length: DIM }, () => random.normal());
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
};
const vectors = Array.from({ length: COUNT }, unit);
const query = unit();
const dot = (one: Float32Array, other: Float32Array) => one.reduce((sum, value, i) => sum + value * other[i], 0);
const nearest = Array.from(vectors.keys()).sort((one, other) => dot(vectors[other], query) - dot(vectors[one], query));

let index: VectorizeDouble;
beforeEach(() => {
  index = createVectorizeDouble(DIM);
});

/** Write tracks as the offline program does. */
async function write(labels: Iterable<number>, { namespace = VERSION, indexed = true } = {}) {
  if (indexed) for (const property of ['_place', 'bpm']) index.createMetadataIndex(property, 'number');
  const records = Array.from(labels, (label) => ({
    id: vectorIdOf(namespace, label),
    namespace,
    values: vectors[label],
    metadata: { _place: label, bpm: 60 + (label % 100) },
  }));
  for (let at = 0; at < records.length; at += 1000) await index.upsert(records.slice(at, at + 1000));
}
const open = () => createVectorizeRetriever(index, { namespace: VERSION, count: COUNT, dim: DIM });
const allowing = (accept: (label: number) => boolean) => ({
  accept,
  count: nearest.filter(accept).length,
});

describe('searching', () => {
  test('gives the nearest labels, best first, in one request', async () => {
    await write(nearest);
    index.settle();
    expect(await open().search(query, 100)).toEqual({ labels: nearest.slice(0, 100), filled: 0, queries: 1 });
    expect(await open().search(query, 7)).toEqual({ labels: nearest.slice(0, 7), filled: 0, queries: 1 });
  });

  test('lets Vectorize apply what it can of a filter, and asks once', async () => {
    await write(nearest);
    index.settle();
    const slow = allowing((label) => label % 100 < 10); // bpm below 70
    const answer = await open().search(query, 60, slow, { bpm: { $lt: 70 } });
    expect(answer).toEqual({ labels: nearest.filter(slow.accept).slice(0, 60), filled: 0, queries: 1 });
  });

  test.each([
    ['half', (label: number) => label % 2 === 0],
    ['5 %', (label: number) => label % 20 === 3],
    ['0.5 %', (label: number) => label % 200 === 11],
    ['the farthest tenth', (label: number) => nearest.indexOf(label) >= 0.9 * COUNT],
  ])('finds as many as are wanted of a filter that Vectorize cannot apply: %s', async (_, accept) => {
    await write(nearest);
    index.settle();
    const allowed = allowing(accept);
    for (const wanted of [1, 40, 100]) {
      const { labels, filled, queries } = await open().search(query, wanted, allowed);
      expect(labels).toHaveLength(Math.min(wanted, allowed.count));
      expect(labels.every(accept)).toBe(true);
      expect(filled).toBe(0);
      expect(queries).toBeLessThanOrEqual(40);
      const best = nearest.filter(accept).slice(0, wanted);
      expect(labels[0]).toBe(best[0]);
      expect(labels.filter((label) => best.includes(label)).length).toBeGreaterThanOrEqual(0.8 * best.length);
    }
  });

  test('of few accepted tracks finds the very nearest, asking by their places', async () => {
    await write(nearest);
    index.settle();
    const allowed = allowing((label) => label % 10 === 3);
    const { labels, queries } = await open().search(query, 50, allowed);
    expect(labels).toEqual(nearest.filter(allowed.accept).slice(0, 50));
    expect(queries).toBe(2); // 200 places of at most five bytes fit one filter
    expect(index.requests.at(-1)?.filter?._place).toMatchObject({ $in: expect.any(Array) });
  });

  test('asks by places in filters that are short enough, and as many as are needed', async () => {
    await write(nearest);
    index.settle();
    const allowed = allowing((label) => nearest.indexOf(label) >= 100 && nearest.indexOf(label) < 1000);
    const { labels, queries, filled } = await open().search(query, 90, allowed);
    expect([labels, filled]).toEqual([nearest.slice(100, 190), 0]);
    expect(queries).toBeGreaterThan(2);
    for (const { filter } of index.requests) if (filter) expect(filterBytes(filter as never)).toBeLessThan(2048);
  });

  test('more than Vectorize gives at once come from parts of the catalogue', async () => {
    await write(nearest);
    index.settle();
    const { labels, filled, queries } = await open().search(query, 250);
    expect([new Set(labels).size, filled]).toEqual([250, 0]);
    expect(labels.slice(0, 100)).toEqual(nearest.slice(0, 100));
    expect(queries).toBeLessThan(8);
  });

  test('passes over vectors of another version, and of tracks that the catalogue does not have', async () => {
    await write(nearest);
    await index.upsert([
      { id: 'other/7', namespace: VERSION, values: query },
      { id: vectorIdOf(VERSION, COUNT), namespace: VERSION, values: query },
      { id: `${VERSION}/007`, namespace: VERSION, values: query },
      { id: `${VERSION}/`, namespace: VERSION, values: query },
    ]);
    await index.upsert([{ id: vectorIdOf('000000000000', 1), namespace: '000000000000', values: query }]);
    index.settle();
    const { labels, filled, queries } = await open().search(query, 100);
    expect([labels, filled]).toEqual([nearest.slice(0, 100), 0]);
    expect(queries).toBeGreaterThan(1); // four of the first hundred were not ours
  });

  test('fills up with tracks whose vectors are not visible yet, in catalogue order, and says how many', async () => {
    await write([5, 6, 7, 8]);
    index.settle();
    await write([0, 1, 2, 3, 4], { indexed: false });
    const allowed = allowing((label) => label < 9);
    const before = await open().search(query, 9, allowed);
    expect(before.labels.slice(4)).toEqual([0, 1, 2, 3, 4]);
    expect(before.filled).toBe(5);
    index.settle();
    const after = await open().search(query, 9, allowed);
    expect(after).toEqual({ labels: nearest.filter((label) => label < 9), filled: 0, queries: 1 });
  });

  test('does without conditions whose property is not indexed', async () => {
    await write(nearest, { indexed: false });
    index.settle();
    const slow = allowing((label) => label % 100 < 50);
    const { labels, filled } = await open().search(query, 20, slow, { bpm: { $lt: 110 } });
    expect([labels, filled]).toEqual([nearest.filter(slow.accept).slice(0, 20), 0]);
    const few = await open().search(
      query,
      20,
      allowing((label) => label % 100 === 0),
    );
    expect(few.labels).toHaveLength(20); // no place is indexed either: what is not among the first hundred is filled up
    expect(few.filled).toBeGreaterThan(0);
  });

  test('refuses a query of another width, and says when there are no vectors of this version', async () => {
    await write(nearest);
    await expect(open().search(query, 10)).rejects.toThrow(
      'vectorize: expected vectors in the namespace "a1b2c3d4e5f6", got none. Upsert them, or wait until they are visible.',
    );
    await expect(open().search(new Float32Array(3), 10)).rejects.toThrow('expected a query of 8 values, got 3');
    expect(await open().search(query, 10, { accept: () => false, count: 0 })).toMatchObject({ labels: [], queries: 0 });
  });

  test('says what Vectorize said', async () => {
    const fail = () => Promise.reject(new Error('VECTOR_QUERY_ERROR (code = 40041): Too Many Requests'));
    const broken = createVectorizeRetriever({ query: fail }, { namespace: VERSION, count: COUNT, dim: DIM });
    await expect(broken.search(query, 10)).rejects.toThrow(
      'vectorize: expected an answer, got VECTOR_QUERY_ERROR (code = 40041): Too Many Requests.',
    );
  });
});

test('never more than six requests are under way', async () => {
  await write(nearest);
  index.settle();
  let [open, most] = [0, 0];
  const counted = {
    async query(...asked: Parameters<VectorizeDouble['query']>) {
      most = Math.max(most, ++open);
      await Promise.resolve();
      open--;
      return index.query(...asked);
    },
  };
  const retriever = createVectorizeRetriever(counted, { namespace: VERSION, count: COUNT, dim: DIM });
  const { queries } = await retriever.search(
    query,
    100,
    allowing((label) => label % 20 === 3),
  );
  expect(queries).toBeGreaterThanOrEqual(2);
  await retriever.search(query, 1000);
  expect(most).toBe(6);
});
