/** `cuepoint align` as a person runs it. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeWav } from '../../../offline/media/wav.ts';
import { cutFrom, music, RATE } from '../align/music.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { hasFfmpeg } from '../media/video-files.ts';
import { runCuepoint } from './run-cuepoint.ts';
import { startCuepoint } from './start-cuepoint.ts';

let folder: TestFolder;
const at = (...names: string[]): string => join(folder.path, ...names);
const flags = (out: string, cache = 'cache') => [
  'align',
  '--posts',
  at('posts'),
  '--music',
  at('music'),
  '--out',
  at(out),
  '--cache',
  at(cache),
  '--workers',
  '1',
];

beforeAll(async () => {
  folder = await testFolder();
  for (const name of ['music', 'posts']) await mkdir(at(name));
  for (const seed of ['one', 'two']) await writeFile(at('music', `${seed}.wav`), writeWav(music(seed, 15), RATE));
  for (const [i, seed] of ['two', 'one', 'nobody'].entries())
    await writeFile(at('posts', `post-${i}.wav`), writeWav(cutFrom(music(seed, 15), 2 + i, 6), RATE));
  if (!hasFfmpeg) return;
  const silent = new URL('../../fixtures/cases/clips/right-half-transparent.mov', import.meta.url).pathname;
  await copyFile(silent, at('posts', 'silent.mov'));
});
afterAll(() => folder.remove());

test('a run that is killed and called again writes the same bytes as one that was not', async () => {
  const { child, ended } = startCuepoint(flags('killed.csv'));
  child.stderr.on('data', (piece: Buffer) => {
    if (/"step":"hear posts","done":[1-9]/.test(piece.toString())) child.kill('SIGKILL');
  });
  await ended;
  const again = await startCuepoint(flags('killed.csv')).ended;
  expect([again.code, again.out]).toEqual([0, expect.stringContaining('killed.csv: 2 moments in 2 of')]);
  expect(again.out).toContain('1 without: not in the library');
  await runCuepoint(flags('whole.csv', 'other-cache'));
  const log = await readFile(at('killed.csv'), 'utf8');
  expect(log).toBe(await readFile(at('whole.csv'), 'utf8'));
  const [heading, first, second, third] = log.split('\n');
  expect(heading).toBe('clip,track,start,end,clip_start,clip_end,rate,pitch,level,confidence,reason');
  expect(first).toMatch(/^post-0\.wav,two\.wav,2\.000,8\.000,0\.000,6\.000,1\.00000,0\.00,30\.0,0\.\d{3},$/);
  expect(second).toMatch(/^post-1\.wav,one\.wav,3\.000,9\.000,/);
  expect(third).toBe('post-2.wav,,,,,,,,,,not in the library');
  if (hasFfmpeg) expect(log).toContain('\nsilent.mov,,,,,,,,,,no sound\n');
});

test('a folder without posts, and one without music, are told before any work', async () => {
  const posts = await runCuepoint(['align', '--posts', at('none'), '--music', at('music'), '--out', at('x.csv')]);
  expect([posts.code, posts.err]).toEqual([
    1,
    expect.stringContaining('none: expected a folder of posts, got none there.'),
  ]);
  const music = await runCuepoint(['align', '--posts', at('posts'), '--music', at('none'), '--out', at('x.csv')]);
  expect([music.code, music.err]).toEqual([
    1,
    expect.stringContaining('none: expected a folder of music, got none there.'),
  ]);
});
