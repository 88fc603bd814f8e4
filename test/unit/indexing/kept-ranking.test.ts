import { beforeEach, expect, test } from 'vitest';
import type { Manifest } from '../../../index/format/manifest.ts';
import { rankingPath } from '../../../index/format/pointer.ts';
import { addToIndex } from '../../../offline/indexing/add.ts';
import { keptRanking, putRanking } from '../../../offline/indexing/kept-ranking.ts';
import { measureRetrieval } from '../../../offline/indexing/measure-retrieval.ts';
import { drawnQueries } from '../../../offline/indexing/queries.ts';
import { removeFromIndex } from '../../../offline/indexing/remove.ts';
import { readChecked } from '../../../offline/indexing/store/read-checked.ts';
import { sha256Hex } from '../../../offline/lib/files.ts';
import { openFilesInNode } from '../../../offline/local-worker/node-index.ts';
import { builtIn, checkpoint, sampleTrack, tracks } from './sample.ts';
import { type MemoryStore, memoryStore } from './store/memory-store.ts';

const silent = { tick: () => undefined, skip: () => undefined, done: () => undefined };
const { clips } = drawnQueries(checkpoint.encoders.image, 16, 8);

let store: MemoryStore;
let index: Manifest;
beforeEach(async () => {
  store = memoryStore();
  index = await builtIn(store);
  expect((await measured(index)).asked).toBe(tracks.length);
});

/** @param before the earlier index @returns what was measured, and how many tracks' tokens it took */
async function measured(manifest: Manifest, before?: string, asking = clips) {
  const read = async (file: Manifest['files']['vectors']) => (await readChecked(store, file)).bytes.buffer;
  const opened = await openFilesInNode(manifest, read, 1);
  let asked = 0;
  const tokens = {
    ...opened.tokens,
    of(labels: readonly number[]) {
      asked += labels.length;
      return opened.tokens.of(labels);
    },
  };
  const kept = await keptRanking(store, before, manifest, asking, opened.catalogue.live);
  const { retrieval, ranking } = await measureRetrieval({ ...opened, tokens }, asking, silent, kept);
  await putRanking(store, manifest, asking, ranking);
  await opened.close();
  return { retrieval, ranking, asked };
}

test('of an index that was added to, only the new tracks are ranked, and the ranking is that of all', async () => {
  const more = Array.from({ length: 5 }, (_, i) => sampleTrack(100 + i));
  const added = await addToIndex(store, index, { tracks: more, checkpoint, threads: 1 });
  const anew = await measured(added);
  expect(anew.asked).toBe(65);
  expect(await measured(added, index.indexVersion)).toEqual({ ...anew, asked: 5 });
});

test('of an index that lost tracks nothing is ranked again, and they are in the ranking no more', async () => {
  const gone = tracks.slice(0, 10).map(({ id }) => id);
  const { manifest } = await removeFromIndex(store, index, { tracks: gone, files: [] });
  const anew = await measured(manifest);
  expect(anew.asked).toBe(50);
  const { retrieval, ranking, asked } = await measured(manifest, index.indexVersion);
  expect(asked).toBe(0);
  expect(retrieval).toEqual(anew.retrieval);
  // How many tracks are ranked at once shows in the last digits of relevance.
  const labelsOf = ({ best }: typeof ranking) => best.map((ranked) => ranked.map(({ label }) => label));
  expect(labelsOf(ranking)).toEqual(labelsOf(anew.ranking));
});

test('where too much of a ranking is removed, all is ranked again', async () => {
  const path = rankingPath(index.indexVersion);
  const stored = JSON.parse(Buffer.from(store.files.get(path)!.bytes).toString());
  const best = stored.best.map((ranked: unknown[]) => ranked.slice(0, 55)); // as if more could not be kept
  await store.write(path, JSON.stringify({ ...stored, best, sha256: sha256Hex(JSON.stringify(best)) }));
  const few = tracks.slice(0, 3).map(({ id }) => id);
  const { manifest } = await removeFromIndex(store, index, { tracks: few, files: [] });
  expect((await measured(manifest, index.indexVersion)).asked).toBe(57);
});

test.each(['another model', 'other clips', 'other tokens', 'no ranking', 'a torn ranking', 'a damaged ranking'])(
  'with %s all is ranked',
  async (what) => {
    const theta = checkpoint.theta.map((value) => 1.5 * value);
    const changed =
      what === 'another model'
        ? await builtIn(store, { checkpoint: { ...checkpoint, theta } })
        : what === 'other tokens'
          ? await builtIn(store, { tracks: tracks.slice(7) })
          : index;
    const asking = what === 'other clips' ? clips.slice(1) : clips;
    if (what === 'no ranking') store.files.delete(rankingPath(index.indexVersion));
    const path = rankingPath(index.indexVersion);
    const text = Buffer.from(store.files.get(path)?.bytes ?? []).toString();
    if (what === 'a torn ranking') await store.write(path, text.slice(0, -20));
    if (what === 'a damaged ranking') await store.write(path, text.replace('"label":1', '"label":2'));
    const { asked } = await measured(changed, index.indexVersion, asking);
    expect(asked).toBe(changed.counts.tracks);
  },
);
