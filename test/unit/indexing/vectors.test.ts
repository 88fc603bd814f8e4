import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRetriever } from '../../../index/search/retrieval.ts';
import { extendHnswFile, hnswFile, kindFor, vectorsFile } from '../../../offline/indexing/vectors.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
});
afterEach(() => folder.remove());

const random = createRandom('vectors');
const width = 16;
const vectors = Float32Array.from({ length: 200 * width }, () => random.normal());
const row = (label: number) => vectors.subarray(label * width, (label + 1) * width);
const all = { vectors, width };

test('building twice gives the same bytes, and leaves nothing else in the folder', async () => {
  const one = await hnswFile({ ...all, folder: folder.path });
  expect(await hnswFile({ ...all, folder: folder.path })).toEqual(one);
  expect(await readdir(folder.path)).toEqual([]);
});

test.each(['hnsw', 'hnsw-int8'] as const)('%s: labels are places, and what is removed is not found', async (kind) => {
  const bytes = await vectorsFile({ ...all, removed: [4, 9], folder: folder.path }, kind);
  const retriever = openRetriever(kind, bytes.buffer as ArrayBuffer);
  expect([retriever.count, retriever.dim]).toEqual([200, width]);
  const found = retriever.search(row(4), 200, 200);
  expect(found).toHaveLength(198);
  expect(found).not.toContain(4);
  expect([...retriever.vectorOf(17)].map((value, i) => Math.abs(value - row(17)[i]) < 0.02)).not.toContain(false);
});

test('tracks are added at the end of a file, and removed from it, without its other vectors', async () => {
  const first = await hnswFile({ vectors: vectors.subarray(0, 150 * width), width, folder: folder.path });
  const longer = await extendHnswFile(first, {
    vectors: vectors.subarray(150 * width),
    width,
    removed: [3],
    folder: folder.path,
  });
  const retriever = openRetriever('hnsw', longer.buffer);
  expect(retriever.count).toBe(200);
  for (const label of [0, 149, 150, 199]) expect([...retriever.vectorOf(label)]).toEqual([...row(label)]);
  const found = retriever.search(row(199), 200, 200);
  expect(found).toHaveLength(199);
  expect(found).not.toContain(3);
  expect(await readdir(folder.path)).toEqual([]);
});

test('nothing but removals may be asked for', async () => {
  const first = await hnswFile({ ...all, folder: folder.path });
  const less = await extendHnswFile(first, {
    vectors: new Float32Array(0),
    width,
    removed: [0, 1, 2],
    folder: folder.path,
  });
  expect(openRetriever('hnsw', less.buffer).search(row(0), 200, 200)).toHaveLength(197);
});

test('rows of another width are refused', async () => {
  await expect(hnswFile({ vectors: vectors.subarray(1), width, folder: folder.path })).rejects.toThrow(
    "vectors: expected rows of 16 values, got 3199 values. Pass the model's width.",
  );
});

test('a catalogue of 4,000 tracks stays float32, one of 10,000 does not', () => {
  expect([kindFor(4000, 256), kindFor(10_000, 256)]).toEqual(['hnsw', 'hnsw-int8']);
});
