import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEditingLog } from '../../../offline/data/editing-log.ts';
import { type TestFolder, testFolder } from './folder.ts';

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
});
afterAll(() => folder.remove());

const read = async (text: string | Uint8Array) => readEditingLog(await folder.write('log', text));
const use = (line: number, clip: string, startSec: number, endSec: number) => {
  return { line, clip, track: 'song.mp3', startSec, endSec };
};
const HEAD = 'clip,track,start,end\n';
const NO_SECONDS = 'expected seconds (12.5) or a time (m:ss, h:mm:ss.mmm)';

describe('an editing log', () => {
  test('is CSV with its columns in any order, others beside them', async () => {
    const { uses, faults } = await read(
      '\ufeffTrack, Start,End,who,clip\nsong.mp3,1.5,20,Ann,"a, b.mp4"\r\n\nsong.mp3,0,3,,c.mp4\n',
    );
    expect(uses).toEqual([use(2, 'a, b.mp4', 1.5, 20), use(4, 'c.mp4', 0, 3)]);
    expect(faults).toEqual([]);
  });

  test('or CSV with the columns of MGSV-EC', async () => {
    const { uses } = await read('video_id,music_id,music_start,music_end\na,song.mp3,1,2\n');
    expect(uses).toEqual([use(2, 'a', 1, 2)]);
  });

  test('or an object a line', async () => {
    const { uses } = await read(
      '{"clip":"a","track":"song.mp3","start":1,"end":2.5}\n\n{"video_id":"b","music_id":"song.mp3","music_start":"3","music_end":4}\n',
    );
    expect(uses).toEqual([use(1, 'a', 1, 2.5), use(3, 'b', 3, 4)]);
  });

  test('has seconds with decimal commas, or times of a clock', async () => {
    const { uses, faults } = await read(
      'clip;track;start;end\na;song.mp3;1,5;20,25\nb;song.mp3;1:02;1:05,5\nc;song.mp3;0:01:02.345;1:00:00\n',
    );
    expect(faults).toEqual([]);
    expect(uses).toEqual([use(2, 'a', 1.5, 20.25), use(3, 'b', 62, 65.5), use(4, 'c', 62.345, 3600)]);
  });

  test('says where in the clip the music begins and ends, with the clip itself where a cell is empty', async () => {
    const { uses, faults } = await read(
      'clip,track,start,end,Clip Start,clip_end\na,song.mp3,42,49,3,\nb,song.mp3,42,49,,\nc,song.mp3,42,45,0:03.5,6.5\nd,song.mp3,1,2,soon,\n',
    );
    expect(uses).toEqual([
      { ...use(2, 'a', 42, 49), clipStartSec: 3 },
      use(3, 'b', 42, 49),
      { ...use(4, 'c', 42, 45), clipStartSec: 3.5, clipEndSec: 6.5 },
    ]);
    expect(faults).toEqual([{ line: 5, reason: `column "clip_start": ${NO_SECONDS}, got "soon"` }]);
  });

  test('has two uses of one moment where they lie under two parts of a clip', async () => {
    const { uses } = await read(
      'clip,track,start,end,clip_start\na,song.mp3,1,2,0\na,song.mp3,1,2,\na,song.mp3,1,2,4\n',
    );
    expect(uses.map(({ line }) => line)).toEqual([2, 4]);
  });

  test('counts a use that is written several times once, however it is written, and says so', async () => {
    const { uses, understood } = await read(
      `${HEAD}a,song.mp3,1,62\na,song.mp3,1.0,1:02\n"a" , song.mp3,1,62\nb,song.mp3,1,62\n`,
    );
    expect(uses).toEqual([use(2, 'a', 1, 62), use(5, 'b', 1, 62)]);
    expect(understood).toBe('log: commas, UTF-8, header, 4 rows, 2 repeated and counted once');
  });

  test.each([
    [`${HEAD}a,b,x,2\n`, 2, `column "start": ${NO_SECONDS}, got "x"`],
    [`${HEAD}a,b,0x1,2\n`, 2, `column "start": ${NO_SECONDS}, got "0x1"`],
    [`${HEAD}a,b,1,1:75\n`, 2, `column "end": ${NO_SECONDS}, got "1:75"`],
    [`${HEAD}a,b,12s,20\n`, 2, `column "start": ${NO_SECONDS}, got "12s". Leave the unit out`],
    [
      `${HEAD}a,b,00:01:02:12,90\n`,
      2,
      `column "start": ${NO_SECONDS}, got "00:01:02:12", which ends in frames. Write them as decimals of a second`,
    ],
    [`${HEAD}a,b,,2\n`, 2, 'column "start": expected seconds, got nothing'],
    [`${HEAD}a,b,n/a,2\n`, 2, 'column "start": expected seconds, got nothing'],
    [`${HEAD}a,b,1\n`, 2, 'expected 4 cells with commas between them, got 3. Write the empty ones too'],
    [
      `${HEAD}a,b,1,5,2,5\n`,
      2,
      'expected 4 cells with commas between them, got 6. Put a cell that holds commas, such as 1,5, in quotes',
    ],
    [`${HEAD},b,1,2\n`, 2, 'column "clip": expected the name of a file, got nothing'],
    [
      `${HEAD}a,"b,1,2\n`,
      2,
      'expected CSV, got a line that is not: Quote Not Closed: the parsing is finished with an opening quote',
    ],
    ['{"clip":"a"}\n', 1, 'column "track": expected the name of a file, got nothing'],
    ['{"clip":"a"\n', 1, 'expected a JSON object, got text that is not JSON. Write an object a line'],
    ['{"clip":"a","track":"b","start":null,"end":1}\n', 1, 'column "start": expected seconds, got nothing'],
    ['{"clip":"a","track":"b","start":1,"end":"1e999"}\n', 1, `column "end": ${NO_SECONDS}, got "1e999"`],
    ['{"clip":"a","track":"b","start":1,"end":true}\n', 1, 'column "end": expected seconds, got true'],
    ['{"clip":["a"],"track":"b","start":1,"end":2}\n', 1, 'column "clip": expected the name of a file, got ["a"]'],
  ])('tells the line that cannot be used, and why: %j', async (text, line, reason) => {
    const { uses, faults } = await read(text);
    expect(uses).toEqual([]);
    expect(faults).toEqual([{ line, reason }]);
  });

  test('takes no comma for a decimal one in a column that has decimal points', async () => {
    const { uses, faults } = await read('clip;track;start;end\na;song.mp3;2.5;9\nb;song.mp3;1,234;9\n');
    expect(uses).toEqual([use(2, 'a', 2.5, 9)]);
    expect(faults).toEqual([
      {
        line: 3,
        reason:
          'column "start": expected decimals written in one way, got "1,234" beside "2.5". Write all with a point',
      },
    ]);
  });

  test('without its columns, or without a file, is refused', async () => {
    await expect(read('clip,music,from,to\n')).rejects.toThrow(
      'log: expected the columns clip, track, start, end, found no track, start, end in "clip,music,from,to". Name the columns in the first line.',
    );
    await expect(readEditingLog(`${folder.path}/none`)).rejects.toThrow('expected an editing log, found no such file');
  });

  test('without a header is refused, and so is one with lines above its header', async () => {
    await expect(read('a,song,1,2\nb,song,2,3\n')).rejects.toThrow(
      'log: the first row looks like data: expected a header with the columns clip, track, start, end, got "a,song,1,2". Put a line with the names of the columns above it.',
    );
    await expect(read('My log of May\n\nclip,track,start,end\na,b,1,2\n')).rejects.toThrow(
      'expected the names of the columns in the first line, found them in line 3, below "My log of May". Remove what stands above.',
    );
  });

  test.each([
    ['file,artist\na.mp3,Ada\n', 'a catalogue of a library (file, artist). `index build --catalogue` takes it.'],
    ['{"event":"used","clipId":"a","trackId":"b","startMs":0,"endMs":1}\n', 'feedback (event, clipid, '],
    ['{"clip":"a","track":"b","startMs":0,"endMs":1000}\n', 'For a log, write seconds, as start and end.'],
  ])('is told from other tables: %j', async (text, told) => {
    await expect(read(text)).rejects.toThrow(told);
    await expect(read(text)).rejects.toThrow(
      'log: expected an editing log with the columns clip, track, start, end, got',
    );
  });
});

describe('the same log is read the same', () => {
  const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/cases/logs/${name}`, import.meta.url));
  const expected = [
    ['c1', 'a', 0, 3],
    ['c2', 'b', 1, 4],
    ['c3', 'c', 2, 6],
    ['c4', 'd', 0.5, 5],
    ['c5', 'e f', 1.25, 8],
    ['c6', 'Café Del Mar', 0, 7],
  ];
  test.each([
    ['with a byte-order mark before JSON lines', 'log-bom.jsonl', 'JSON lines, UTF-8, 6 rows'],
    ['with accents written apart', 'log-nfd-names.csv', 'commas, UTF-8, header, 6 rows'],
    [
      'with every row three times',
      'log-every-row-thrice.csv',
      'commas, UTF-8, header, 18 rows, 12 repeated and counted once',
    ],
    ['with semicolons', 'log-semicolons.csv', 'semicolons, UTF-8, header, 6 rows'],
    ['in Latin-1', 'log-latin1.csv', 'commas, Windows-1252, header, 6 rows'],
  ])('%s', async (_, name, told) => {
    const { uses, faults, understood } = await readEditingLog(fixture(name));
    expect(uses.map(({ clip, track, startSec, endSec }) => [clip, track, startSec, endSec])).toEqual(expected);
    expect(faults).toEqual([]);
    expect(understood).toBe(`${name}: ${told}`);
  });
});
