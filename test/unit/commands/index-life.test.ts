/** The life of an index by the commands that a person types. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { folderStore } from '../../../offline/indexing/store/folder-store.ts';
import { answeredFrom } from '../indexing/store/sample-index.ts';
import { runCuepoint } from './run-cuepoint.ts';
import { type SmallLibrary, smallLibrary } from './small-library.ts';
import { type Ended, startCuepoint } from './start-cuepoint.ts';

let library: SmallLibrary;
beforeAll(async () => {
  library = await smallLibrary();
});
afterAll(() => library.remove());

const at = (...names: string[]): string => library.at(...names);
const song = (name: string, hertz: number): Promise<void> => library.song(name, hertz);
const start = (...args: string[]) => startCuepoint(['index', ...args]);
const index = (...args: string[]): Promise<Ended> => runCuepoint(['index', ...args]);
const inPlace = () => ['--out', at('index')];
const withModel = () => [...library.withModel(), ...inPlace()];
const current = () => answeredFrom(folderStore(at('index')));
/** Lines of `index list` that begin with a version. */
async function listed(): Promise<string[]> {
  return (await index('list', ...inPlace())).out.split('\n').filter((line) => /^[0-9a-f]{12} /.test(line));
}

test('an index is built, added to, reduced, checked, published and rolled back', async () => {
  const built = await index('build', '--music', at('music'), '--previews', ...withModel());
  expect(built.err).not.toMatch(/expected/);
  expect(built.out).toMatch(/previews: 3 of 3 tracks/);
  expect(built.out).toMatch(/Index [0-9a-f]{12}: 3 tracks/);
  const one = await current();

  await song('d', 500);
  const added = await index('add', '--music', at('music'), '--previews', ...withModel());
  expect(added.out).toMatch(/1 new files, 3 in the index already/);
  expect(added.out).toMatch(/Index [0-9a-f]{12}: 4 tracks/);
  const two = await current();
  expect(two).not.toBe(one);

  const again = await index('add', '--file', at('music', 'd.wav'), ...withModel());
  expect([again.code, again.out]).toEqual([0, '0 new files, 1 in the index already\n']);

  const removed = await index('remove', '--file', 'b.wav', '--file=c.wav', ...inPlace());
  expect(removed.out).toMatch(/removed: b-[0-9a-f]{12} \(b\)\nremoved: c-[0-9a-f]{12} \(c\)\n/);
  expect(removed.out).toMatch(/Index [0-9a-f]{12}: 2 tracks/);
  const three = await current();

  expect((await index('verify', ...inPlace())).out).toBe(`index ${three}: whole\n`);
  expect((await index('report', one!, ...inPlace())).out).toContain(`Index ${one}, model`);
  expect(JSON.parse((await index('report', '--json', ...inPlace())).out)).toMatchObject({ indexVersion: three });
  const lines = await listed();
  expect(lines.map((line) => line.slice(0, 12))).toEqual([three, two, one]);
  expect(lines[0]).toMatch(/ 2 tracks .* current$/);
  expect(lines[1]).toMatch(/ 4 tracks .* previous$/);

  const back = await index('rollback', ...inPlace());
  expect(back.out).toBe(`${at('index')}: answers from ${two}, which was ${three} before\n`);
  expect((await index('rollback', '--to', one!, ...inPlace())).code).toBe(0);
  expect(await current()).toBe(one);

  const published = await index('publish', two!, '--to', 'assets', '--from', at('index'), '--out', at('deployed'));
  expect(published.out).toMatch(new RegExp(`deployed: answers from ${two} \\(\\d+ of \\d+ files`));
  expect(await answeredFrom(folderStore(at('deployed')))).toBe(two);
});

test('a build that is killed, wherever, leaves the index that was there', async () => {
  const before = await current();
  const bytes = await readFile(at('index/current.json'));
  for (const [i, ms] of [300, 600, 900, 1200].entries()) {
    await song('e', 600 + 10 * i);
    const { child, ended } = start('build', '--music', at('music'), ...withModel());
    await new Promise((resolve) => setTimeout(resolve, ms));
    child.kill('SIGKILL');
    await ended;
    if (child.exitCode === null) expect(await readFile(at('index/current.json'))).toEqual(bytes);
    else break; // it was through: a fast machine
  }
  expect(await current()).toMatch(/^[0-9a-f]{12}$/);
  if (await readFile(at('index/current.json')).then((now) => now.equals(bytes))) expect(await current()).toBe(before);
});

test('what is wrong is told with what to do, and exits with 1', async () => {
  const fails = async (args: string[], message: RegExp) => {
    const { code, err } = await index(...args);
    expect([code, err]).toEqual([1, expect.stringMatching(message)]);
  };
  await fails(
    ['verify', '--out', at('nowhere')],
    /expected an index, found none\. Build one by `cuepoint index build`/,
  );
  await fails(['verify', '0123456789ab', ...inPlace()], /index 0123456789ab: 1 fault/);
  await fails(['remove', ...inPlace()], /expected --track ID or --file FILE, got neither/);
  await fails(['remove', '--track', 'x', ...inPlace()], /expected a track of the index, got the id "x"/);
  await fails(['add', ...withModel()], /expected --music FOLDER or --file FILE, got both or neither/);
  await fails(
    ['add', '--music', at('music'), '--checkpoint', at('none'), ...inPlace()],
    /none: expected a trained model/,
  );
  await fails(['publish', '--to', 'assets', '--from', at('index'), ...inPlace()], /expected two folders/);
  await fails(['rollback', '--remote', ...inPlace()], /--remote: expected it with R2/);
  const [vectors] = (await readdir(at('index/objects'))).filter((name) => name.startsWith('vectors'));
  await rm(at('index/objects', vectors));
  const broken = await index('verify', ...inPlace());
  const others = await Promise.all((await listed()).map((line) => index('verify', line.slice(0, 12), ...inPlace())));
  expect(
    [broken, ...others].some(
      ({ code, out }) => code === 1 && out.includes(`objects/${vectors}: expected a file, found none`),
    ),
  ).toBe(true);
});

test('a file that was replaced, one that cannot be read and tracks that are not in the folder any more are said', async () => {
  const other = [...library.withModel(), '--out', at('other')];
  await song('a', 220);
  await index('build', '--music', at('music'), ...other);
  await song('a', 777);
  const added = await index('add', '--music', at('music'), ...other);
  expect(added.out).toMatch(
    /note: a\.wav is in the index with another content, too: `cuepoint index remove --track a-[0-9a-f]{12}` takes that out/,
  );
  await writeFile(at('music/bad.mp3'), 'no music');
  const unreadable = await index('add', '--music', at('music'), ...other);
  expect([unreadable.code, unreadable.out]).toEqual([0, expect.stringMatching(/not indexed: bad\.mp3: /)]);
  await rm(at('music/a.wav'));
  const rebuilt = await index('build', '--music', at('music'), ...other);
  expect(rebuilt.out).toContain(
    'note: 2 tracks of the index that is answered from now are not in this folder, such as a.wav',
  );
});
