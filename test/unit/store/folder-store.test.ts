import { link, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { folderStore } from '../../../offline/store/folder-store.ts';
import { textOf } from '../../../offline/store/store.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
});
afterEach(() => folder.remove());

const at = (name: string): string => join(folder.path, name);
const textAt = async (path: string): Promise<string | undefined> => {
  const stored = await folderStore(folder.path).read(path);
  return stored && textOf(stored);
};

test('has what was written, and nothing where nothing was', async () => {
  const store = folderStore(folder.path);
  await store.write('objects/a.bin', 'content');
  expect(await textAt('objects/a.bin')).toBe('content');
  expect(await store.find('objects/a.bin')).toMatchObject({ path: 'objects/a.bin', bytes: 7 });
  expect((await store.list('objects')).map(({ path }) => path)).toEqual(['objects/a.bin']);
  await store.remove('objects/a.bin');
  await store.remove('objects/a.bin');
  expect(await store.read('objects/a.bin')).toBeUndefined();
  expect(await store.find('objects')).toBeUndefined();
  expect(await store.list('nowhere')).toEqual([]);
});

test('replaces a file only while it is what was read', async () => {
  const store = folderStore(folder.path);
  expect(await store.replace('current.json', 'one', undefined)).toBe(true);
  expect(await store.replace('current.json', 'two', undefined), 'it exists by now').toBe(false);
  const { tag } = (await store.read('current.json'))!;
  expect(await store.replace('current.json', 'two', tag)).toBe(true);
  expect(await store.replace('current.json', 'three', tag), 'it was replaced meanwhile').toBe(false);
  expect(await textAt('current.json')).toBe('two');
  expect(await readdir(folder.path), 'and leaves nothing beside it').toEqual(['current.json']);
});

test('of many that replace it at once, one does', async () => {
  for (let round = 0; round < 20; round++) {
    const before = await folderStore(folder.path).read('current.json');
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        folderStore(folder.path).replace('current.json', `${round} ${i}`, before?.tag),
      ),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await textAt('current.json')).toBe(`${round} ${outcomes.indexOf(true)}`);
  }
});

test('finishes what a killed owner had claimed, then takes its own turn', async () => {
  const store = folderStore(folder.path);
  await store.replace('current.json', 'one', undefined);
  const { tag } = (await store.read('current.json'))!;
  await writeFile(at('claimed'), 'two');
  await link(at('claimed'), at(`.next-${tag.slice(0, 16)}`)); // killed between this and the rename
  expect(await store.replace('current.json', 'three', tag), 'the owner may be about to rename it').toBe(false);
  expect(await textAt('current.json')).toBe('one');

  const longAgo = new Date(Date.now() - 60_000);
  await utimes(at('claimed'), longAgo, longAgo);
  expect(await store.replace('current.json', 'three', tag)).toBe(false);
  expect(await textAt('current.json'), 'the claim was the move').toBe('two');
  const { tag: next } = (await store.read('current.json'))!;
  expect(await store.replace('current.json', 'three', next)).toBe(true);
  expect((await readdir(folder.path)).sort()).toEqual(['claimed', 'current.json']);
});

test('a folder that cannot be written to is named, with what to do', async () => {
  const file = folderStore(folder.path);
  await file.write('plain', 'a file');
  await expect(folderStore(join(folder.path, 'plain')).write('objects/x', 'y')).rejects.toThrow(
    /plain.objects: expected a folder that can be written to, got a file in the place of a folder \(ENOTDIR\)\. .* What was answered from still is\./,
  );
});
