import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Annotation, formatAnnotations, readAnnotations } from '../../../offline/data/annotations.ts';
import { isNothing, trimmed } from '../../../offline/formats/tables/cells.ts';
import { type TestFolder, testFolder } from './folder.ts';

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
});
afterAll(() => folder.remove());

const read = async (text: string | Uint8Array) => readAnnotations(await folder.write('rows.csv', text));
const row: Annotation = {
  videoId: 'clip',
  musicId: 'track',
  musicStartSec: 1.5,
  musicEndSec: 11.25,
  musicTotalSec: 60,
  videoSec: 9.75,
};

/** All columns of MGSV-EC, in its order, with made-up values in the ones that are not used. */
const MGSV = `video_id,music_id,video_start,video_end,music_start,music_end,music_total_duration,video_segment_duration,music_segment_duration,music_path,video_total_duration,video_width,video_height,video_total_frames,video_frame_rate,video_category
100000000001,4+5xabc,0.0,33.873,85.802,119.674,224.633,33.873,33.872,/music/4/4+5xabc+夜曲(伴奏).mp3,33.9,720,1280,1017,30,Beauty
100000000002,7+5xdef,0.0,30.106,0.0,30.106,74.908,30.106,30.106,"/music/7/7+5xdef+A, ""B"" [live]（吉他版）.mp3",30.15,720,1280,1809,60,Home Furnishings
`;

describe('annotations', () => {
  test('are read from the columns of MGSV-EC', async () => {
    const [first, second] = await read(MGSV);
    expect(first).toEqual({
      videoId: '100000000001',
      musicId: '4+5xabc',
      musicStartSec: 85.802,
      musicEndSec: 119.674,
      musicTotalSec: 224.633,
      videoSec: 33.873,
    });
    expect(second.musicId).toBe('7+5xdef');
    expect(second.musicStartSec).toBe(0);
  });

  test('are read whatever the order of the columns, the line ends and a byte-order mark', async () => {
    const text = [
      '\ufeffmusic_end,music_start,video_segment_duration,music_total_duration,music_id,video_id',
      '11.25,1.5,9.75,60,track,clip',
      '',
    ].join('\r\n');
    expect(await read(text)).toEqual([row]);
  });

  test('come back as they were written, with any letters, brackets, commas, quotes and line ends', async () => {
    const rows = ['夜曲（伴奏）', 'a,b', 'say "hi"', '"', '[x] {y}', 'two\nlines', 'three\r\nlines\rof all kinds'].map(
      (musicId, i): Annotation => ({
        ...row,
        videoId: `Ünïcode ${i}`,
        musicId,
        musicStartSec: i / 3,
        musicEndSec: 20 + 1e-7,
      }),
    );
    expect(await read(formatAnnotations(rows))).toEqual(rows);
  });

  test('never change on their way through a file', async () => {
    // Names come trimmed, with their accents in one form, and "-" is none.
    const id = fc
      .string({ minLength: 1, unit: 'grapheme' })
      .map((text) => trimmed(text).normalize('NFC'))
      .filter((text) => !isNothing(text));
    const sec = fc.double({ min: 0, max: 1e4, noNaN: true });
    const rows = fc.array(
      fc.record({
        videoId: id,
        musicId: id,
        start: sec,
        length: fc.double({ min: 0.01, max: 100, noNaN: true }),
        total: sec,
      }),
      { maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(rows, async (drawn) => {
        const wanted = drawn.map(
          ({ videoId, musicId, start, length, total }): Annotation => ({
            videoId,
            musicId,
            musicStartSec: start + 0, // not minus zero
            musicEndSec: start + length,
            musicTotalSec: total + 0,
            videoSec: length,
          }),
        );
        expect(await read(formatAnnotations(wanted))).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });

  test('of none are a heading and come back as none', async () => {
    expect(formatAnnotations([])).toBe(
      'video_id,music_id,music_start,music_end,music_total_duration,video_segment_duration\n',
    );
    expect(await read(formatAnnotations([]))).toEqual([]);
  });
});

describe('an annotation that cannot be used is refused with its file, row and column', () => {
  const HEAD = 'video_id,music_id,music_start,music_end,music_total_duration,video_segment_duration';
  test.each([
    [
      'a number that is none',
      `${HEAD}\na,b,1,2,3,4\na,b,1,two,3,4\n`,
      /rows\.csv: row 2 \(line 3\): column "music_end": expected seconds .*, got "two"\. Mend or remove the row/,
    ],
    [
      'infinity',
      `${HEAD}\na,b,1,Infinity,3,4\n`,
      /row 1 \(line 2\): column "music_end": expected seconds .*, got "Infinity"\./,
    ],
    ['an empty cell', `${HEAD}\na,,1,2,3,4\n`, /row 1 \(line 2\): column "music_id": expected a name, got nothing\./],
    ['a cell of spaces', `${HEAD}\na,b,  ,2,3,4\n`, /row 1 .*: column "music_start": expected seconds, got nothing\./],
    [
      'a missing column',
      'video_id,music_id\na,b\n',
      /expected the columns video_id, .*, found no music_start, music_end, /,
    ],
    [
      'a moment that runs backwards',
      `${HEAD}\na,b,5,2,9,4\n`,
      /row 1 .*: expected a moment that ends after its start, got "music_start" 5 and "music_end" 2 s\./,
    ],
    [
      'a moment of no length',
      `${HEAD}\na,b,5,5,9,4\n`,
      /row 1 .*: expected a moment that ends after its start, got "music_start" 5 and "music_end" 5 s\./,
    ],
    [
      'a moment before the track',
      `${HEAD}\na,b,-1,5,9,4\n`,
      /row 1 .*: expected a moment that starts at 0 or later, got "music_start" -1 s\./,
    ],
    [
      'a row that is cut off',
      `${HEAD}\na,b,1,2,3,4\na,b,1\n`,
      /rows\.csv: line 3: expected 6 cells with commas between them, got 3\. Write the empty ones too/,
    ],
    [
      'a quote that never ends',
      `${HEAD}\n"a,b,1,2,3,4\n`,
      /rows\.csv: line 2: expected CSV, got a line that is not: Quote Not Closed/,
    ],
  ])('%s', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  test('a file that is not there', async () => {
    await expect(readAnnotations(`${folder.path}/none.csv`)).rejects.toThrow(
      `${folder.path}/none.csv: expected annotations as CSV, found no such file. Check the path`,
    );
  });
});
