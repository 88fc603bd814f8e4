import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { folderStore } from '../../../../offline/indexing/store/folder-store.ts';
import { textOf } from '../../../../offline/indexing/store/store.ts';
import { createRandom } from '../../../../offline/lib/random.ts';
import { type TestFolder, testFolder } from '../../data/folder.ts';

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
});
afterEach(() => folder.remove());

const at = (...names: string[]): string => join(folder.path, ...names);
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
  const left = (await readdir(folder.path)).sort();
  expect(left, 'and leaves nothing beside it but what is decided').toEqual(['.claims', 'current.json']);
  expect(await readdir(at('.claims'))).toEqual([expect.stringMatching(/^[0-9a-f]{24}-0$/)]);
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

interface Child {
  process: ChildProcess;
  said: Promise<string>;
}

function child(what: string): Child {
  const process_ = spawn(process.execPath, [join(import.meta.dirname, 'replace-child.ts'), folder.path, what]);
  let text = '';
  process_.stdout.on('data', (piece) => {
    text += piece;
  });
  process_.stderr.pipe(process.stderr);
  return { process: process_, said: once(process_, 'close').then(() => text) };
}

/** Linux: T in the third field of its status. */
async function isStopped({ process: { pid } }: Child): Promise<void> {
  while (!/\) T /.test(await readFile(`/proc/${pid}/stat`, 'utf8')))
    await new Promise((resolve) => setTimeout(resolve, 10));
}

test('a move whose owner was killed after the claim is finished by the next, even if it is dated in the future', async () => {
  const store = folderStore(folder.path);
  for (const days of [0, -2, 365]) {
    await store.write('current.json', 'one');
    const { tag } = (await store.read('current.json'))!;
    expect(await child('SIGKILL').said).toBe('');
    const date = new Date(Date.now() + days * 24 * 3600_000);
    for (const name of await readdir(at('.claims'))) await utimes(at('.claims', name), date, date);
    expect(await textAt('current.json')).toBe('one');
    expect(await store.replace('current.json', 'two', tag), 'its move was first').toBe(false);
    expect(await textAt('current.json')).toBe('claimed');
    const now = (await store.read('current.json'))!;
    expect(await store.replace('current.json', 'two', now.tag)).toBe(true);
    expect(await textAt('current.json')).toBe('two');
  }
  // Or by sweeping, which every change begins and ends with; what the killed ones left goes, too.
  expect(await child('SIGKILL').said).toBe('');
  await store.sweep();
  expect(await textAt('current.json')).toBe('claimed');
  expect((await readdir(at('.claims'))).filter((name) => name.startsWith('next'))).toEqual([]);
});

test.skipIf(process.platform !== 'linux')(
  'an owner that is held up for seconds after its claim has won, and writes over nobody when it goes on',
  async () => {
    const store = folderStore(folder.path);
    await store.write('current.json', 'one');
    const owner = child('SIGSTOP');
    await isStopped(owner);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const { tag } = (await store.read('current.json'))!;
    expect(await store.replace('current.json', 'two', tag)).toBe(false);
    const now = (await store.read('current.json'))!;
    expect(new TextDecoder().decode(now.bytes)).toBe('claimed');
    expect(await store.replace('current.json', 'three', now.tag)).toBe(true);
    owner.process.kill('SIGCONT');
    expect(await owner.said, 'its move was made, by another').toBe('true');
    expect(await textAt('current.json')).toBe('three');
  },
);

test.skipIf(process.platform !== 'linux')(
  'no move is lost and none is won twice, whoever is held up and wherever',
  async () => {
    await folderStore(folder.path).write('current.json', '0');
    const children = Array.from({ length: 4 }, () => child('count'));
    const random = createRandom('pauses');
    for (let round = 0; round < 12 || Number(await textAt('current.json')) < 30; round++) {
      const held = children[random.integer(children.length)].process;
      held.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, round === 6 ? 2300 : random.uniform(20, 200)));
      held.kill('SIGCONT');
    }
    for (const { process } of children) process.stdin!.end();
    const won = await Promise.all(children.map(async ({ said }) => Number(await said)));
    const total = won.reduce((sum, count) => sum + count, 0);
    expect(total).toBeGreaterThan(20);
    expect(await textAt('current.json')).toBe(String(total));
  },
);

test('a file that is deleted, or written by hand, can be replaced again', async () => {
  const store = folderStore(folder.path);
  for (const content of ['one', 'two', 'one']) {
    await rm(at('current.json'), { force: true });
    expect(await store.replace('current.json', content, undefined)).toBe(true);
    await writeFile(at('current.json'), 'by hand');
    const { tag } = (await store.read('current.json'))!;
    expect(await store.replace('current.json', content, tag)).toBe(true);
    expect(await textAt('current.json')).toBe(content);
  }
});

test('the content of a claim that somebody deleted blocks nobody', async () => {
  const store = folderStore(folder.path);
  await store.write('current.json', 'one');
  for (let time = 0; time < 2; time++) {
    expect(await child('SIGKILL').said).toBe('');
    for (const name of await readdir(at('.claims'))) if (name.startsWith('next')) await rm(at('.claims', name));
  }
  const { tag } = (await store.read('current.json'))!;
  expect(await store.replace('current.json', 'two', tag)).toBe(true);
  expect(await textAt('current.json')).toBe('two');
});

test('what killed writers left anywhere in it is swept; the moves of a day stay known', async () => {
  const store = folderStore(folder.path);
  await store.replace('current.json', 'one', undefined);
  await store.replace('current.json', 'two', (await store.read('current.json'))!.tag);
  const random = 'abcdef012345';
  const old = new Date(Date.now() - 25 * 3600_000);
  const left = [`current.json.${random}.tmp`, `objects/vectors-0.hnsw.${random}.tmp`, `indexes/a.json.${random}.tmp`];
  for (const path of left) {
    await mkdir(dirname(at(path)), { recursive: true });
    await writeFile(at(path), 'half');
    await utimes(at(path), old, old);
  }
  await writeFile(at('.next-0123456789abcdef'), 'of an earlier version');
  expect(await readdir(at('.claims'))).toHaveLength(1);
  await store.sweep();
  for (const path of left) expect(await store.find(path)).toBeUndefined();
  expect((await readdir(folder.path)).sort()).toEqual(['.claims', 'current.json', 'indexes', 'objects']);
  for (const name of await readdir(at('.claims'))) await utimes(at('.claims', name), old, old);
  await store.sweep();
  expect(await readdir(at('.claims'))).toEqual([]);
});

test('what was given a fresh date meanwhile is not removed as old', async () => {
  const store = folderStore(folder.path);
  await store.write('objects/a', 'content');
  const old = new Date(Date.now() - 60_000);
  await utimes(at('objects/a'), old, old);
  const before = Date.now() - 30_000;
  expect(await store.freshen('objects/a')).toBe(true);
  await store.remove('objects/a', before);
  expect(await textAt('objects/a')).toBe('content');
  await utimes(at('objects/a'), old, old);
  await store.remove('objects/a', before);
  expect(await readdir(at('objects'))).toEqual([]);
  expect(await store.freshen('objects/a')).toBe(false);
  await store.remove('objects/a', before);
});

test('holds what is there byte for byte', async () => {
  const store = folderStore(folder.path);
  await store.write('objects/a', 'content');
  const bytes = (text: string) => new TextEncoder().encode(text);
  expect(await store.holds('objects/a', bytes('content'))).toBe(true);
  expect(await store.holds('objects/a', bytes('cOntent'))).toBe(false);
  expect(await store.holds('objects/a', bytes('conten'))).toBe(false);
  expect(await store.holds('objects/b', bytes(''))).toBe(false);
});

test('a folder that cannot be written to is named, with what to do', async () => {
  const file = folderStore(folder.path);
  await file.write('plain', 'a file');
  await expect(folderStore(join(folder.path, 'plain')).write('objects/x', 'y')).rejects.toThrow(
    /plain.objects: expected a folder that can be written to, got a file in the place of a folder \(ENOTDIR\)\. .* What was answered from still is\./,
  );
});
