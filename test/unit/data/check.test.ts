import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Annotation, formatAnnotations } from '../../../offline/data/annotations.ts';
import { checkData } from '../../../offline/data/check.ts';
import { readDataset } from '../../../offline/data/dataset.ts';
import { encodeSafetensors, type NamedTensor } from '../../../offline/formats/safetensors.ts';
import { type TestFolder, testFolder } from './folder.ts';

const row = (videoId: string, musicId: string, change: Partial<Annotation> = {}): Annotation => ({
  videoId,
  musicId,
  musicStartSec: 0,
  musicEndSec: 5,
  musicTotalSec: 20,
  videoSec: 5,
  ...change,
});
const tensor = (shape: number[], value = 1): NamedTensor => ({
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
});
const shard = (tensors: Record<string, NamedTensor>) => encodeSafetensors(new Map(Object.entries(tensors)));
const video = { v1: tensor([2, 3]), v2: tensor([1, 3]), v3: tensor([1, 3]) };
const music = { '夜曲 [live]': tensor([8, 2]), m2: tensor([8, 2]) };
const train = [row('v1', '夜曲 [live]'), row('v2', 'm2')];

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
  await folder.write('train_data.csv', formatAnnotations(train));
  await folder.write('val_data.csv', formatAnnotations([row('v3', 'm2')]));
  await folder.write('test_data.csv', formatAnnotations([]));
  await folder.write('video.safetensors', shard(video));
  await folder.write('music.safetensors', shard(music));
});
afterEach(() => folder.remove());

const faults = async () => (await checkData(folder.path)).faults.map((f) => [f.file, f.line, f.reason]);
const writeTrain = (rows: Annotation[]) => folder.write('train_data.csv', formatAnnotations(rows));

describe('a good data folder', () => {
  test('has no faults, and what is there is told', async () => {
    const { found, faults: none } = await checkData(folder.path);
    expect(none).toEqual([]);
    expect(found).toContain('train_data.csv: 2 rows that can be read');
    expect(found).toContain('video*.safetensors: 3 tensors in 1 files, 3 values a token');
    expect(found.filter((line) => line.includes('training row'))).toEqual([
      'val_data.csv: 0 of 1 tracks have no training row',
    ]);
    await expect(readDataset(folder.path)).resolves.toBeDefined();
  });

  test('may have further columns and tensors that no row uses', async () => {
    const text = (await readFile(join(folder.path, 'val_data.csv'), 'utf8')).trim().split('\n');
    await folder.write('val_data.csv', `\ufeff${text[0]},music_path\r\n${text[1]},/曲/（DJ版） [1].mp3\r\n`);
    await folder.write('music-2.safetensors', shard({ m9: tensor([1, 2]) }));
    const { found, faults: none } = await checkData(folder.path);
    expect(none).toEqual([]);
    expect(found).toContain('music*.safetensors: 1 tensors that no row uses');
  });
});

describe('a data folder that a spreadsheet wrote', () => {
  test('is read as our own, and it is told how', async () => {
    const text = (await readFile(join(folder.path, 'train_data.csv'), 'utf8'))
      .replaceAll(',', ';')
      .replaceAll('\n', '\r\n');
    await folder.write('train_data.csv', Buffer.from(`\ufeff${text}`, 'utf16le'));
    const { found, faults: none } = await checkData(folder.path);
    expect(none).toEqual([]);
    expect(found).toContain('train_data.csv: semicolons, UTF-16LE, header, 2 rows');
    const told: string[] = [];
    const { splits } = await readDataset(folder.path, (line) => told.push(line));
    expect(splits.train).toEqual(train);
    expect(told).toEqual(['train_data.csv: semicolons, UTF-16LE, header, 2 rows']);
  });

  test('has its tokens whichever way the accents of an id are written', async () => {
    await folder.write('val_data.csv', formatAnnotations([row('e\u0301', 'm2')]));
    await folder.write('video.safetensors', shard({ v1: tensor([1, 3]), v2: tensor([1, 3]), é: tensor([1, 3]) }));
    expect(await faults()).toEqual([]);
    await expect(readDataset(folder.path)).resolves.toBeDefined();
  });

  test('is told from a folder of editing logs', async () => {
    await folder.write('train_data.csv', 'clip,track,start,end\na,b,1,2\n');
    expect((await faults())[0][2]).toMatch(
      /^expected training rows with .*, got an editing log \(clip, track, start, end\)/,
    );
  });
});

describe('a broken data folder', () => {
  test('has a fault for every row whose tokens are missing', async () => {
    await folder.write('video.safetensors', shard({ v2: video.v2 }));
    expect(await faults()).toEqual([
      ['train_data.csv', 2, 'no tokens of "v1" in video*.safetensors'],
      ['val_data.csv', 2, 'no tokens of "v3" in video*.safetensors'],
    ]);
  });

  test('has a fault for every tensor of another width, without tokens, or not finite', async () => {
    await folder.write(
      'video.safetensors',
      shard({
        v1: tensor([1, 4]),
        v2: tensor([1, 3]),
        v3: tensor([1, 3]),
        v4: tensor([1, 3], Number.NaN),
        v5: tensor([3]),
      }),
    );
    expect(await faults()).toEqual([
      ['video.safetensors', undefined, 'expected finite tokens for "v4", got NaN or Infinity. Encode it again.'],
      ['video.safetensors', undefined, 'expected [tokens, width] for "v5", got [3]. Encode it again.'],
      ['video.safetensors', undefined, 'expected [tokens, 3] for "v1", as most have, got [tokens, 4]'],
    ]);
  });

  test('has a fault for an id that two files claim, and for a file that is cut off', async () => {
    await folder.write('music-2.safetensors', shard({ m2: tensor([1, 2]) }));
    await folder.write('music-3.safetensors', shard({ m3: tensor([1, 2]) }).subarray(0, -3));
    const found = await faults();
    expect(found).toHaveLength(2);
    expect(found).toContainEqual([
      'music.safetensors',
      undefined,
      'the tokens of "m2" are in music-2.safetensors too. Remove one of the two',
    ]);
    expect(String(found.find(([file]) => file === 'music-3.safetensors'))).toContain('cut off');
  });

  test('has a fault for each row whose moment cannot be', async () => {
    await writeTrain([
      row('v1', 'm2', { musicStartSec: 6 }),
      row('v1', 'm2', { musicEndSec: 20.5 }),
      row('v1', 'm2', { musicStartSec: -1 }),
      row('v1', 'm2', { videoSec: 0 }),
      row('v2', 'm2', { musicEndSec: 20 }),
      row('v1', '夜曲 [live]', { musicStartSec: 241, musicEndSec: 244, musicTotalSec: 300 }),
    ]);
    expect(await faults()).toEqual([
      ['train_data.csv', 2, 'expected a moment that ends after its start, got "music_start" 6 and "music_end" 5 s'],
      ['train_data.csv', 3, 'expected a moment within the track of 20 s, got its end at 20.5 s'],
      ['train_data.csv', 4, 'expected a moment that starts at 0 or later, got "music_start" -1 s'],
      ['train_data.csv', 5, 'expected a clip longer than 0 s, got 0'],
      ['train_data.csv', 7, 'expected a moment that starts within the 240 s that are heard, got 241 s'],
    ]);
  });

  test('has a fault for a repeated row, a clip in two splits, and a track of two lengths', async () => {
    await writeTrain([...train, row('v1', '夜曲 [live]'), row('v3', 'm2', { musicStartSec: 1, musicTotalSec: 30 })]);
    expect(await faults()).toEqual([
      ['train_data.csv', 4, 'the same use as line 2 of train_data.csv'],
      ['train_data.csv', 5, 'the track "m2" has 30 s here and 20 s in line 3 of train_data.csv'],
      ['val_data.csv', 2, 'the clip "v3" is in another split too, line 5 of train_data.csv'],
    ]);
  });

  test('has a fault for each line that is no row, and the lines after it are read', async () => {
    const [heading, first, second] = formatAnnotations(train).split('\n');
    const bad = ['"v1"x,m2,0,5,20,5', 'v1,m2,0', 'v1,m2,zero,5,20,5', 'v1,,0,5,20,5', 'v1,"m2,0,5,20,5'];
    await folder.write('train_data.csv', [heading, first, ...bad, second, ''].join('\n'));
    const found = await faults();
    expect(found.map(([, line]) => line)).toEqual([3, 4, 5, 6, 7]);
    expect(found.map(([, , reason]) => String(reason).slice(0, 45))).toEqual([
      'expected CSV, got a line that is not: Invalid',
      'expected 6 cells with commas between them, go',
      'column "music_start": expected seconds (12.5)',
      'column "music_id": expected a name, got nothi',
      'expected CSV, got a line that is not: Quote N',
    ]);
  });

  test('has a fault for a column, a file and token files that are missing', async () => {
    await folder.write('train_data.csv', 'video_id,music_id,music_start\nv1,m2,0\n');
    await rm(join(folder.path, 'test_data.csv'));
    await rm(join(folder.path, 'music.safetensors'));
    await folder.write('encoders.json', '{"image": 1}');
    const found = await faults();
    expect(found.map(([file]) => file)).toEqual([
      'train_data.csv',
      'train_data.csv',
      'test_data.csv',
      'encoders.json',
      'music*.safetensors',
    ]);
    expect(found[0][2]).toContain('found no music_end, music_total_duration, video_segment_duration');
  });
});
