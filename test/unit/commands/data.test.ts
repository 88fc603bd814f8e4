import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { encodeSafetensors } from '../../../offline/nn/safetensors.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { startCuepoint } from './start-cuepoint.ts';

const HEADING = 'video_id,music_id,music_start,music_end,music_total_duration,video_segment_duration\n';
const tokens = (id: string) => encodeSafetensors(new Map([[id, { shape: [1, 2], data: Float32Array.of(1, 2) }]]));

vi.setConfig({ testTimeout: 60_000 }); // each call is a process of its own

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

const data = (...args: string[]) => startCuepoint(['data', ...args]).ended;

test('`data check` ends well on a good folder, and with 1 and every fault on a broken one', async () => {
  const good = await data('check', folder.path);
  expect([good.code, good.err]).toEqual([0, '']);
  expect(good.out).toContain('nothing is wrong');
  await folder.write('train_data.csv', `${HEADING}v1,m1,9,5,20,5\nv9,m9,0,5,20,5\n`);
  const json = join(folder.path, 'found.json');
  const bad = await data('check', folder.path, '--json', json);
  expect(bad.code).toBe(1);
  expect(bad.out.split('\n').filter((line) => line.startsWith('bad: '))).toEqual([
    'bad: train_data.csv line 2: expected a moment that ends after its start, got 9 to 5 s',
    'bad: train_data.csv line 3: no tokens of "v9" in video*.safetensors',
    'bad: train_data.csv line 3: no tokens of "m9" in music*.safetensors',
  ]);
  expect(JSON.parse(await readFile(json, 'utf8')).faults).toHaveLength(3);
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
  expect(await readFile(join(svg, 'train-fig-2e.svg'), 'utf8')).toContain('Where moments start, train');
  const two = await data('stats', join(folder.path, 'val_data.csv'), join(folder.path, 'train_data.csv'));
  expect(two.out).toMatch(/^all +2 +2 +1 /m);
});
