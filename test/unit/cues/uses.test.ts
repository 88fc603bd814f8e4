import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluateCues } from '../../../offline/cues/evaluate.ts';
import { readLog, readUses } from '../../../offline/cues/uses.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
});
afterAll(() => folder.remove());

const read = async (text: string) => readUses(await folder.write('log', text));
const lines = (...events: object[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('');

const used = {
  at: '2026-11-25T10:00:00.000Z',
  event: 'used',
  requestId: 'r1',
  clipId: 'c1',
  clipMs: 10_000,
  trackId: 'night-0123456789ab',
  startMs: 20_000,
  endMs: 30_000,
  trackMs: 60_000,
  rank: 1,
  indexVersion: 'i',
  modelVersion: 'm',
};
const use = {
  clipId: 'c1',
  trackId: 'night-0123456789ab',
  startMs: 20_000,
  endMs: 30_000,
  clipMs: 10_000,
  trackMs: 60_000,
};
const edited = { ...used, event: 'edited', startMs: 21_500, endMs: 31_000 };

describe('rows in the columns of MGSV-EC', () => {
  const HEAD =
    'video_id,music_id,music_start,music_end,music_total_duration,video_segment_duration,music_segment_duration,music_path';

  test('are uses, in milliseconds', async () => {
    const text = `${HEAD}\n11,7+5x,85.802,119.674,224.633,33.873,33.872,/m/0/7+5x+星星(伴奏).mp3\n`;
    expect(await read(text)).toEqual([
      {
        clipId: '11',
        trackId: '7+5x',
        trackPath: '/m/0/7+5x+星星(伴奏).mp3',
        startMs: 85_802,
        endMs: 119_674,
        clipMs: 33_873,
        trackMs: 224_633,
      },
    ]);
  });

  test('need no path', async () => {
    const text =
      '\ufeffvideo_id,music_id,music_start,music_end,music_total_duration,video_segment_duration\na,b,1,2,3,1\n';
    expect((await read(text))[0].trackPath).toBeUndefined();
  });

  test('that cannot be used are refused', async () => {
    await expect(read(`${HEAD}\n11,7+5x,85,12,224,33,33,\n`)).rejects.toThrow(
      'row 1 (line 2): expected a moment that ends after its start',
    );
  });
});

describe('feedback', () => {
  test('is a use where a moment was used, and none where it was shown or played', async () => {
    const text = lines({ ...used, event: 'shown' }, used, { ...used, event: 'played', clipId: 'c2' });
    expect(await read(text)).toEqual([use]);
  });

  test('has the final span where the moment was edited, before or after it was used', async () => {
    const final = [{ ...use, startMs: 21_500, endMs: 31_000 }];
    expect(await read(lines(used, { ...edited, at: '2026-11-25T10:01:00Z' }))).toEqual(final);
    expect(await read(lines(edited, { ...used, at: '2026-11-25T10:01:00Z' }))).toEqual(final);
  });

  test('has the last of several edits, in the order of time, not of the file', async () => {
    const later = { ...edited, at: '2026-11-25T11:00:00+00:30', startMs: 5_000 }; // 10:30 UTC
    expect((await read(lines(later, edited)))[0].startMs).toBe(5_000);
  });

  test("counts a clip's last request only, and its other tracks beside", async () => {
    const again = { ...used, requestId: 'r2', at: '2026-11-25T12:00:00Z', startMs: 1_000, endMs: 11_000 };
    const other = { ...used, trackId: 'day' };
    expect(await read(lines(edited, again, other))).toEqual([
      { ...use, startMs: 1_000, endMs: 11_000 },
      { ...use, trackId: 'day' },
    ]);
  });

  test('need not know how long a track is, and tells a clip of no length by the span', async () => {
    const { trackMs: _, ...event } = { ...used, clipMs: 0, endMs: 28_000 };
    expect(await read(lines(event))).toEqual([
      { clipId: 'c1', trackId: used.trackId, startMs: 20_000, endMs: 28_000, clipMs: 8_000 },
    ]);
  });

  test('may have empty lines and line ends of any kind', async () => {
    expect(await read(`\ufeff${JSON.stringify(used)}\r\n\r\n`)).toEqual([use]);
  });

  test.each<[string, string, RegExp]>([
    [
      'a line that is cut off',
      `${lines(used)}{"at": "20`,
      /log: line 2: expected a feedback event, got a line with not JSON\. Mend/,
    ],
    ['an event of another kind', lines({ ...used, event: 'liked' }), /line 1: .* no event that we know/],
    ['no track', lines({ ...used, trackId: '' }), /line 1: .* no "trackId"/],
    ['no time', lines({ ...used, at: 'noon' }), /line 1: .* no time in "at"/],
    ['an end before the start', lines({ ...used, endMs: 20_000 }), /line 1: .* no end after the start/],
  ])('with %s is refused with its line', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});

describe('a log of cues', () => {
  const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/cases/logs/${name}`, import.meta.url));
  const mIoU = async (log: string) =>
    evaluateCues(await readUses(fixture(log)), await readUses(fixture('cues-test.csv')), { seed: '1', draws: 10 }).cues
      .mIoU;

  test.each(['cues-same-without-spaces.csv', 'cues-spaces-after-commas.csv', 'cues-semicolons.csv'])(
    'is worth 0.921 however it is written: %s',
    async (name) => {
      expect(await mIoU(name)).toBeCloseTo(0.921, 3);
    },
  );

  test('with a space after each comma loses no cue', async () => {
    expect(await readUses(fixture('cues-spaces-after-commas.csv'))).toEqual(
      await readUses(fixture('cues-same-without-spaces.csv')),
    );
  });

  test('without a header, or with a start before the track, is refused in a sentence', async () => {
    await expect(readUses(fixture('cues-no-header.csv'))).rejects.toThrow(
      /cues-no-header\.csv: the first row looks like data: expected a header with the columns video_id, .*, got "v0,m0,0\.13,8\.85,200,8\.5"\. Put a line/,
    );
    await expect(readUses(fixture('cues-negative-start.csv'))).rejects.toThrow(
      /cues-negative-start\.csv: row 5 \(line 6\): expected a moment that starts at 0 or later, got "music_start" -5 s\. Mend or remove the row\.$/,
    );
  });

  test('that is an editing log, in CSV or JSON lines, is told what it is and what makes it a log of cues', async () => {
    for (const name of ['log-semicolons.csv', 'log-bom.jsonl'])
      await expect(readUses(fixture(name))).rejects.toThrow(
        /expected training rows with the columns video_id, .*, got an editing log \(clip, track, start, end\)\. `data make .*` takes it, and writes training rows: DIR\/train_data\.csv\./,
      );
    await expect(read('video_id,music_id,music_start,music_end\na,b,1,2\n')).rejects.toThrow(
      'got an editing log without the lengths of clips and tracks',
    );
  });

  test('counts repeated rows once, and says so', async () => {
    const row = 'a,b,1,2,3,1\n';
    const heading = 'video_id,music_id,music_start,music_end,music_total_duration,video_segment_duration\n';
    const { uses, understood } = await readLog(await folder.write('log', `${heading}${row}${row}a, b,1.0,2,3,1\n`));
    expect(uses).toHaveLength(1);
    expect(understood).toBe('log: commas, UTF-8, header, 3 rows, 2 repeated and counted once');
  });

  test('may be JSON lines of annotations, and feedback in UTF-16', async () => {
    const row = {
      video_id: 'a',
      music_id: 'b',
      music_start: 1,
      music_end: 2,
      music_total_duration: 3,
      video_segment_duration: 1,
    };
    expect(await read(lines(row))).toEqual([
      { clipId: 'a', trackId: 'b', trackPath: undefined, startMs: 1000, endMs: 2000, clipMs: 1000, trackMs: 3000 },
    ]);
    const wide = Buffer.from(`\ufeff${lines(used)}`, 'utf16le');
    expect(await readLog(await folder.write('wide', wide))).toEqual({
      uses: [use],
      understood: 'wide: feedback, UTF-16LE, 1 use of a track under a clip',
    });
  });
});

test('a log that is not there is refused', async () => {
  await expect(readUses(`${folder.path}/none`)).rejects.toThrow(/none: expected a log of used moments, .*no such file/);
  await expect(readUses(folder.path)).rejects.toThrow('expected a log of used moments, found no such file');
});
