import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Annotation, formatAnnotations } from '../../../offline/data/annotations.ts';
import { readDataset } from '../../../offline/data/dataset.ts';
import { encodeSafetensors, type NamedTensor } from '../../../offline/formats/safetensors.ts';
import { type TestFolder, testFolder } from './folder.ts';

let folder: TestFolder;

const row = (videoId: string, musicId: string): Annotation => ({
  videoId,
  musicId,
  musicStartSec: 0,
  musicEndSec: 5,
  musicTotalSec: 20,
  videoSec: 5,
});
const tensor = (...values: number[]): NamedTensor => ({
  shape: [values.length / 2, 2],
  data: Float32Array.from(values),
});
const shard = (tensors: Record<string, NamedTensor>) => encodeSafetensors(new Map(Object.entries(tensors)));

beforeEach(async () => {
  folder = await testFolder();
  await folder.write('encoders.json', '{"image": "basic-frames", "audio": "basic-audio"}');
  await folder.write('train_data.csv', formatAnnotations([row('v1', '夜曲 (live)'), row('v2', 'm2')]));
  await folder.write('val_data.csv', formatAnnotations([row('v3', 'm2')]));
  await folder.write('test_data.csv', formatAnnotations([]));
  await folder.write('video-0.safetensors', shard({ v1: tensor(1, 2), v2: tensor(3, 4, 5, 6) }));
  await folder.write('video-1.safetensors', shard({ v3: tensor(7, 8) }));
  await folder.write('music.safetensors', shard({ '夜曲 (live)': tensor(9, 10), m2: tensor(11, 12) }));
});
afterEach(() => folder.remove());

const refused = (message: string | RegExp) => expect(readDataset(folder.path)).rejects.toThrow(message);

describe('a data set', () => {
  test('is read with its splits, its encoders and the tokens of all its shards', async () => {
    const { encoders, splits, videos, tracks } = await readDataset(folder.path);
    expect(encoders).toEqual({ image: 'basic-frames', audio: 'basic-audio' });
    expect([splits.train.length, splits.val.length, splits.test.length]).toEqual([2, 1, 0]);
    expect(videos.get('v2')).toEqual(tensor(3, 4, 5, 6));
    expect(videos.get('v3')).toEqual(tensor(7, 8));
    expect(tracks.get('夜曲 (live)')).toEqual(tensor(9, 10));
  });

  test('is refused when a clip or a track of its annotations has no tokens', async () => {
    await folder.write('val_data.csv', formatAnnotations([row('v9', 'm2')]));
    await refused('no tokens of the clip "v9" in video*.safetensors');
    await folder.write('val_data.csv', formatAnnotations([row('v1', 'm9')]));
    await refused('no tokens of the track "m9" in music*.safetensors');
  });

  test('is refused when there are no token files', async () => {
    await rm(join(folder.path, 'music.safetensors'));
    await refused('expected music*.safetensors, found none');
  });

  test('is refused in words when the folder or one of its files is not there', async () => {
    const none = join(folder.path, 'none');
    await expect(readDataset(none)).rejects.toThrow(
      `${none}: expected a folder of tokens and annotations, found no such folder. Check the path.`,
    );
    await rm(join(folder.path, 'test_data.csv'));
    await refused(/test_data\.csv: expected annotations as CSV, found no such file\. /);
  });

  test('is refused when there is nothing to train on or to validate with', async () => {
    await folder.write('val_data.csv', formatAnnotations([]));
    await refused('expected rows in train_data.csv and val_data.csv');
  });

  test('is refused with the file and the id of tokens that cannot be used', async () => {
    await folder.write('music-2.safetensors', shard({ m3: { shape: [2], data: Float32Array.of(1, 2) } }));
    await refused('music-2.safetensors: expected [tokens, width] for "m3", got [2].');
    await folder.write('music-2.safetensors', shard({ m3: { shape: [0, 2], data: new Float32Array(0) } }));
    await refused('music-2.safetensors: expected [tokens, 2] for "m3", got [0, 2].');
    await folder.write('music-2.safetensors', shard({ m3: { shape: [1, 3], data: new Float32Array(3) } }));
    await refused(
      'music.safetensors: expected [tokens, 3] for "夜曲 (live)", got [1, 2]. Encode all media with one encoder.',
    );
    await folder.write('music-2.safetensors', shard({ m3: tensor(1, Number.NaN) }));
    await refused('music-2.safetensors: expected finite tokens for "m3", got NaN or Infinity.');
    await folder.write('music-2.safetensors', shard({ m2: tensor(1, 2) }));
    await refused('music.safetensors: expected its tokens once in music*.safetensors for "m2", got them twice.');
  });

  test('is refused when encoders.json does not say which encoders its tokens come from', async () => {
    for (const text of ['{"image": "x"}', 'null', '{"image": 1, "audio": 2}', 'basic']) {
      await folder.write('encoders.json', text);
      await refused(/encoders\.json: expected \{"image": name, "audio": name\}, got something else/);
    }
  });

  test('is refused when a token file says that it is of another encoder than the others, or than encoders.json', async () => {
    const named = (key: string, tensors: Record<string, NamedTensor>) =>
      encodeSafetensors(new Map(Object.entries(tensors)), { encoder: key });
    await folder.write('video-0.safetensors', named('mine-0123456789ab', { v1: tensor(1, 2), v2: tensor(3, 4) }));
    expect((await readDataset(folder.path)).encoders).toMatchObject({ imageKey: 'mine-0123456789ab' });
    await folder.write('video-1.safetensors', named('mine-ba9876543210', { v3: tensor(7, 8) }));
    await refused(
      'video-1.safetensors: expected tokens of mine-0123456789ab, as in the files before it, got those of mine-ba9876543210. Encode all media again with one encoder.',
    );
    await folder.write('video-1.safetensors', named('mine-0123456789ab', { v3: tensor(7, 8) }));
    await folder.write('encoders.json', '{"image": "mine", "audio": "basic-audio", "imageKey": "mine-ba9876543210"}');
    await refused('expected tokens of mine-ba9876543210 in video*.safetensors, as encoders.json says, got those of');
  });

  test('without encoders.json is of CLIP and AST when its widths are theirs', async () => {
    await rm(join(folder.path, 'encoders.json'));
    expect((await readDataset(folder.path)).encoders).toEqual({ image: 'image-2', audio: 'audio-2' });
    const wide = (width: number): NamedTensor => ({ shape: [1, width], data: new Float32Array(width) });
    await rm(join(folder.path, 'video-1.safetensors'));
    await folder.write('video-0.safetensors', shard({ v1: wide(512), v2: wide(512), v3: wide(512) }));
    await folder.write('music.safetensors', shard({ '夜曲 (live)': wide(768), m2: wide(768) }));
    expect((await readDataset(folder.path)).encoders).toEqual({ image: 'clip-vit-b32', audio: 'ast' });
  });

  test('has another fingerprint when a token differs', async () => {
    const before = (await readDataset(folder.path)).fingerprint;
    expect((await readDataset(folder.path)).fingerprint).toBe(before);
    await folder.write('video-1.safetensors', shard({ v3: tensor(7, 9) }));
    expect((await readDataset(folder.path)).fingerprint).not.toBe(before);
  });

  test('has as its fingerprint the hash of the names and bytes of its token files', async () => {
    const hash = createHash('sha256');
    for (const name of ['video-0.safetensors', 'video-1.safetensors', 'music.safetensors'])
      hash.update(name).update(await readFile(join(folder.path, name)));
    expect((await readDataset(folder.path)).fingerprint).toBe(hash.digest('hex'));
  });

  test('that was cut off is refused with the name of the file', async () => {
    await folder.write('video-1.safetensors', shard({ v3: tensor(7, 8) }).subarray(0, -3));
    await refused(/video-1\.safetensors: .*cut off/);
  });

  test('is refused when its annotations are, with the file', async () => {
    await folder.write('train_data.csv', 'video_id,music_id\nv1,m2\n');
    await refused(/train_data\.csv: expected the columns video_id, .*, found no music_start, /);
  });
});
