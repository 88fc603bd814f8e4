import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatAnnotations } from '../../../offline/data/annotations.ts';
import { type Dataset, readDataset, SPLITS } from '../../../offline/data/dataset.ts';
import type { NamedTensor } from '../../../offline/formats/safetensors.ts';
import { createShards } from '../../../offline/formats/shards.ts';
import { createRoom } from '../../../offline/nn/kept-tokens.ts';
import type { Tokens } from '../../../offline/nn/tokens.ts';
import { train } from '../../../offline/train/train.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { tinyConfig, tinyDataset } from './tiny.ts';

/** Of a shard: a clip of 7 frames has 56 bytes as float16, a track of 9 segments 90. */
const SHARD = 200;

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
  const { splits, videos, tracks } = tinyDataset();
  for (const split of SPLITS) await folder.write(`${split}_data.csv`, formatAnnotations(splits[split]));
  await folder.write('encoders.json', '{"image": "tiny-image", "audio": "tiny-audio"}');
  for (const [kind, tokens] of [['video', videos] as const, ['music', tracks] as const]) {
    const shards = createShards({ folder: folder.path, kind, dtype: 'F16', bytes: SHARD });
    for (const [id, tensor] of tokens) await shards.add(id, tensor);
    await shards.end();
  }
});
afterEach(() => folder.remove());

/** As if everything had been read at once. */
const inMemory = (tokens: Dataset['videos']): Dataset['videos'] =>
  new Map([...tokens].map(([id, { shape, data }]): [string, NamedTensor] => [id, { shape, data }]));

describe('a training on a folder', () => {
  const config = { ...tinyConfig, cuePrior: 0.5, spliceShare: 0.5, trackNoise: 0.1 };
  const bytesOf = async (data: Dataset, name: string, keptBytes?: number): Promise<Buffer> => {
    const sizes = { length: { epochs: 3 }, batch: 5, micro: 2, every: 1, keptBytes } as const;
    await train({ config, data, folder: join(folder.path, name), ...sizes, seed: 'seed', threads: 1 });
    return readFile(join(folder.path, name, 'last.safetensors'));
  };

  test('that keeps two shards of its tokens, or none, ends with the bytes of one that has all of them in memory', async () => {
    const data = await readDataset(folder.path);
    expect(data.videos.get(data.splits.train[0].videoId)!.data).not.toBe(
      data.videos.get(data.splits.train[0].videoId)!.data, // it is read from the file each time
    );
    const all = { ...data, videos: inMemory(data.videos), tracks: inMemory(data.tracks) };
    const whole = await bytesOf(all, 'whole');
    for (const keptBytes of [2 * SHARD, 0]) {
      const kept = await bytesOf(data, `kept-${keptBytes}`, keptBytes);
      expect(kept.equals(whole), `${keptBytes} bytes`).toBe(true);
    }
  });

  test('whose token files are replaced meanwhile stops with a sentence', async () => {
    const { videos, splits } = await readDataset(folder.path);
    await folder.write('video-0000.safetensors', await readFile(join(folder.path, 'video-0001.safetensors')));
    expect(() => videos.get(splits.train[0].videoId)!.data).toThrow(
      /video-0000\.safetensors: expected the file that was there at the start, got another one\. Start again\./,
    );
  });
});

describe('tokens that are kept', () => {
  test('are looked at once while there is room, and each time after it', () => {
    const looks = [0, 0, 0];
    const room = createRoom(3 * 4);
    const kept = looks.map((_, i) => {
      const tokens: Tokens = {
        get data() {
          looks[i]++;
          return new Float32Array(i === 1 ? 2 : 1);
        },
        count: 1,
      };
      return room.keeping(tokens);
    });
    for (let round = 0; round < 3; round++) expect(kept.map(({ data }) => data.length)).toEqual([1, 2, 1]);
    expect(looks).toEqual([1, 1, 3]);
  });
});
