/** An index with a log of used moments: cues of its tracks, and a rule that was fitted to held-out clips. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openCues } from '../../../index/format/cues.ts';
import type { Manifest } from '../../../index/format/manifest.ts';
import { DEFAULT_PARAMETERS } from '../../../index/moment/cue-rule.ts';
import { formatAnnotations } from '../../../offline/data/annotations.ts';
import type { EncodedTrack } from '../../../offline/encode/library.ts';
import { addToIndex } from '../../../offline/indexing/add.ts';
import { writeIndex } from '../../../offline/indexing/build.ts';
import { heldOutSplit } from '../../../offline/indexing/queries.ts';
import { readChecked } from '../../../offline/indexing/store/read-checked.ts';
import { layoutOf } from '../../../offline/models/dense-start/network.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { thetaOf, tinyDense } from '../models/dense-start/tiny.ts';
import { tinyDataset } from '../train/tiny.ts';
import { factsOf } from './facts.ts';
import { catalogueOf, checkpoint, sampleTrack } from './sample.ts';
import { type MemoryStore, memoryStore } from './store/memory-store.ts';

let folder: TestFolder;
let store: MemoryStore;
beforeEach(async () => {
  folder = await testFolder();
  store = memoryStore();
});
afterEach(() => folder.remove());

const data = tinyDataset();
const tracks = [...data.tracks].map(([id, tokens], i): EncodedTrack => {
  return { id, title: id, file: `${i}.wav`, sha256: id, durationSec: 22.5, tokens, music: factsOf() };
});
const lines: string[] = [];
const print = (line: string) => lines.push(line);
const log = () => folder.write('log.csv', formatAnnotations(data.splits.train));
const options = { tracks, checkpoint, threads: 1, print };

async function cuesOf({ files }: Manifest) {
  return openCues((await readChecked(store, files.cues!)).bytes.buffer);
}

test('without a log has no cues', async () => {
  expect((await writeIndex(store, options)).files.cues).toBeUndefined();
});

test('has the places of its tracks that editors used, in the order of the catalogue', async () => {
  const manifest = await writeIndex(store, { ...options, log: await log() });
  const cues = await cuesOf(manifest);
  expect(cues.parameters).toEqual(DEFAULT_PARAMETERS);
  for (const [label, { id }] of (await catalogueOf(store, manifest)).entries()) {
    const starts = data.splits.train.filter(({ musicId }) => musicId === id).map((row) => 1000 * row.musicStartSec);
    expect(new Set(cues.cuesOf(label).map(({ startMs }) => startMs))).toEqual(new Set(starts));
  }
  expect(lines.join('\n')).toMatch(/cues: \d+ in 8 of 8 tracks, from 16 uses; 8 tracks of the log found \(8 by id\)/);
});

const denseLayout = layoutOf(tinyDense);
const dense = { ...checkpoint, config: tinyDense, layout: denseLayout, theta: thetaOf(denseLayout) };

test.each([
  ['of a decoder', checkpoint],
  ['of a start head', dense],
])('fits the rule to held-out clips where there are any, and says how well it did, %s', async (_, checkpoint) => {
  const heldOut = heldOutSplit(data);
  expect(heldOut.split).toBe('test');
  const { fit } = await cuesOf(await writeIndex(store, { ...options, checkpoint, log: await log(), heldOut }));
  expect(fit.rows).toBe(4);
  expect(fit.kept, 'four are too few to believe anything').toBe('defaults');
  expect(fit.mIoU.cues).toBeGreaterThan(0);
  expect(lines.at(-1)).toMatch(/^cues: rule of 4 held-out uses \(defaults\): mIoU 0\.\d{3} by the model/);
});

test('keeps them when tracks are added, or learns them again from another log', async () => {
  const first = await writeIndex(store, { ...options, log: await log() });
  const before = await cuesOf(first);
  const more = { ...options, tracks: [{ ...sampleTrack(70), tokens: tracks[0].tokens }] };
  const after = await cuesOf(await addToIndex(store, first, more));
  expect(after.tracks).toBe(9);
  for (let label = 0; label < 8; label++) expect(after.cuesOf(label)).toEqual(before.cuesOf(label));
  expect(after.cuesOf(8)).toEqual([]);
  const other = await folder.write('other.csv', formatAnnotations(data.splits.train.slice(0, 1)));
  const again = await cuesOf(await addToIndex(store, first, { ...more, log: other }));
  expect(Array.from({ length: 9 }, (_, label) => again.cuesOf(label)).flat()).toHaveLength(1);
});
