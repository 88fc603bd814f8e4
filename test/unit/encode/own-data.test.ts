import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Annotation, readAnnotations } from '../../../offline/data/annotations.ts';
import type { LoggedUse } from '../../../offline/data/editing-log.ts';
import { annotate, type Media, partsIn, withoutUnread, writeRows } from '../../../offline/encode/own-data.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';

const media = (files: Record<string, number>, copies: Record<string, string[]> = {}): Media => ({
  result: {
    encoded: Object.keys(files).map((file) => ({
      path: file,
      file,
      bytes: 1,
      sha256: file,
      copies: copies[file] ?? [],
      remarks: [],
    })),
    rejected: [{ file: 'broken.mp4', reason: 'expected a video, got noise.' }],
  },
  known: new Map(
    Object.entries(files).flatMap(([file, durationSec]) =>
      [file, ...(copies[file] ?? [])].map((name) => [name, { id: `id of ${file}`, durationSec }] as const),
    ),
  ),
  hash: async () => '0'.repeat(64),
});
const clips = media({ 'day/a.mp4': 12, 'b.mp4': 9, 'b.mov': 9 }, { 'day/a.mp4': ['twin.mp4'] });
const music = media({ 'x.mp3': 60, 'long.flac': 600 });

const useOf = (over: Partial<LoggedUse>): LoggedUse => ({
  line: 2,
  clip: 'day/a.mp4',
  track: 'x.mp3',
  startSec: 10,
  endSec: 22,
  ...over,
});
const annotated = (over: Partial<LoggedUse>) =>
  annotate({ uses: [useOf(over)], faults: [] }, { clips, music, heardSec: 240 });
const row: Annotation = {
  videoId: 'id of day/a.mp4',
  musicId: 'id of x.mp3',
  musicStartSec: 10,
  musicEndSec: 22,
  musicTotalSec: 60,
  videoSec: 12,
};

describe('a use of the log', () => {
  test.each([{}, { clip: 'a' }, { clip: 'day/a' }, { clip: 'twin.mp4' }, { track: 'x' }])(
    'finds its media by file, with or without folder and ending, also a copy: %j',
    async (over) => {
      expect(await annotated(over)).toEqual({ rows: [row], repeated: 0, rejected: [] });
    },
  );

  test('ends with its track when it was rounded beyond', async () => {
    expect((await annotated({ startSec: 50, endSec: 60.4 })).rows[0].musicEndSec).toBe(60);
  });

  test('of music that begins at second 3 is of the clip from there on, and of the moment that was heard there', async () => {
    const { rows } = await annotated({ clip: 'b.mov', startSec: 42, endSec: 48, clipStartSec: 3 });
    expect(rows).toEqual([
      {
        videoId: 'id of b.mov@3000-9000',
        musicId: 'id of x.mp3',
        musicStartSec: 42,
        musicEndSec: 48,
        musicTotalSec: 60,
        videoSec: 6,
      },
    ]);
    const files = partsIn(rows, clips).map(({ file, part }) => [file, part]);
    expect(files).toEqual([['b.mov', { fromSec: 3, toSec: 9 }]]);
  });

  test.each([{ clipStartSec: 0 }, { clipStartSec: 0.04 }, { clipStartSec: 0, clipEndSec: 12.3 }, { clipEndSec: 11.7 }])(
    'that plays from the beginning of the clip to its end is of the whole clip: %j',
    async (over) => {
      expect((await annotated(over)).rows).toEqual([row]);
    },
  );

  test('leaves no row where the part could not be read, and says why', async () => {
    const whole = await annotated({ clipStartSec: 3 });
    const { rows, rejected } = withoutUnread(whole, new Map([[whole.rows[0].videoId, 'damaged there']]));
    expect([rows, rejected]).toEqual([[], [{ line: 2, reason: 'damaged there' }]]);
  });

  test.each([
    [{ clipStartSec: -1 }, 'expected a clip_start at 0 or later, got -1 s'],
    [{ clipStartSec: 12 }, 'expected music that begins within the clip of 12.000 s, got clip_start 12 s'],
    [{ clipStartSec: 4, clipEndSec: 4 }, 'expected a clip_end after the clip_start, got 4 to 4 s of the clip'],
    [{ clipEndSec: 12.6 }, 'expected music that ends within the clip of 12.000 s, got clip_end 12.6 s'],
    [{ clip: 'c.mp4' }, 'no clip is called "c.mp4"'],
    [{ track: 'y' }, 'no track is called "y"'],
    [{ clip: 'b' }, 'clip "b": expected one file of that name, found b.mp4 and b.mov. Name it with its ending.'],
    [{ clip: 'broken.mp4' }, 'the clip "broken.mp4" could not be read: expected a video, got noise.'],
    [{ startSec: -1 }, 'expected a start at 0 or later, got -1 s'],
    [{ endSec: 10 }, 'expected an end after the start, got 10 to 10 s'],
    [{ endSec: 60.6 }, 'expected an end within the track of 60.000 s, got 60.6 s'],
    [
      { track: 'long', startSec: 240, endSec: 250 },
      'expected a start within the 240 s that are heard of a track, got 240 s',
    ],
  ])('that cannot be is told with the reason: %j', async (over, reason) => {
    expect(await annotated(over)).toEqual({ rows: [], repeated: 0, rejected: [{ line: 2, reason }] });
  });
});

describe('names of a log', () => {
  const flat = media({ 'c1.mp4': 9, 'c2.mp4': 9 });
  const songs = media({ 'Café Del Mar.mp3': 60 });
  const rowsOf = async (...names: [string, string][]) => {
    const uses = names.map(([clip, track], i) => useOf({ line: i + 2, clip, track }));
    return annotate({ uses, faults: [] }, { clips: flat, music: songs, heardSec: 240 });
  };

  test('are found with "./", with the folders of another machine, and with accents written apart', async () => {
    const { rows, repeated, rejected } = await rowsOf(
      ['./c1.mp4', './Café Del Mar.mp3'],
      ['C:\\shoot\\c1.mp4', 'D:\\Music\\Cafe\u0301 Del Mar.mp3'],
      ['file:///Users/me/c2.mp4', 'Caf%C3%A9%20Del%20Mar.mp3'],
    );
    expect(rejected).toEqual([]);
    expect(rows.map(({ videoId, musicId }) => [videoId, musicId])).toEqual([
      ['id of c1.mp4', 'id of Café Del Mar.mp3'],
      ['id of c2.mp4', 'id of Café Del Mar.mp3'],
    ]);
    expect(repeated).toBe(1); // c1.mp4 in two spellings
  });

  test('of two different paths that end like one file are none of it', async () => {
    const { rows, rejected } = await rowsOf(['C:\\one\\c1.mp4', 'Café Del Mar'], ['C:\\two\\c1.mp4', 'Café Del Mar']);
    expect(rows).toEqual([]);
    expect(rejected[0].reason).toBe(
      'the clips "C:\\one\\c1.mp4" and "C:\\two\\c1.mp4" end like one file. Name them by their path within the folder',
    );
  });
});

describe('the rows', () => {
  let folder: TestFolder;
  beforeAll(async () => {
    folder = await testFolder();
  });
  afterAll(() => folder.remove());

  test('are written as splits, beside the lines that were rejected', async () => {
    const rows = Array.from({ length: 24 }, (_, i) => ({ ...row, videoId: `v${i}`, musicId: `m${i % 9}` }));
    const rejected = [{ line: 7, reason: 'no clip is called "c, d"' }];
    const splits = await writeRows({ rows, rejected }, { folder: folder.path, seed: '1' });
    expect([splits.train.length, splits.val.length, splits.test.length]).toEqual([20, 2, 2]);
    expect(await readAnnotations(join(folder.path, 'val_data.csv'))).toEqual(splits.val);
    expect(await readFile(join(folder.path, 'rejected.csv'), 'utf8')).toBe(
      'line,reason\n7,"no clip is called ""c, d"""\n',
    );
  });

  test('of tracks held out of training are in validation and test only', async () => {
    const rows = Array.from({ length: 24 }, (_, i) => ({ ...row, videoId: `v${i}`, musicId: `m${i % 8}` }));
    const told: string[] = [];
    const options = {
      folder: folder.path,
      seed: '1',
      heldOutShare: 0.25,
      tell: (line: string) => void told.push(line),
    };
    const { train, val, test } = await writeRows({ rows, rejected: [] }, options);
    expect(await readAnnotations(join(folder.path, 'train_data.csv'))).toEqual(train);
    expect([new Set(train.map(({ musicId }) => musicId)).size, val.length, test.length]).toEqual([6, 2, 2]);
    expect(told).toEqual([`held out of training: 2 of 8 tracks; ${20 - train.length} rows of theirs are in no split`]);
  });

  test('that are too few are refused, and what was rejected is told all the same', async () => {
    const rejected = [{ line: 3, reason: 'no "end"' }];
    await expect(writeRows({ rows: [row], rejected }, { folder: folder.path, seed: '1' })).rejects.toThrow(
      'split: expected 3 rows or more, got 1.',
    );
    expect(await readFile(join(folder.path, 'rejected.csv'), 'utf8')).toContain('3,"no ""end"""');
  });
});
