/** Commands of an index's life in two processes at the same time, and of a library with more files than may be open. */
import { copyFile, mkdir, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { folderStore } from '../../../offline/indexing/store/folder-store.ts';
import { currentManifest } from '../../../offline/indexing/store/versions.ts';
import { verifyIndex } from '../../../offline/indexing/verify.ts';
import { answeredFrom } from '../indexing/store/sample-index.ts';
import { runCuepoint } from './run-cuepoint.ts';
import { type SmallLibrary, smallLibrary } from './small-library.ts';
import { type Ended, startCuepoint } from './start-cuepoint.ts';

const MINUTES = 60_000;
let library: SmallLibrary;
beforeAll(async () => {
  library = await smallLibrary();
  // What is encoded is kept, so that the processes below come to the end of their work together.
  expect(await index('build', '--music', at('music'), ...inPlace('first'), ...library.withModel())).toMatchObject({
    code: 0,
  });
}, 5 * MINUTES);
afterAll(() => library.remove());

const at = (...names: string[]): string => library.at(...names);
const silent = () => ({ tick: () => undefined, skip: () => undefined, done: () => undefined });
const inPlace = (name: string): string[] => ['--out', at(name)];
const index = (...args: string[]): Promise<Ended> => runCuepoint(['index', ...args]);
const start = (...args: string[]): Promise<Ended> => startCuepoint(['index', ...args]).ended;
const twice = (...args: string[]): Promise<Ended[]> => Promise.all([start(...args), start(...args)]);

/** Both ended well, and what is answered from is whole. @returns its version */
async function bothIn(name: string, ended: readonly Ended[]): Promise<string> {
  for (const { code, err, out } of ended) expect([code, `${out}${code ? err : ''}`]).toEqual([0, out]);
  const version = await answeredFrom(folderStore(at(name)));
  expect(await verifyIndex(folderStore(at(name)), version!, silent)).toEqual([]);
  const left = await readdir(at(name), { recursive: true });
  expect(left.filter((file) => file.endsWith('.tmp'))).toEqual([]);
  return version!;
}

test(
  'two builds of the same music at once end in one index that is whole, every time',
  async () => {
    const versions = new Set<string>();
    for (let round = 0; round < 2; round++) {
      const out = `built-${round}`;
      versions.add(
        await bothIn(out, await twice('build', '--music', at('music'), ...inPlace(out), ...library.withModel())),
      );
    }
    expect([...versions]).toEqual([await answeredFrom(folderStore(at('first')))]);
  },
  10 * MINUTES,
);

test(
  'the same addition twice at once adds each song once',
  async () => {
    for (let round = 0; round < 2; round++) {
      await library.song(`new-${round}`, 500 + 50 * round);
      await bothIn('first', await twice('add', '--music', at('music'), ...inPlace('first'), ...library.withModel()));
      const { manifest } = await currentManifest(folderStore(at('first')));
      expect(manifest.counts).toMatchObject({ tracks: 4 + round, removed: 0 });
    }
  },
  10 * MINUTES,
);

test(
  'a build, and a publish, of what is there already mend what is damaged',
  async () => {
    await rm(at('music'), { recursive: true });
    await mkdir(at('music'));
    await library.song('a', 200);
    const build = ['build', '--music', at('music'), ...inPlace('mended'), ...library.withModel()];
    const version = await bothIn('mended', [await index(...build)]);
    const damage = async (name: string): Promise<void> => {
      for (const role of ['tokens', 'vectors', 'moment']) {
        const file = (await readdir(at(name, 'objects'))).find((one) => one.startsWith(role))!;
        await truncate(at(name, 'objects', file), 100);
      }
      await writeFile(at(name, 'indexes', `${version}.json`), '{}');
      await rm(at(name, 'reports'), { recursive: true });
      expect(await verifyIndex(folderStore(at(name)), version, silent)).not.toEqual([]);
    };
    await damage('mended');
    expect(await bothIn('mended', [await index(...build)])).toBe(version);

    const publish = ['publish', '--to', 'assets', '--from', at('mended'), ...inPlace('deployed')];
    await bothIn('deployed', [await index(...publish)]);
    await damage('deployed');
    const again = await index(...publish);
    expect(again.out).toMatch(
      new RegExp(`answered from ${version} already; mended: 3 of \\d+ files, .* were not there, or`),
    );
    expect(await bothIn('deployed', [again])).toBe(version);
    expect((await index('report', ...inPlace('deployed'))).out).toContain(`Index ${version}`);
  },
  10 * MINUTES,
);

test(
  'seven hundred files are looked through where 256 may be open, and none that is there counts as new',
  async () => {
    await mkdir(at('many'));
    for (let i = 0; i < 700; i++) await copyFile(at('music', 'a.wav'), at('many', `copy-${i}.wav`));
    const args = ['index', 'add', '--music', at('many'), ...inPlace('mended'), ...library.withModel()];
    const { code, out, err } = await startCuepoint(args, { limitOpenFiles: 256 }).ended;
    expect([code, out, err]).toEqual([0, '0 new files, 700 in the index already\n', '']);
  },
  10 * MINUTES,
);
