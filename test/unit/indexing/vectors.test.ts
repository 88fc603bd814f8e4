import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeHnswFile } from '../../../index/format/hnsw-file.ts';
import { graphOfHnswInt8, writeHnswInt8 } from '../../../index/search/hnsw-int8.ts';
import { openRetriever } from '../../../index/search/retrieval.ts';
import { efFor, extendGraph, HNSW, hnswFile, kindFor, vectorsFile } from '../../../offline/indexing/vectors.ts';
import { inChild, inChildren } from '../../../offline/indexing/vectors-of-file.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { writeWorkFile } from '../../../offline/lib/work-file.ts';
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

/** A file of hnswlib with more in it. */
async function extended(
  file: Uint8Array,
  added: Float32Array,
  removed: number[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  const path = join(folder.path, 'extended');
  await writeFile(path, file);
  extendGraph(path, { rows: [added], count: added.length / width, width, removed });
  const longer = Uint8Array.from(await readFile(path));
  await rm(path);
  return longer;
}

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
  const longer = await extended(first, vectors.subarray(150 * width), [3]);
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
  const less = await extended(first, new Float32Array(0), [0, 1, 2]);
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

test('an int8 file as hnswlib writes it is the same when it is rounded again, and can be added to', async () => {
  const removed = [4, 9];
  const small = await vectorsFile({ ...all, removed, folder: folder.path }, 'hnsw-int8');
  const file = writeHnswFile({ ...graphOfHnswInt8(small.buffer as ArrayBuffer), ...HNSW });
  const original = await hnswFile({ ...all, removed, folder: folder.path });
  expect(file.length).toBe(original.length);
  // All but the values is as hnswlib has it, up to what stands behind the end of a list of links.
  expect(file.subarray(0, 96)).toEqual(original.subarray(0, 96));
  expect(writeHnswInt8(file.buffer)).toEqual(small);
  const added = Float32Array.from({ length: 5 * width }, () => 5 * random.normal()); // longer than all others, so nearest to themselves
  const longer = await extended(file, added);
  const retriever = openRetriever('hnsw', longer.buffer);
  expect([retriever.count, retriever.live]).toEqual([205, 203]);
  for (let i = 0; i < 5; i++)
    expect(retriever.search(added.subarray(i * width, (i + 1) * width), 1, 200)).toEqual([200 + i]);
});

test('many vectors are linked, rounded and made hnswlib’s again in processes of their own, to the same bytes', async () => {
  const at = (name: string) => join(folder.path, name);
  await writeWorkFile(at('vectors'), [new Uint8Array(vectors.buffer)]);
  let done = 0;
  const removed = [7];
  const [link, round, unround] = [
    { do: 'link', vectors: at('vectors'), count: 200, width, removed, out: at('linked') },
    { do: 'round', file: at('linked'), out: at('rounded') },
    { do: 'unround', file: at('rounded'), out: at('again') },
  ] as const;
  const count = (rows: number): void => {
    done += rows;
  };
  await inChildren([link, round], 1e6, 256, count); // as large as that: each by itself
  expect(done).toBe(200);
  const linked = new Uint8Array(await readFile(at('linked')));
  expect(linked).toEqual(await hnswFile({ ...all, removed, folder: folder.path }));
  const rounded = await vectorsFile({ ...all, removed, folder: folder.path }, 'hnsw-int8');
  expect(new Uint8Array(await readFile(at('rounded')))).toEqual(rounded);
  await expect(inChild([unround, { ...round, file: at('none') }])).rejects.toThrow(
    /^vectors: .*Build again: what came before is kept\.$/,
  );
  const again = writeHnswFile({ ...graphOfHnswInt8(rounded.buffer as ArrayBuffer), ...HNSW });
  expect(new Uint8Array(await readFile(at('again')))).toEqual(again);
});

test('a walk of many tracks keeps more candidates', () => {
  expect([1, 10_000, 10_001, 1_000_000].map(efFor)).toEqual([100, 100, 200, 200]);
});
