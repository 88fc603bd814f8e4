import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeSafetensors } from '../../../offline/formats/safetensors.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { runCuepoint } from './run-cuepoint.ts';
import { startCuepoint } from './start-cuepoint.ts';

const HEADING = 'video_id,music_id,music_start,music_end,music_total_duration,video_segment_duration\n';
const tokens = (id: string) => encodeSafetensors(new Map([[id, { shape: [1, 2], data: Float32Array.of(1, 2) }]]));

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
  await folder.write('train_data.csv', `${HEADING}v1,m1,0,5,20,5\n`);
  await folder.write('val_data.csv', `${HEADING}v2,m1,0,5,20,5\n`);
  await folder.write('test_data.csv', HEADING);
  await folder.write('video-0.safetensors', tokens('v1'));
  await folder.write('video-1.safetensors', tokens('v2'));
  await folder.write('music-0.safetensors', tokens('m1'));
});
afterEach(() => folder.remove());

const data = (...args: string[]) => runCuepoint(['data', ...args]);

test('`data check` ends well on a good folder, and with 1 and every fault on a broken one', async () => {
  const good = await startCuepoint(['data', 'check', folder.path]).ended;
  expect([good.code, good.err]).toEqual([0, '']);
  expect(good.out).toContain('nothing is wrong');
  await folder.write('train_data.csv', `${HEADING}v1,m1,9,5,20,5\nv9,m9,0,5,20,5\n`);
  const json = join(folder.path, 'found.json');
  const bad = await data('check', folder.path, '--json', json);
  expect(bad.code).toBe(1);
  expect(bad.out.split('\n').filter((line) => line.startsWith('bad: '))).toEqual([
    'bad: train_data.csv line 2: expected a moment that ends after its start, got "music_start" 9 and "music_end" 5 s',
    'bad: train_data.csv line 3: no tokens of "v9" in video*.safetensors',
    'bad: train_data.csv line 3: no tokens of "m9" in music*.safetensors',
  ]);
  expect(JSON.parse(await readFile(json, 'utf8')).faults).toHaveLength(3);
});

test('`data check` tells the first five of faults that are alike, and how many more there are', async () => {
  const rows = Array.from({ length: 9 }, (_, i) => `lost${i},m1,0,5,20,5\n`);
  await folder.write('train_data.csv', HEADING + rows.join(''));
  const { code, out } = await data('check', folder.path);
  expect(code).toBe(1);
  expect(out.split('\n').filter((line) => line.startsWith('bad: train'))).toEqual([
    ...[0, 1, 2, 3, 4].map((i) => `bad: train_data.csv line ${i + 2}: no tokens of "lost${i}" in video*.safetensors`),
    'bad: train_data.csv: 4 more like it; --json lists them',
  ]);
  expect(out).toContain('9 faults');
});

test('`data split` writes folders to train on and says what they hold, or what is wrong with the flags', async () => {
  await folder.write('train_data.csv', `${HEADING}v1,m1,0,5,20,5\nv3,m1,0,5,20,5\n`);
  const out = join(folder.path, 'new');
  const told = await data('split', folder.path, '--out', out, '--splits', '2', '--test', '1');
  expect([told.code, told.err]).toEqual([0, '']);
  expect(told.out).toContain('split-2:');
  expect(told.out).toContain('no video is in two splits');
  expect(told.out).toMatch(/^test +1 +1 +1 /m);
  expect(await readFile(join(out, 'split-1/test_data.csv'), 'utf8')).toMatch(/^video_id.*\nv[123],m1/);
  const wrong = await data('split', folder.path, '--out', join(folder.path, 'no'), '--test', 'half');
  expect([wrong.code, wrong.err.trim()]).toEqual([1, '--test: expected a whole number from 1, got "half".']);
});

test('`data make` says what is wrong with a log before it encodes anything', async () => {
  const log = await folder.write('log.csv', 'clip,song\n');
  const { code, err } = await data(
    'make',
    ...['--music', folder.path, '--clips', folder.path],
    '--log',
    log,
    '--out',
    join(folder.path, 'own'),
  );
  expect(code).toBe(1);
  expect(err).toContain(
    'log.csv: expected the columns clip, track, start, end, found no track, start, end in "clip,song".',
  );
});

test('`evaluate --cues` says what it understood of both files before what they are worth', async () => {
  const log = await folder.write('log.csv', `${HEADING}v1,m1,0,5,20,5\nv1,m1,0,5,20,5\n`.replaceAll(',', ';'));
  const asked = await folder.write('asked.csv', `${HEADING}v2 , m1 , 0 , 5 , 20 , 5\n`);
  const { code, out } = await runCuepoint(['evaluate', '--cues', '--log', log, '--test', asked, '--draws', '9']);
  expect(code).toBe(0);
  expect(out.split('\n').slice(0, 2)).toEqual([
    'read log.csv: semicolons, UTF-8, header, 2 rows, 1 repeated and counted once',
    'read asked.csv: commas, UTF-8, header, 1 row',
  ]);
  expect(out).toMatch(/^cue, else 0 +1\.000 /m);
});

test('`data stats` tells a folder and single files, and draws four figures of each split and of all', async () => {
  const svg = join(folder.path, 'svg');
  const { code, out } = await data('stats', folder.path, '--svg', svg);
  expect(code).toBe(0);
  expect(
    out
      .split('\n')
      .map((line) => line.split(/\s/)[0])
      .slice(0, 5),
  ).toEqual(['split', 'train', 'val', 'test', 'all']);
  expect(out).toContain('\nval: 0 of 1 tracks have no training row\n');
  expect(await readFile(join(svg, 'train-fig-2e.svg'), 'utf8')).toContain('Where moments lie, train');
  const two = await data('stats', join(folder.path, 'val_data.csv'), join(folder.path, 'train_data.csv'));
  expect(two.out).toMatch(/^all +2 +2 +1 /m);
});
