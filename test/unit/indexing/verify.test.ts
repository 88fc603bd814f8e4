import { beforeEach, expect, test } from 'vitest';
import type { Track } from '../../../index/format/catalogue.ts';
import { filesOf, type Manifest } from '../../../index/format/manifest.ts';
import { parseManifest } from '../../../index/format/parse-manifest.ts';
import { manifestPath, writePointer } from '../../../index/format/pointer.ts';
import { noShards, shardAt } from '../../../index/format/shard-table.ts';
import { addToIndex } from '../../../offline/indexing/add.ts';
import { putCatalogue } from '../../../offline/indexing/put-catalogue.ts';
import { removeFromIndex } from '../../../offline/indexing/remove.ts';
import { rollBack } from '../../../offline/indexing/roll-back.ts';
import { KEEP, manifestText, putObject } from '../../../offline/indexing/store/publish.ts';
import { readCurrent, readManifest } from '../../../offline/indexing/store/versions.ts';
import { verifyIndex } from '../../../offline/indexing/verify.ts';
import { completeManifest, versionsOf } from '../../../offline/indexing/version.ts';
import { sha256Hex } from '../../../offline/lib/files.ts';
import { builtIn, catalogueOf, checkpoint, settled, tracks } from './sample.ts';
import { type MemoryStore, memoryStore } from './store/memory-store.ts';
import { answeredFrom } from './store/sample-index.ts';

let store: MemoryStore;
let index: Manifest;
beforeEach(async () => {
  store = memoryStore();
  index = await builtIn(store, { tracks: tracks.slice(0, 6) });
});

const start = () => ({ tick: () => undefined, skip: () => undefined, done: () => undefined });
const faults = (version = index.indexVersion) => verifyIndex(store, version, start);
const damage = (path: string, at = 40): void => {
  const file = store.files.get(path)!;
  const bytes = Uint8Array.from(file.bytes);
  bytes[at] ^= 1;
  store.files.set(path, { ...file, bytes });
};

test('a whole index has no faults', async () => {
  expect(await faults()).toEqual([]);
});

test('one changed byte of any file is told, and every file that has one', async () => {
  const paths = new Set([...filesOf(index)].map(({ path }) => path)); // columns without a value are one file
  for (const path of paths) damage(path);
  const found = new Set(await faults());
  expect(found.size).toBe(paths.size);
  for (const path of paths)
    expect(found).toContainEqual(expect.stringMatching(new RegExp(`^${path}: expected the content of that hash`)));
});

test('files that are missing or too short are told beside those that are damaged', async () => {
  const { vectors, moment } = index.files;
  const catalogue = shardAt(index.shards.catalogue, 0);
  store.files.delete(vectors.path);
  store.files.set(moment.path, { bytes: new Uint8Array(3), writtenAt: 0 });
  damage(catalogue.path);
  expect(await faults()).toEqual([
    expect.stringContaining(`${catalogue.path}: expected the content of that hash`),
    `${vectors.path}: expected a file, found none`,
    `${moment.path}: expected ${moment.bytes} bytes, got 3`,
  ]);
});

test('a manifest that was edited is no more what its name and the pointer say', async () => {
  const edited = { ...index, retrieval: { ...index.retrieval, candidates: 7 } };
  await store.write(manifestPath(index.indexVersion), manifestText(edited));
  expect(await faults()).toEqual([
    expect.stringMatching(/^indexes\/[0-9a-f]{12}\.json: expected \d+ bytes, got \d+, which current\.json names$/),
    expect.stringMatching(/^manifest: expected indexVersion [0-9a-f]{12} of what it names, got [0-9a-f]{12}$/),
  ]);
});

test('a manifest with more in it than its version names is told', async () => {
  const path = manifestPath(index.indexVersion);
  await store.write(path, manifestText({ ...index, builtAt: '2026-11-20' } as Manifest));
  const { pointer } = await readCurrent(store);
  const bytes = store.files.get(path)!.bytes;
  const manifest = { path, bytes: bytes.length, sha256: sha256Hex(bytes) };
  await store.write('current.json', writePointer({ ...pointer!, manifest }));
  expect(await faults()).toEqual(['manifest: expected what its version is made of, got other text beside it']);
});

test.each([3, 4] as const)(
  'an index of format %d is whole, is added to, loses tracks, and is rolled back to',
  async (version) => {
    const old = await asOld(index, version);
    expect(await faults(old.indexVersion)).toEqual([]);
    const added = await addToIndex(store, await readManifest(store, old.indexVersion), {
      tracks: tracks.slice(6, 8),
      checkpoint,
      threads: 1,
    });
    expect(JSON.stringify(added)).not.toMatch(/builtAt|report/);
    await settled(store, added);
    expect(await faults(added.indexVersion)).toEqual([]);
    expect((await catalogueOf(store, added)).slice(0, 6)).toEqual(await catalogueOf(store, old));
    const remove = { tracks: [tracks[1].id], files: [] };
    const { manifest: less } = await removeFromIndex(store, await readManifest(store, old.indexVersion), remove);
    expect(less).toMatchObject({ formatVersion: 5, counts: { tracks: 6, removed: 1 } });
    await settled(store, less);
    expect(await faults(less.indexVersion)).toEqual([]);
    const how = { keep: KEEP, now: new Date(0), start };
    expect(await rollBack(store, { ...how, to: old.indexVersion })).toMatchObject({ to: old.indexVersion });
    expect(await answeredFrom(store)).toBe(old.indexVersion);
  },
);

/** As the programs before this one wrote it: the catalogue whole; version 3 with a date, a report that it names, and its files alone in its version. */
async function asOld(manifest: Manifest, formatVersion: 3 | 4): Promise<Manifest> {
  const text = JSON.stringify({ version: 3, tracks: await catalogueOf(store, manifest) });
  const catalogue = await putObject(store, 'catalogue', 'json', text);
  const { facets: _, ...files } = manifest.files;
  const { previews: __, ...counts } = manifest.counts;
  const none = Object.fromEntries(['catalogue', 'texts', 'ids'].map((role) => [role, noShards(role)]));
  const old = {
    ...manifest,
    ...{ formatVersion, counts, columns: [], files: { ...files, catalogue } },
    shards: { ...manifest.shards, ...none },
    ...(formatVersion === 3 ? { builtAt: '2026-11-20' } : {}),
  } as Manifest;
  const { indexVersion } = versionsOf(old);
  const measured = { format: 'cuepoint-report', formatVersion: 1, indexVersion, gates: [] };
  const report =
    formatVersion === 3 ? { report: await putObject(store, 'report', 'json', JSON.stringify(measured)) } : {};
  const named = { ...old, indexVersion, files: { ...old.files, ...report } } as Manifest;
  const plain = parseManifest(manifestText(named)); // its members in the order of their version
  await store.write(manifestPath(indexVersion), manifestText(plain));
  return plain;
}

test('going back to the index that is answered from mends the hash by which it is named', async () => {
  const { pointer } = await readCurrent(store);
  const how = { keep: KEEP, now: new Date(0), start, to: index.indexVersion };
  await expect(rollBack(store, how)).rejects.toThrow(`it answers from ${index.indexVersion} already, and all of it is`);
  const manifest = { ...pointer!.manifest, sha256: 'ab'.repeat(32) };
  await store.write('current.json', writePointer({ ...pointer!, manifest }));
  expect(await faults()).toHaveLength(1);
  expect(await rollBack(store, how)).toEqual({ from: index.indexVersion, to: index.indexVersion });
  expect(await faults()).toEqual([]);
  expect((await readCurrent(store)).pointer).toEqual(pointer);
  damage(index.files.vectors.path);
  await expect(rollBack(store, how)).rejects.toThrow(/1 fault:.*Build that index again, or publish it again/s);
});

test('files that do not belong together are told, though each is whole', async () => {
  const catalogue = await catalogueOf(store, index);
  const elsewhere = memoryStore();
  const other = await builtIn(elsewhere, { tracks: tracks.slice(0, 7) });
  const { path } = other.files.vectors;
  store.files.set(path, elsewhere.files.get(path)!);
  const changed = await putCatalogue(
    store,
    catalogue.map((track) => ({ ...track, segments: 1, title: 'another' })),
  );
  const mixed = completeManifest({
    ...index,
    files: { ...index.files, vectors: other.files.vectors },
    shards: { ...index.shards, catalogue: changed.shards.catalogue },
  });
  await settled(store, mixed);
  const found = await verifyIndex(store, mixed.indexVersion, start);
  expect(found[0]).toMatch(/^catalogue: expected \d+ segments, got 6$/);
  expect(found[1]).toMatch(/vectors.*: expected 6 vectors, got 7$/);
  expect(found[2]).toMatch(/tokens.*: expected 1 segments of track 0, got \d+$/);
});

test('a column, an id, a text or a count that the lines of the catalogue do not say is told', async () => {
  const catalogue = await catalogueOf(store, index);
  const of = (change: (track: Track, label: number) => Partial<Track>) =>
    putCatalogue(
      store,
      catalogue.map((track, label) => ({ ...track, ...change(track, label) })),
    );
  const faster = await of(() => ({ bpm: 7 }));
  const renamed = await of(({ id }) => ({ id: `other-${id}`, title: 'other' }));
  for (const [parts, role] of [
    [{ columns: faster.columns }, 'column'],
    [{ files: { ...index.files, ...faster.files } }, 'facets'],
    [{ shards: { ...index.shards, ids: renamed.shards.ids } }, 'ids'],
    [{ shards: { ...index.shards, texts: renamed.shards.texts } }, 'texts'],
  ] as const) {
    const mixed = completeManifest({ ...index, ...parts });
    await settled(store, mixed);
    const found = await verifyIndex(store, mixed.indexVersion, start);
    expect(found, role).toEqual([
      expect.stringMatching(
        new RegExp(`^catalogue: expected objects/${role}-.* of what the lines say, got objects/${role}-`),
      ),
    ]);
  }
});

test('no index, and one of an older format, are told', async () => {
  expect(await faults('0123456789ab')).toEqual([
    expect.stringContaining('expected the index 0123456789ab, found none'),
  ]);
  await store.write(manifestPath('old'), JSON.stringify({ format: 'cuepoint-bundle', formatVersion: 2 }));
  expect(await faults('old')).toEqual([
    expect.stringContaining('manifest: expected format version 3 or 4 or 5, got 2'),
  ]);
});

test('going back moves the pointer to an index that is whole, and again forward', async () => {
  const second = await builtIn(store, { tracks: tracks.slice(0, 7) });
  const how = { keep: KEEP, now: new Date(0), start };
  expect(await rollBack(store, how)).toEqual({ from: second.indexVersion, to: index.indexVersion });
  expect(await answeredFrom(store)).toBe(index.indexVersion);
  expect(await rollBack(store, { ...how, to: second.indexVersion })).toMatchObject({ to: second.indexVersion });
  await expect(rollBack(store, { ...how, to: second.indexVersion })).rejects.toThrow('answers from');
});

test('going back to an index that is not whole, or that there is not, changes nothing', async () => {
  const how = { keep: KEEP, now: new Date(0), start };
  await expect(rollBack(store, how)).rejects.toThrow(/expected an index before [0-9a-f]{12}, found none/);
  const second = await builtIn(store, { tracks: tracks.slice(0, 7) });
  damage(index.files.vectors.path);
  await expect(rollBack(store, how)).rejects.toThrow(/expected a whole one, got 1 fault:\n {2}objects\/vectors/);
  await expect(rollBack(store, { ...how, to: 'nowhere' })).rejects.toThrow('expected the index nowhere, found none');
  expect(await answeredFrom(store)).toBe(second.indexVersion);
});
