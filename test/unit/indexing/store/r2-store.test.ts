/** The bucket is workerd's own local one, as `wrangler dev` has it. */
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type BucketOptions, openBucket } from '../../../../offline/indexing/store/bucket.ts';
import { KEEP, publishIndex } from '../../../../offline/indexing/store/publish.ts';
import { r2Store } from '../../../../offline/indexing/store/r2-store.ts';
import { type BundleStore, OvertakenError, textOf } from '../../../../offline/indexing/store/store.ts';
import { listVersions, readCurrent } from '../../../../offline/indexing/store/versions.ts';
import type { Bucket } from '../../../../offline/local-worker/bucket.ts';
import { type TestFolder, testFolder } from '../../data/folder.ts';
import { memoryStore } from './memory-store.ts';
import { answeredFrom, FILES, publishSample } from './sample-index.ts';

const CONFIG = `name = "worker"
compatibility_date = "2026-10-01"
[[r2_buckets]]
binding = "BUCKET"
bucket_name = "music-index"
`;

let folder: TestFolder;
let store: BundleStore;
const options = (): BucketOptions => ({ root: folder.path, binding: 'BUCKET', remote: false });
beforeAll(async () => {
  folder = await testFolder();
  await writeFile(join(folder.path, 'wrangler.toml'), CONFIG);
  store = await openBucket(options());
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  await store?.close();
  await folder.remove();
});

test('a bucket has what was written, and nothing where nothing was', async () => {
  expect(store.name).toBe('R2 bucket music-index (local)');
  await store.write('objects/a.bin', Uint8Array.of(1, 2, 3));
  expect((await store.read('objects/a.bin'))?.bytes).toEqual(Uint8Array.of(1, 2, 3));
  expect(await store.find('objects/a.bin')).toMatchObject({ path: 'objects/a.bin', bytes: 3 });
  expect((await store.list('objects')).map(({ path }) => path)).toEqual(['objects/a.bin']);
  await store.remove('objects/a.bin');
  expect(await store.read('objects/a.bin')).toBeUndefined();
  expect(await store.find('objects/a.bin')).toBeUndefined();
});

test('a list goes on over as many pages as there are', async () => {
  const keys = ['many/a', 'many/b', 'many/c', 'many/d', 'many/e'];
  const uploaded = new Date(1000);
  const paged = r2Store('pages of two', {
    async list({ prefix, cursor = '0' }: { prefix: string; cursor?: string }) {
      const [at, all] = [Number(cursor), keys.filter((key) => key.startsWith(prefix))];
      const objects = all.slice(at, at + 2).map((key) => ({ key, size: 1, etag: '', uploaded }));
      const more = at + 2 < all.length;
      return { objects, truncated: more, ...(more ? { cursor: String(at + 2) } : {}) };
    },
  } as unknown as Bucket);
  expect(await paged.list('many')).toEqual(keys.map((path) => ({ path, bytes: 1, writtenAt: 1000, tag: '' })));
});

test('a list is one request a page, however many objects are in it', async () => {
  const paths = Array.from({ length: 40 }, (_, i) => `many/${String(i).padStart(2, '0')}`);
  await Promise.all(paths.map((path) => store.write(path, path)));
  const fetched = vi.spyOn(globalThis, 'fetch');
  const listed = await store.list('many');
  expect(fetched).toHaveBeenCalledTimes(1);
  expect(listed.map(({ path, bytes }) => [path, bytes])).toEqual(paths.map((path) => [path, path.length]));
  expect(Math.abs(Date.now() - listed[0].writtenAt)).toBeLessThan(600_000);
});

test('a connection that was closed while the program computed is not a failure, and a server that is gone is', async () => {
  const closed = new TypeError('fetch failed');
  const fetched = vi.spyOn(globalThis, 'fetch').mockRejectedValueOnce(closed);
  await store.write('objects/after.bin', Uint8Array.of(4));
  expect((await store.read('objects/after.bin'))?.bytes).toEqual(Uint8Array.of(4));
  fetched.mockRejectedValue(closed);
  await expect(store.find('objects/after.bin')).rejects.toThrow(
    'R2: expected an answer to GET entry, got fetch failed.',
  );
});

test("a pointer that was written and whose answer was lost is ours, and another's is not", async () => {
  const real = globalThis.fetch;
  const lost = new TypeError('fetch failed');
  const fetched = vi.spyOn(globalThis, 'fetch');
  fetched.mockImplementationOnce(async (...asked) => {
    await (await real(...asked)).arrayBuffer();
    throw lost;
  });
  expect(await store.replace('lost', 'ours', undefined)).toBe(true);
  expect(textOf((await store.read('lost'))!)).toBe('ours');
  fetched.mockRejectedValueOnce(lost);
  expect(await store.replace('lost', 'late', undefined)).toBe(false);
  expect(textOf((await store.read('lost'))!)).toBe('ours');
});

test('nobody else on the machine reaches the bucket', async () => {
  const fetched = vi.spyOn(globalThis, 'fetch');
  await store.find('objects/none');
  const [address, request] = fetched.mock.calls[0];
  const { origin, hostname } = new URL(String(address));
  expect(hostname).toBe('127.0.0.1');
  for (const headers of [{}, { 'x-key': 'guessed' }])
    expect((await fetch(`${origin}/object?key=objects/none`, { method: 'PUT', body: 'x', headers })).status).toBe(403);
  expect((await fetch(String(address), request)).status).toBe(404);
});

test('names and contents of any kind come back', async () => {
  const path = 'objects/größe & "π" #1?.bin';
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  await store.write(path, bytes);
  expect((await store.read(path))?.bytes).toEqual(bytes);
  await store.write(path, '');
  expect(await store.find(path)).toMatchObject({ path, bytes: 0 });
  expect((await store.list('objects')).map((one) => one.path)).toContain(path);
  await store.remove(path);
});

test('an object is replaced only while it is what was read, and of many at once by one', async () => {
  expect(await store.replace('pointer', 'one', undefined)).toBe(true);
  expect(await store.replace('pointer', 'two', undefined)).toBe(false);
  const { tag } = (await store.read('pointer'))!;
  const outcomes = await Promise.all(Array.from({ length: 6 }, (_, i) => store.replace('pointer', `now ${i}`, tag)));
  expect(outcomes.filter(Boolean)).toHaveLength(1);
  expect(textOf((await store.read('pointer'))!)).toBe(`now ${outcomes.indexOf(true)}`);
});

test('an object is known by its bytes, is given a fresh date, and goes only if it is old', async () => {
  const bytes = new TextEncoder().encode('content');
  await store.write('objects/b.bin', bytes);
  expect(await store.holds('objects/b.bin', bytes)).toBe(true);
  expect(await store.holds('objects/b.bin', new TextEncoder().encode('cOntent'))).toBe(false);
  expect(await store.holds('objects/none', bytes)).toBe(false);
  const { writtenAt } = (await store.find('objects/b.bin'))!;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await store.freshen('objects/b.bin')).toBe(true);
  expect(await store.freshen('objects/none')).toBe(false);
  await store.remove('objects/b.bin', writtenAt + 1);
  expect((await store.read('objects/b.bin'))?.bytes).toEqual(bytes);
  await store.remove('objects/b.bin', Date.now() + 60_000);
  expect(await store.find('objects/b.bin')).toBeUndefined();
  await store.sweep();
});

test('an index is published to a bucket as to a folder, and of two publishers one wins', async () => {
  const source = memoryStore('source');
  const [one, two, three] = [
    await publishSample(source, 'one'),
    await publishSample(source, 'two'),
    await publishSample(source, 'three'),
  ];
  const now = new Date();
  expect(await publishIndex(source, store, one, { from: await readCurrent(store), now, keep: KEEP })).toMatchObject({
    written: FILES.all,
    moved: true,
  });
  const from = await readCurrent(store);
  expect(await publishIndex(source, store, two, { from, now, keep: KEEP })).toMatchObject({ written: FILES.own });
  await expect(publishIndex(source, store, three, { from, now, keep: KEEP })).rejects.toThrow(OvertakenError);
  expect(await answeredFrom(store)).toBe(two);
  expect((await listVersions(store)).find(({ isPrevious }) => isPrevious)?.indexVersion).toBe(one);
});

test('a binding that wrangler.toml has not is told with what to write there', async () => {
  await expect(openBucket({ ...options(), binding: 'OTHER' })).rejects.toThrow(
    /^--bucket: expected an R2 binding "OTHER" in wrangler.toml, found "BUCKET"\. Create a bucket by/,
  );
});

test('the configuration that was written for it is gone when it is closed, and that of a killed one with the next', async () => {
  const tmp = join(folder.path, '.wrangler/tmp');
  const killed = join(tmp, 'bucket.0123456789ab.partial');
  await mkdir(killed);
  await utimes(killed, 1, 1);
  const another = await openBucket({ ...options(), state: join(folder.path, 'another') });
  expect(await readdir(tmp)).toHaveLength(2);
  await another.close();
  expect(await readdir(tmp)).toHaveLength(1);
});
