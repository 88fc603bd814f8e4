import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readDataset, SPLITS } from '../../../offline/data/dataset.ts';
import { drawSplits, usualSizes } from '../../../offline/data/split.ts';
import { splitFolder } from '../../../offline/data/split-folder.ts';
import { encodeSafetensors } from '../../../offline/formats/safetensors.ts';
import { tinyDataset } from '../train/tiny.ts';
import { type TestFolder, testFolder } from './folder.ts';

interface Used {
  videoId: string;
  musicId: string;
}

describe('drawn splits', () => {
  const rows = fc.array(
    fc.record({
      videoId: fc.integer({ max: 30, min: 0 }).map(String),
      musicId: fc.integer({ max: 12, min: 0 }).map(String),
    }),
    { minLength: 1, maxLength: 60 },
  );
  const asked = fc.record({ val: fc.integer({ min: 0, max: 6 }), test: fc.integer({ min: 0, max: 6 }) });

  test('hold every row once, no video twice, and of validation and test no track twice, or are refused', () => {
    let drawn = 0;
    fc.assert(
      fc.property(rows, asked, fc.string(), (all, sizes, seed) => {
        let splits: Record<(typeof SPLITS)[number], Used[]>;
        try {
          splits = drawSplits(all, sizes, seed);
        } catch (error) {
          expect((error as Error).message).toMatch(/^split: expected .*, found \d+\. Give|none\. Give/);
          return;
        }
        drawn++;
        const placed = SPLITS.flatMap((split) => splits[split]);
        expect(placed).toHaveLength(all.length);
        expect(new Set(placed)).toEqual(new Set(all));
        for (const split of ['val', 'test'] as const) {
          expect(splits[split]).toHaveLength(sizes[split]);
          expect(new Set(splits[split].map(({ musicId }) => musicId)).size).toBe(sizes[split]);
        }
        const videos = SPLITS.map((split) => new Set(splits[split].map(({ videoId }) => videoId)));
        for (const [i, one] of videos.entries())
          for (const other of videos.slice(i + 1)) expect([...one].filter((video) => other.has(video))).toEqual([]);
      }),
    );
    expect(drawn).toBeGreaterThan(10);
  });

  test('are the same for the same seed, and others for another', () => {
    const all = Array.from({ length: 60 }, (_, i) => ({ videoId: `v${i}`, musicId: `m${i % 20}` }));
    const sizes = { val: 5, test: 5 };
    expect(drawSplits(all, sizes, '1')).toEqual(drawSplits(all, sizes, '1'));
    expect(drawSplits(all, sizes, '1')).not.toEqual(drawSplits(all, sizes, '2'));
  });

  test('take one row in twelve unless told, and one at least', () => {
    const of = (count: number) => Array.from({ length: count }, (_, i) => ({ videoId: `${i}`, musicId: `${i}` }));
    expect(usualSizes(of(120))).toEqual({ val: 10, test: 10 });
    expect(usualSizes(of(3))).toEqual({ val: 1, test: 1 });
    expect(() => usualSizes(of(2))).toThrow('split: expected 3 rows or more, got 2. Annotate more uses of your music.');
  });
});

describe('a data folder', () => {
  let folder: TestFolder;
  const columns = 'video_id,music_id,music_start,music_end,music_total_duration,video_segment_duration';
  beforeAll(async () => {
    folder = await testFolder();
    const { splits, videos, tracks, encoders } = tinyDataset();
    for (const split of SPLITS) {
      const lines = splits[split].map(
        (row, i) =>
          `"${row.videoId}","${row.musicId}",${row.musicStartSec},${row.musicEndSec},22.50,6.5${split === 'val' ? '' : `,"Beauty, ${i}"`}`,
      );
      const heading = `${columns}${split === 'val' ? '' : ',video_category'}`;
      await folder.write(`${split}_data.csv`, `${[heading, ...lines].join('\r\n')}\r\n`);
    }
    await folder.write('video-0.safetensors', encodeSafetensors(videos));
    await folder.write('music-0.safetensors', encodeSafetensors(tracks));
    await folder.write('encoders.json', JSON.stringify(encoders));
    await folder.write('notes.txt', 'not ours');
  });
  afterAll(() => folder.remove());
  const split = (out: string, seed = '1', over = {}) =>
    splitFolder({ from: folder.path, out: join(folder.path, out), seed, ...over });
  const filesOf = async (out: string) => {
    const names = (await readdir(join(folder.path, out))).sort();
    return Promise.all(names.map(async (name) => [name, await readFile(join(folder.path, out, name), 'base64')]));
  };

  test('that was split anew can be trained on, with as many rows held out as before and every column kept', async () => {
    const before = await readDataset(folder.path);
    const splits = await split('again');
    const data = await readDataset(join(folder.path, 'again'));
    for (const name of SPLITS) expect(data.splits[name]).toHaveLength(before.splits[name].length);
    expect(data.fingerprint).toBe(before.fingerprint);
    const rows = (all: typeof before) => SPLITS.flatMap((name) => all.splits[name].map((row) => JSON.stringify(row)));
    expect(rows(data).sort()).toEqual(rows(before).sort());
    expect((await filesOf('again')).map(([name]) => name)).toEqual(
      [
        'encoders.json',
        'music-0.safetensors',
        ...SPLITS.map((name) => `${name}_data.csv`),
        'video-0.safetensors',
      ].sort(),
    );
    const text = await readFile(join(folder.path, 'again/train_data.csv'), 'utf8');
    expect(text.split('\n')[0]).toBe(`${columns},video_category`);
    expect(text).toContain(',22.50,6.5,"Beauty, '); // numbers as they were written
    expect(splits.train[0].videoId).toBe(data.splits.train[0].videoId);
  });

  test('gives equal bytes for an equal seed, and other splits for another', async () => {
    await split('one');
    await split('two');
    await split('other', '2');
    expect(await filesOf('two')).toEqual(await filesOf('one'));
    expect(await filesOf('other')).not.toEqual(await filesOf('one'));
  });

  test('with tracks held out of training asks about the same rows, and trains on those of the other tracks', async () => {
    await split('all');
    const told: string[] = [];
    const options = { heldOutShare: 0.25, tell: (line: string) => void told.push(line) };
    const { train } = await split('fewer', '1', options);
    const [all, fewer] = [await filesOf('all'), await filesOf('fewer')];
    expect(fewer.filter(([name], i) => fewer[i][1] !== all[i][1] && name)).toEqual([
      ['train_data.csv', expect.any(String)],
    ]);
    const data = await readDataset(join(folder.path, 'fewer'));
    expect(data.splits.train.map(({ videoId }) => videoId)).toEqual(train.map(({ videoId }) => videoId));
    const left = (await readDataset(join(folder.path, 'all'))).splits.train.length - train.length;
    expect(told).toEqual([`held out of training: 2 of 8 tracks; ${left} rows of theirs are in no split`]);
    expect(new Set(train.map(({ musicId }) => musicId)).size).toBe(6);
    await split('fewer again', '1', options);
    expect(await filesOf('fewer again')).toEqual(fewer);
  });

  test('is not written over, nor split where a row is bad or too many are asked for', async () => {
    await split('full');
    await expect(split('full')).rejects.toThrow(/full: expected a new or empty folder, found \d files/);
    await expect(split('many', '1', { sizes: { test: 9 } })).rejects.toThrow(
      'split: expected 9 rows for test with a track of their own, found 8. Give a smaller --test.',
    );
    await folder.write('val_data.csv', `${columns}\nv,m,9,1,22,6\n`);
    await expect(split('bad')).rejects.toThrow(
      /val_data.csv line 2: expected a moment that ends after its start, got "music_start" 9 and "music_end" 1 s\. `cuepoint data check` lists/,
    );
    expect((await readdir(folder.path)).filter((name) => /^(many|bad)|partial/.test(name))).toEqual([]);
  });
});
