import { appendFile, readFile, rename, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openKnownHashes } from '../../../offline/encode/known-hashes.ts';
import { sha256File, sha256Hex } from '../../../offline/lib/files.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';

let folder: TestFolder;
let song: string;
let cache: string;
beforeEach(async () => {
  folder = await testFolder();
  [song, cache] = [join(folder.path, 'song.flac'), join(folder.path, 'cache')];
  await writeFile(song, 'one song');
});
afterEach(() => folder.remove());

const MINUTE = 60_000;

/** @returns the file's hash, and whether it was read for it */
async function asked(path: string, later = MINUTE): Promise<{ sha256: string; wasRead: boolean }> {
  let wasRead = false;
  const read = (one: string) => {
    wasRead = true;
    return sha256File(one);
  };
  const known = await openKnownHashes(cache, read, () => Date.now() + later);
  const sha256 = await known.hash(path);
  await known.close();
  return { sha256, wasRead };
}
const read = (content: string) => ({ sha256: sha256Hex(content), wasRead: true });
const known = (content: string) => ({ sha256: sha256Hex(content), wasRead: false });

test('a file that did not change is read once', async () => {
  expect(await asked(song)).toEqual(read('one song'));
  expect(await asked(song)).toEqual(known('one song'));
});

test('another content of the same length and with the old date is seen', async () => {
  await asked(song);
  const { atime, mtime } = await stat(song);
  await writeFile(song, 'two song');
  await utimes(song, atime, mtime);
  expect(await asked(song)).toEqual(read('two song'));
  const other = join(folder.path, 'other.flac');
  await writeFile(other, 'new song');
  await utimes(other, atime, mtime);
  await rename(other, song);
  expect(await asked(song)).toEqual(read('new song'));
  expect(await asked(song)).toEqual(known('new song'));
});

test('what changed just before it was hashed is hashed again: it might have changed once more in the same tick', async () => {
  expect(await asked(song, 0)).toEqual(read('one song'));
  expect(await asked(song)).toEqual(read('one song'));
});

test('a file that is gone says so, as without it', async () => {
  await expect(asked(join(folder.path, 'none.flac'))).rejects.toThrow('ENOENT');
});

test('a file of hashes that is torn or damaged costs reading again, and no more', async () => {
  const paths = Array.from({ length: 40 }, (_, i) => join(folder.path, `${i}.flac`));
  for (const path of paths) await writeFile(path, path);
  const all = async () => {
    const seen = [];
    for (const path of paths) seen.push(await asked(path));
    expect(seen.map(({ sha256 }) => sha256)).toEqual(paths.map((path) => sha256Hex(path)));
    return seen.filter(({ wasRead }) => wasRead).length;
  };
  expect(await all()).toBe(40);
  expect(await all()).toBe(0);
  const file = join(cache, 'hashes');
  const bytes = await readFile(file);
  for (const at of [5, 72 * 7 + 40, 72 * 9 + 70]) bytes[at] ^= 1; // a path, a hash, a check
  await writeFile(file, bytes);
  expect(await all()).toBe(3);
  await truncate(file, (await stat(file)).size - 30);
  expect(await all()).toBe(1);
  await appendFile(file, 'no record');
  expect(await all()).toBe(0);
  expect((await stat(file)).size % 72).toBe(0);
});
