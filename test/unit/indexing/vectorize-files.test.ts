import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Track } from '../../../index/format/catalogue.ts';
import { columnsOf } from '../../../index/search/columns.ts';
import {
  createCommands,
  upsertCommands,
  vectorizeLines,
  writeVectorizeFiles,
} from '../../../offline/indexing/vectorize-files.ts';
import { createVectorizeDouble, type DoubleVector } from '../../doubles/vectorize.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
});
afterEach(() => folder.remove());

const track = (label: number): Track => ({
  id: `track-${label}`,
  title: 'A track',
  durationMs: 1000,
  file: 'a.wav',
  sha256: '0'.repeat(64),
  segments: 1,
  loudnessLufs: null,
  peakDb: null,
  bpm: 60 + label,
  beatConfidence: 1,
  beatsPerBar: null,
  key: null,
  ...(label === 2 ? { removed: true as const } : {}),
});
const options = (count: number) => ({
  vectors: Float32Array.from({ length: 3 * count }, (_, i) => Math.sin(i + 1)),
  width: 3,
  version: 'a1b2c3',
  columns: columnsOf(Array.from({ length: count }, (_, label) => track(label))),
  fields: ['bpm'],
  folder: folder.path,
});

test('a record is a track with its vector, to the last bit, and what it is filtered by', async () => {
  const lines = [...vectorizeLines(options(4))].map((line) => JSON.parse(line) as DoubleVector);
  expect(lines.map(({ id }) => id)).toEqual(['a1b2c3/0', 'a1b2c3/1', 'a1b2c3/3']); // 2 is removed
  expect(lines[2]).toMatchObject({ namespace: 'a1b2c3', metadata: { _place: 3, bpm: 63 } });
  expect(Float32Array.from(lines[2].values)).toEqual(options(4).vectors.subarray(9));
  const index = createVectorizeDouble(3);
  await index.upsert(lines);
  index.settle();
  expect((await index.describe()).vectorCount).toBe(3);
});

test('files hold 5,000 vectors, one a line, and the commands name them', async () => {
  const paths = await writeVectorizeFiles(options(5003));
  expect(paths).toEqual([1, 2].map((i) => join(folder.path, `vectorize-a1b2c3-00${i}.ndjson`)));
  const lines = await Promise.all(paths.map(async (path) => (await readFile(path, 'utf8')).trimEnd().split('\n')));
  expect(lines.map(({ length }) => length)).toEqual([5000, 2]);
  expect(upsertCommands('music', ['x.ndjson'])).toEqual([
    'wrangler vectorize upsert music --file=x.ndjson --batch-size=5000',
  ]);
});

test('an index is created with every property that is filtered by', () => {
  expect(createCommands('music', 256, options(3).columns, ['bpm', 'artist'])).toEqual([
    'wrangler vectorize create music --dimensions=256 --metric=cosine',
    'wrangler vectorize create-metadata-index music --property-name=_place --type=number',
    'wrangler vectorize create-metadata-index music --property-name=bpm --type=number',
    'wrangler vectorize create-metadata-index music --property-name=artist --type=string',
  ]);
});

test('vectors that Vectorize does not take, or that are not the catalogue\u2019s, are refused', () => {
  expect(() => [...vectorizeLines({ ...options(4), width: 6 })]).toThrow('one for each of 4 tracks, got 2 of 6.');
});
