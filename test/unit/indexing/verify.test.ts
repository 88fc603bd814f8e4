import { beforeEach, expect, test } from 'vitest';
import { writeCatalogue } from '../../../index/format/catalogue.ts';
import { filesOf, type Manifest } from '../../../index/format/manifest.ts';
import { manifestPath, writePointer } from '../../../index/format/pointer.ts';
import { addToIndex } from '../../../offline/indexing/add.ts';
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
  for (const { path } of filesOf(index)) damage(path);
  const found = await faults();
  expect(found).toHaveLength(filesOf(index).length);
  for (const { path } of filesOf(index))
    expect(found).toContainEqual(expect.stringMatching(new RegExp(`^${path}: expected the content of that hash`)));
});

test('files that are missing or too short are told beside those that are damaged', async () => {
  const { vectors, moment, catalogue } = index.files;
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

test('an index of the format before is whole, is added to, and is rolled back to', async () => {
  const old = await asVersion3(index);
  expect(await faults(old.indexVersion)).toEqual([]);
  const added = await addToIndex(store, await readManifest(store, old.indexVersion), {
    tracks: tracks.slice(6, 8),
    checkpoint,
    threads: 1,
  });
  expect(JSON.stringify(added)).not.toMatch(/builtAt|report/);
  await settled(store, added);
  expect(await faults(added.indexVersion)).toEqual([]);
  const how = { keep: KEEP, now: new Date(0), start };
  expect(await rollBack(store, { ...how, to: old.indexVersion })).toMatchObject({ to: old.indexVersion });
  expect(await answeredFrom(store)).toBe(old.indexVersion);
});

/** As the program before this one wrote it: with a date, a report that it names, and its files alone in its version. */
async function asVersion3(manifest: Manifest): Promise<Manifest> {
  const dated = { ...manifest, formatVersion: 3, builtAt: '2026-11-20' } as Manifest;
  const { indexVersion } = versionsOf(dated);
  const measured = { format: 'cuepoint-report', formatVersion: 1, indexVersion, gates: [] };
  const report = await putObject(store, 'report', 'json', JSON.stringify(measured));
  const old = { ...dated, indexVersion, files: { ...manifest.files, report } } as Manifest;
  await store.write(manifestPath(old.indexVersion), manifestText(old));
  return old;
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
  const file = await putObject(
    store,
    'catalogue',
    'json',
    writeCatalogue(catalogue.map((track) => ({ ...track, segments: 1 }))),
  );
  const mixed = completeManifest({
    ...index,
    files: { ...index.files, vectors: other.files.vectors, catalogue: file },
  });
  await settled(store, mixed);
  const found = await verifyIndex(store, mixed.indexVersion, start);
  expect(found[0]).toMatch(/expected \d+ segments, got 6$/);
  expect(found[1]).toMatch(/vectors.*: expected 6 vectors, got 7$/);
});

test('no index, and one of an older format, are told', async () => {
  expect(await faults('0123456789ab')).toEqual([
    expect.stringContaining('expected the index 0123456789ab, found none'),
  ]);
  await store.write(manifestPath('old'), JSON.stringify({ format: 'cuepoint-bundle', formatVersion: 2 }));
  expect(await faults('old')).toEqual([expect.stringContaining('manifest: expected format version 3 or 4, got 2')]);
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
