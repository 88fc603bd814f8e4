/** That the double refuses and hides what the service does: each sentence is of its documentation, or of its errors. */
import { describe, expect, test } from 'vitest';
import { createVectorizeDouble } from '../../doubles/vectorize.ts';

async function filled(values: Record<string, Record<string, unknown>>) {
  const index = createVectorizeDouble(2);
  for (const property of ['mood', 'bpm', 'deep.mood'])
    index.createMetadataIndex(property, property === 'bpm' ? 'number' : 'string');
  await index.upsert(Object.entries(values).map(([id, metadata]) => ({ id, values: [1, 0], metadata })));
  index.settle();
  const ids = async (filter: Record<string, unknown>) =>
    (await index.query([1, 0], { filter })).matches.map(({ id }) => id);
  return { index, ids };
}

describe('the double of Vectorize', () => {
  test('shows a write after it was processed, and names the last one processed', async () => {
    const index = createVectorizeDouble(2);
    const { mutationId } = await index.upsert([{ id: 'a', values: [1, 0] }]);
    expect((await index.query([1, 0])).count).toBe(0);
    index.settle();
    expect((await index.query([1, 0])).count).toBe(1);
    expect(await index.describe()).toEqual({ vectorCount: 1, dimensions: 2, processedUpToMutation: mutationId });
  });

  test('inserts only what is new, upserts all, deletes later', async () => {
    const index = createVectorizeDouble(2);
    await index.upsert([{ id: 'a', values: [1, 0] }]);
    await index.insert([{ id: 'a', values: [0, 1] }]);
    index.settle();
    expect((await index.getByIds(['a']))[0].values).toEqual([1, 0]);
    await index.upsert([{ id: 'a', values: [0, 1] }]);
    index.settle();
    expect((await index.getByIds(['a']))[0].values).toEqual([0, 1]);
    await index.deleteByIds(['a']);
    expect(await index.getByIds(['a'])).toHaveLength(1);
    index.settle();
    expect(await index.getByIds(['a'])).toEqual([]);
  });

  test('orders by likeness, five unless asked for more, without values and metadata', async () => {
    const index = createVectorizeDouble(2);
    await index.upsert(Array.from({ length: 8 }, (_, i) => ({ id: `${i}`, values: [1, i], metadata: { i } })));
    index.settle();
    const { count, matches } = await index.query([0, 1]);
    expect(count).toBe(5);
    expect(matches.map(({ id }) => id)).toEqual(['7', '6', '5', '4', '3']);
    expect(matches[0].score).toBeCloseTo(7 / Math.sqrt(50), 12);
    expect([matches[0].values, matches[0].metadata]).toEqual([[], undefined]);
  });

  test.each([
    [{ topK: 101 }, 'VECTOR_QUERY_ERROR (code = 40025): max top K is 100, but got 101'],
    [{ topK: 51, returnValues: true }, '(code = 40025): with returnValues=true or returnMetadata=all, max top K is 50'],
    [{ topK: 51, returnMetadata: 'all' }, '(code = 40025)'],
    [{ returnMetadata: true }, '(code = 40026)'],
    [{ filter: {} }, 'filter must be a non-empty object'],
    [{ filter: { $mood: 1 } }, 'invalid filter key $mood'],
    [{ filter: { mood: { $eq: 'a', $ne: 'b' } } }, 'operators of mood cannot be combined'],
    [{ filter: { bpm: { $gt: 1, $gte: 1 } } }, 'operators of bpm cannot be combined'],
    [{ filter: { mood: { $in: 'a' } } }, 'invalid $in of mood'],
    [{ filter: { bpm: { $gt: true } } }, 'invalid $gt of bpm'],
  ])('refuses a query with %j', async (options, message) => {
    await expect(createVectorizeDouble(2).query([1, 0], options as never)).rejects.toThrow(message);
  });

  test('refuses a filter of 2,048 bytes', async () => {
    const filter = (length: number) => ({ mood: { $in: ['x'.repeat(length - '{"mood":{"$in":[""]}}'.length)] } });
    const { index, ids } = await filled({});
    await expect(index.query([1, 0], { filter: filter(2048) })).rejects.toThrow(
      'filter must be less than 2048 bytes, got 2048',
    );
    expect(await ids(filter(2047))).toEqual([]);
  });

  test('refuses vectors of another width, long ids, more than 1,000 at a time, more than 20 ids', async () => {
    const index = createVectorizeDouble(2);
    await expect(index.query([1])).rejects.toThrow('(code = 40006): invalid query vector, expected 2 dimensions');
    await expect(index.upsert([{ id: 'a', values: [1] }])).rejects.toThrow('expected 2 dimensions');
    await expect(index.upsert([{ id: 'é'.repeat(33), values: [1, 0] }])).rejects.toThrow(
      '(code = 40008): id too long; max is 64 bytes, got 66 bytes',
    );
    const many = Array.from({ length: 1001 }, (_, i) => ({ id: `${i}`, values: [1, 0] }));
    await expect(index.upsert(many)).rejects.toThrow('max is 1000, got 1001');
    await expect(index.getByIds(many.slice(0, 21).map(({ id }) => id))).rejects.toThrow(
      'VECTOR_GET_ERROR (code = 40007): too many ids in payload; max id count is 20, got 21',
    );
  });

  test('filters by value, lists, ranges and nested keys', async () => {
    const { ids } = await filled({
      a: { mood: 'calm', bpm: 90, deep: { mood: 'x' } },
      b: { mood: 'bold', bpm: 120 },
      c: { bpm: 150 },
    });
    expect(await ids({ mood: 'calm' })).toEqual(['a']);
    expect(await ids({ mood: { $ne: 'calm' } })).toEqual(['b']);
    expect(await ids({ mood: { $in: ['calm', 'bold'] } })).toEqual(['a', 'b']);
    expect(await ids({ mood: { $nin: ['calm'] } })).toEqual(['b']);
    expect(await ids({ bpm: { $gte: 90, $lt: 150 } })).toEqual(['a', 'b']);
    expect(await ids({ bpm: { $gt: 90, $lte: 150 }, mood: { $gte: 'b' } })).toEqual(['b']);
    expect(await ids({ 'deep.mood': 'x' })).toEqual(['a']);
  });

  test('knows a property only in vectors that were written after it was indexed, and 64 bytes of a text', async () => {
    const index = createVectorizeDouble(2);
    const long = 'ü'.repeat(40);
    await index.upsert([{ id: 'a', values: [1, 0], metadata: { title: 'early' } }]);
    index.settle();
    index.createMetadataIndex('title', 'string');
    await index.upsert([{ id: 'b', values: [1, 0], metadata: { title: long } }]);
    index.settle();
    const count = async (title: string) => (await index.query([1, 0], { filter: { title } })).count;
    expect(await count('early')).toBe(0);
    expect(await count(long)).toBe(0);
    expect(await count('ü'.repeat(32))).toBe(1);
  });
});
