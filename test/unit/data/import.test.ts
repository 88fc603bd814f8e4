import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkData } from '../../../offline/data/check.ts';
import { readDataset } from '../../../offline/data/dataset.ts';
import { importFeatures } from '../../../offline/data/import.ts';
import { createProgress } from '../../../offline/lib/progress.ts';
import { type TestFolder, testFolder } from './folder.ts';
import { floats, torchFile } from './torch-writer.ts';

const HEADING =
  'video_id,music_id,video_start,video_end,music_start,music_end,music_total_duration,video_segment_duration,music_path';
const line = (clip: string, track: string) => `${clip},${track},0,5,1,6,20,5,/曲/${track}+（DJ版） [1].mp3`;

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
  await folder.write('train_data.csv', `${HEADING}\n${line('11', '4+5x')}\n${line('12', '夜曲')}\n`);
  await folder.write('val_data.csv', `${HEADING}\n${line('13', '4+5x')}\n`);
  await folder.write('test_data.csv', `${HEADING}\n`);
  for (const clip of ['11', '12', '13']) {
    await feature('vit_feature1/vit_feature', clip, torchFile(floats([3, 2], [1, 2, 3, 4, 0, 0])));
    await feature('vit_feature1/vit_mask', clip, torchFile(floats([3], [1, 1, 0])));
  }
  for (const track of ['4+5x', '夜曲']) {
    const mask = { shape: [2], bytes: Uint8Array.of(1, 1), storage: 'BoolStorage', count: 2 };
    await feature('ast_feature2p5/ast_feature', track, torchFile(floats([2, 2], [5, 6, 7, 8])));
    await feature('ast_feature2p5/ast_mask', track, torchFile(mask));
  }
});
afterEach(() => folder.remove());

async function feature(place: string, id: string, bytes: Uint8Array): Promise<void> {
  await mkdir(join(folder.path, place), { recursive: true });
  await writeFile(join(folder.path, place, `${id}.pt`), bytes);
}
const start = (label: string, total: number) => createProgress({ label, total, stream: { write: () => undefined } });
const run = (dtype: 'F16' | 'F32' = 'F32') =>
  importFeatures({ features: folder.path, csv: folder.path, out: join(folder.path, 'out'), dtype, start });

test.each(['F16', 'F32'] as const)(
  'released features become a folder to train on, as %s, without padded rows',
  async (dtype) => {
    expect(await run(dtype)).toEqual({ clips: 3, tracks: 2, rejected: [] });
    const { videos, tracks, splits } = await readDataset(join(folder.path, 'out'));
    expect(videos.get('11')).toEqual({ shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
    expect(tracks.get('夜曲')).toEqual({ shape: [2, 2], data: Float32Array.of(5, 6, 7, 8) });
    expect(splits.train.map(({ musicId }) => musicId)).toEqual(['4+5x', '夜曲']);
    expect((await checkData(join(folder.path, 'out'))).faults).toEqual([]);
  },
);

test('what cannot be read is told with the reason, and the rest is imported', async () => {
  await feature('vit_feature1/vit_feature', '12', Buffer.from('no archive'));
  await feature('vit_feature1/vit_mask', '13', torchFile(floats([4], [1, 1, 1, 1])));
  await feature('ast_feature2p5/ast_mask', '夜曲', torchFile(floats([2], [0, 0])));
  const { clips, tracks, rejected } = await run();
  expect([clips, tracks]).toEqual([1, 1]);
  expect(rejected.map(({ file }) => file)).toEqual(['vit_feature/12', 'vit_feature/13', 'ast_feature/夜曲']);
  expect(rejected[1].reason).toBe('expected a mask [3], got [4]');
  expect(rejected[2].reason).toBe('expected a real row, got a mask without any');
});

test('a value that float16 does not hold costs that tensor only', async () => {
  await feature('vit_feature1/vit_feature', '11', torchFile(floats([3, 2], [1e6, 2, 3, 4, 0, 0])));
  expect((await run('F16')).rejected.map(({ file }) => file)).toEqual(['vit_feature/11']);
});

test('an import that failed leaves no folder that looks whole, and is done again', async () => {
  await writeFile(join(folder.path, 'ast_feature2p5/ast_feature/4+5x.pt'), 'x');
  await writeFile(join(folder.path, 'ast_feature2p5/ast_feature/夜曲.pt'), 'x');
  await expect(run()).rejects.toThrow('none of 2 ast_feature tensors could be read');
  expect(await readdir(folder.path)).not.toContain('out');
  for (const track of ['4+5x', '夜曲'])
    await feature('ast_feature2p5/ast_feature', track, torchFile(floats([2, 2], [5, 6, 7, 8])));
  expect(await run()).toMatchObject({ clips: 3, tracks: 2 });
  await expect(run()).rejects.toThrow('expected a new or empty folder');
});
