import { beforeEach, describe, expect, test } from 'vitest';
import type { Manifest, RetrievalKind } from '../../../index/format/manifest.ts';
import { parseManifest } from '../../../index/format/parse-manifest.ts';
import { shardsOf } from '../../../index/format/shard-table.ts';
import { openHnswInt8 } from '../../../index/search/hnsw-int8.ts';
import { openRetriever } from '../../../index/search/retrieval.ts';
import { addToIndex } from '../../../offline/indexing/add.ts';
import { changedVectors } from '../../../offline/indexing/change-vectors.ts';
import { putVectors } from '../../../offline/indexing/put-vectors.ts';
import { removeFromIndex } from '../../../offline/indexing/remove.ts';
import { manifestText, putObject } from '../../../offline/indexing/store/publish.ts';
import { readChecked, readWhole } from '../../../offline/indexing/store/read-checked.ts';
import { kindFor, vectorsFile } from '../../../offline/indexing/vectors.ts';
import { verifyIndex } from '../../../offline/indexing/verify.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { withTempDir } from '../../../offline/lib/temp-dir.ts';
import { builtIn, catalogueOf, checkpoint, sampleTrack, settled, tracks, width } from './sample.ts';
import { type MemoryStore, memoryStore } from './store/memory-store.ts';

let store: MemoryStore;
let first: Manifest;
beforeEach(async () => {
  store = memoryStore();
  first = await builtIn(store);
});

const silent = () => ({ tick: () => undefined, skip: () => undefined, done: () => undefined });
const more = [60, 61, 62].map(sampleTrack);
const options = { tracks: more, checkpoint, threads: 1 };
const add = async (manifest = first, over = {}) =>
  settled(store, await addToIndex(store, manifest, { ...options, ...over }));
const remove = async (manifest: Manifest, ids: string[], files: string[] = []) => {
  const how = { tracks: ids, files };
  return settled(store, (await removeFromIndex(store, manifest, how)).manifest);
};
const faults = (manifest: Manifest) => verifyIndex(store, manifest.indexVersion, silent);
async function retrieverOf(manifest: Manifest) {
  const { bytes } = await readChecked(store, manifest.files.vectors);
  return openRetriever(manifest.retrieval.kind, bytes.buffer);
}

describe('adding', () => {
  test('puts new tracks behind the others, in shards of their own, and leaves the rest as it is', async () => {
    const second = await add();
    expect(parseManifest(manifestText(second))).toEqual(second);
    expect(second.indexVersion).not.toBe(first.indexVersion);
    expect(second.modelVersion).toBe(first.modelVersion);
    expect(second.counts.tracks).toBe(63);
    for (const role of ['tokens', 'analysis', 'catalogue', 'texts'] as const) {
      const [before, after] = [first, second].map(({ shards }) => [...shardsOf(shards[role])]);
      expect(after.slice(0, -1)).toEqual(before);
      expect(after.at(-1)).toMatchObject({ first: 60, tracks: 3 });
    }
    const [before, after] = [await catalogueOf(store, first), await catalogueOf(store, second)];
    expect(after.slice(0, 60)).toEqual(before);
    expect(after.slice(60).map(({ id }) => id)).toEqual(expect.arrayContaining(['track-60', 'track-61', 'track-62']));
    const [old, longer] = [await retrieverOf(first), await retrieverOf(second)];
    for (const label of [0, 17, 59]) expect(longer.vectorOf(label)).toEqual(old.vectorOf(label));
    for (const label of [60, 61, 62]) expect(longer.search(longer.vectorOf(label), 1, 100)).toEqual([label]);
    expect(await faults(second)).toEqual([]);
  });

  test('gives what building with them would hold of each, whatever its place', async () => {
    const second = await add();
    const elsewhere = memoryStore();
    const added = await catalogueOf(store, second);
    const whole = await catalogueOf(elsewhere, await builtIn(elsewhere, { tracks: [...tracks, ...more] }));
    const byId = (list: typeof added) => new Map(list.map((track) => [track.id, track]));
    expect(byId(added)).toEqual(byId(whole));
  });

  test('twice in a row, with a removal between, still gives a whole index', async () => {
    const second = await add(first, { tracks: more.slice(0, 1) });
    const third = await remove(second, ['track-60', 'track-7']);
    const fourth = await add(third, { tracks: more.slice(1) });
    expect(fourth.counts).toMatchObject({ tracks: 63, removed: 2 });
    expect(await faults(fourth)).toEqual([]);
  });

  test('with another model, or an encoder replaced under the same name, is refused', async () => {
    const other = { ...checkpoint, theta: checkpoint.theta.map((value) => 1.01 * value) };
    await expect(add(first, { checkpoint: other })).rejects.toThrow(
      /^add: expected the model that the index was built with \([0-9a-f]{12}\), got [0-9a-f]{12}\. Give its --checkpoint/,
    );
    const keyed = await builtIn(store, { audioKey: 'tiny-audio-1' });
    await expect(add(keyed, { audioKey: 'tiny-audio-2' })).rejects.toThrow(
      'add: expected the encoder that the index was built with (tiny-audio-1), got another "tiny-audio" (tiny-audio-2).',
    );
    expect((await add(keyed, { audioKey: 'tiny-audio-1' })).modelVersion).toBe(keyed.modelVersion);
  });
});

describe('removing', () => {
  test('takes tracks out of what can be found, and leaves their places and everybody else’s', async () => {
    const second = await remove(first, ['track-7'], ['folder/9.wav']);
    expect(second.counts).toEqual({ ...first.counts, removed: 2 });
    for (const role of ['tokens', 'analysis'] as const) expect(second.shards[role]).toEqual(first.shards[role]);
    const catalogue = await catalogueOf(store, second);
    expect(
      catalogue
        .filter(({ removed }) => removed)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['track-7', 'track-9']);
    const retriever = await retrieverOf(second);
    const gone = catalogue.findIndex(({ id }) => id === 'track-7');
    expect(retriever.search(retriever.vectorOf(gone), 60, 100)).not.toContain(gone);
    expect(retriever.search(retriever.vectorOf(gone), 60, 100)).toHaveLength(58);
    expect(await faults(second)).toEqual([]);
  });

  test('of a file that was replaced and added again takes both its tracks out', async () => {
    const second = await add(first, { tracks: [{ ...sampleTrack(63), file: 'folder/9.wav' }] });
    expect((await remove(second, [], ['folder/9.wav'])).counts).toMatchObject({ tracks: 61, removed: 2 });
  });

  test('drops the preview, which nobody may hear any more', async () => {
    const preview = { path: 'objects/preview-0000000000000000.ogg', bytes: 5, type: 'audio/ogg' };
    await store.write(preview.path, 'music');
    const played = await builtIn(store, { previews: new Map([['track-7', preview]]) });
    const catalogue = await catalogueOf(store, await remove(played, ['track-7']));
    expect(catalogue.find(({ id }) => id === 'track-7')?.preview).toBeUndefined();
  });

  test('what is not there, or what is gone already, or everything, is refused', async () => {
    await expect(remove(first, ['nobody'])).rejects.toThrow(
      'remove: expected a track of the index, got the id "nobody".',
    );
    const second = await remove(first, ['track-7']);
    await expect(remove(second, ['track-7'])).rejects.toThrow('got the id "track-7"');
    await expect(remove(second, [], ['folder/7.wav'])).rejects.toThrow('got the file "folder/7.wav"');
    const all = tracks.filter(({ id }) => id !== 'track-7').map(({ id }) => id);
    await expect(remove(second, all)).rejects.toThrow('remove: expected a track to stay, got all 59.');
  });

  test('a track that was removed can be added again, at a place of its own', async () => {
    const second = await remove(first, ['track-7']);
    const third = await add(second, { tracks: [tracks[7]] });
    const catalogue = await catalogueOf(store, third);
    expect(catalogue.filter(({ id }) => id === 'track-7').map(({ removed }) => removed)).toEqual([true, undefined]);
    expect(await faults(third)).toEqual([]);
  });
});

test('an int8 index keeps its vectors to the bit while others are added and removed', async () => {
  const { bytes } = await readChecked(store, first.files.vectors);
  const retriever = openRetriever('hnsw', bytes.buffer);
  const vectors = Float32Array.from(Array.from({ length: 60 }, (_, label) => [...retriever.vectorOf(label)]).flat());
  const small = await withTempDir((folder) => vectorsFile({ vectors, width, folder }, 'hnsw-int8'));
  const file = await putObject(store, 'vectors', 'hnsw', small);
  const int8: Manifest = {
    ...first,
    retrieval: { ...first.retrieval, kind: 'hnsw-int8' },
    files: { ...first.files, vectors: file },
  };
  const added = vectors.slice(0, 2 * width).map((value) => -value);
  const changed = await changedVectors(store, int8, { added, removed: [5] });
  expect(changed.kind).toBe('hnsw-int8');
  const [before, after] = [
    openHnswInt8(Uint8Array.from(small).buffer),
    openHnswInt8(Uint8Array.from(changed.bytes).buffer),
  ];
  expect([after.count, after.live]).toEqual([62, 61]);
  for (let label = 0; label < 60; label++) expect(after.vectorOf(label)).toEqual(before.vectorOf(label));
});

test('a graph that is too large for this process is changed in another, also from float32 to int8', async () => {
  const wide = 4096; // so that 500 of them are large
  const random = createRandom('wide');
  const drawn = (count: number) => Float32Array.from({ length: count * wide }, () => random.normal());
  const [vectors, added] = [drawn(480), drawn(20)];
  const of = async (kind: RetrievalKind): Promise<Manifest> => {
    const bytes = await withTempDir((folder) => vectorsFile({ vectors, width: wide, folder }, kind));
    return {
      ...first,
      model: { ...first.model, width: wide },
      counts: { ...first.counts, tracks: 480 },
      retrieval: { ...first.retrieval, kind },
      files: { ...first.files, vectors: await putVectors(store, bytes) },
    };
  };
  expect([kindFor(480, wide), kindFor(500, wide)]).toEqual(['hnsw', 'hnsw-int8']);
  for (const kind of ['hnsw', 'hnsw-int8'] as const) {
    const before = await of(kind);
    const changed = await changedVectors(store, before, { added, removed: [5] });
    expect(changed.kind).toBe('hnsw-int8');
    const [retriever, old] = [
      openHnswInt8(Uint8Array.from(changed.bytes).buffer),
      openRetriever(kind, (await readWhole(store, before.files.vectors)).buffer),
    ];
    expect([retriever.count, retriever.live]).toEqual([500, 499]);
    const most = kind === 'hnsw' ? 0.05 : 0;
    const [one, other] = [retriever.vectorOf(17), old.vectorOf(17)];
    expect(one.every((value, i) => Math.abs(value - other[i]) <= most)).toBe(true);
    expect(retriever.search(added.subarray(0, wide), 1, 200).map(({ label }) => label)).toEqual([480]);
  }
});
