import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { Shard } from '../../../index/format/manifest.ts';
import { createShardCache } from '../../../index/format/shard-cache.ts';
import { readShards } from '../../../index/format/shard-table.ts';

/** Four shards of ten tracks, 100 bytes each. */
const shards = readShards(
  'tokens',
  [0, 1, 2, 3].map((i) => `10 100 ${String(i).repeat(64)}`),
);
const nameOf = ({ sha256 }: Shard): string => `s${sha256[0]}`;

function cache(budget: number) {
  const reads: string[] = [];
  const read = async (shard: Shard) => {
    const path = nameOf(shard);
    reads.push(path);
    await Promise.resolve();
    return { path, bytes: 100, buffer: new ArrayBuffer(100) };
  };
  return { reads, ...createShardCache(shards, read, budget) };
}

test('finds each track in its shard, in the order asked', async () => {
  const { at, reads } = cache(400);
  expect((await at([25, 3, 29])).map(({ shard, track }) => [shard.path, track])).toEqual([
    ['s2', 5],
    ['s0', 3],
    ['s2', 9],
  ]);
  expect(reads).toEqual(['s2', 's0']);
});

test('what fits is read once', async () => {
  const { at, reads, counts } = cache(400);
  for (let i = 0; i < 3; i++) await at([5, 15, 25, 35]);
  expect(reads).toEqual(['s0', 's1', 's2', 's3']);
  expect(counts).toEqual({ hits: 8, misses: 4, dropped: 0, bytes: 400 });
});

test('drops the least recently used when there is no room', async () => {
  const { at, reads, counts } = cache(200);
  await at([0]);
  await at([10]);
  await at([0]);
  await at([20]); // s1 goes
  await at([0]);
  await at([10]); // s2 goes
  expect(reads).toEqual(['s0', 's1', 's2', 's1']);
  expect(counts).toMatchObject({ dropped: 2, bytes: 200 });
});

test('gives the memory of dropped shards back when it is told that nobody uses them, and of no others', async () => {
  const { at, free } = cache(200);
  const buffers = (await at([0, 10, 20])).map(({ shard }) => shard.buffer);
  expect(buffers.map(({ byteLength }) => byteLength)).toEqual([100, 100, 100]);
  free();
  expect(buffers.map(({ byteLength }) => byteLength)).toEqual([0, 100, 100]);
  expect((await at([0]))[0].shard.buffer.byteLength, 'read again').toBe(100);
});

test('gives the memory of dropped shards back at once where only copies are taken', async () => {
  const { copies } = cache(200);
  const buffers: ArrayBuffer[] = [];
  const taken = await copies([0, 10, 20, 21], ({ path, buffer }, track) => {
    buffers.push(buffer);
    return `${path}/${track} of ${buffer.byteLength}`;
  });
  expect(taken).toEqual(['s0/0 of 100', 's1/0 of 100', 's2/0 of 100', 's2/1 of 100']);
  expect(buffers.map(({ byteLength }) => byteLength)).toEqual([0, 100, 100, 100]);
});

test('reads a shard again that another question gave back before it was looked at', async () => {
  const { copies, reads } = cache(100);
  const sizeOf = ({ buffer }: { buffer: ArrayBuffer }) => buffer.byteLength;
  const labels = [0, 10, 20, 30];
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, i) => copies([labels[i % 4], labels[(i + 1) % 4]], sizeOf)),
  );
  expect(all).toEqual(Array(20).fill([100, 100]));
  expect(reads.length).toBeGreaterThan(4);
});

test('gives all memory back when it is closed', async () => {
  const { at, clear, counts } = cache(200);
  const buffers = (await at([0, 10, 20])).map(({ shard }) => shard.buffer);
  clear();
  expect(buffers.map(({ byteLength }) => byteLength)).toEqual([0, 0, 0]);
  expect(counts.bytes).toBe(0);
});

test('answers one question from more shards than it may keep', async () => {
  const { at, counts } = cache(100);
  expect((await at([0, 10, 20, 30])).map(({ shard }) => shard.path)).toEqual(['s0', 's1', 's2', 's3']);
  expect(counts).toMatchObject({ misses: 4, dropped: 3, bytes: 100 });
});

test('two questions at once keep a shard once', async () => {
  const { at, reads, counts } = cache(400);
  await Promise.all([at([0]), at([1])]);
  expect(reads).toEqual(['s0', 's0']);
  expect(counts.bytes).toBe(100);
});

test('a shard that could not be read is asked for again', async () => {
  let fails = true;
  const { at } = createShardCache(
    shards,
    async (shard) => {
      if (fails) throw new Error('gone');
      return { path: nameOf(shard), bytes: 1, buffer: new ArrayBuffer(1) };
    },
    100,
  );
  await expect(at([0])).rejects.toThrow('gone');
  fails = false;
  expect((await at([0]))[0].shard.path).toBe('s0');
});

test.each([-1, 40, 0.5, Number.NaN])('track %d is a range error', async (label) => {
  await expect(cache(100).at([label])).rejects.toThrow(RangeError);
});

test('200,000 answers whose shards are never freed leave no trace of the shards that were dropped', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heapBytes = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const { at, counts } = createShardCache(
    shards,
    async () => ({ bytes: 100, buffer: new ArrayBuffer(100) }),
    200, // half of them: every answer below drops one
  );
  const answer = (i: number): Promise<unknown> => at([10 * (i % 4)]);
  for (let i = 0; i < 2_000; i++) await answer(i);
  const before = heapBytes();
  for (let i = 0; i < 200_000; i++) await answer(i);
  expect(counts.dropped).toBe(202_000 - 2);
  expect(heapBytes() - before).toBeLessThan(1e6); // a WeakRef for each was 24 MB
});
