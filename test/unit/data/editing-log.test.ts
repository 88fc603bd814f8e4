import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEditingLog } from '../../../offline/data/editing-log.ts';
import { type TestFolder, testFolder } from './folder.ts';

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
});
afterAll(() => folder.remove());

const read = async (text: string) => readEditingLog(await folder.write('log', text));
const use = (line: number, clip: string, startSec: number, endSec: number) => {
  return { line, clip, track: 'song.mp3', startSec, endSec };
};

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

  test.each([
    ['clip,track,start,end\na,b,x,2\n', 2, 'expected seconds as "start", got "x"'],
    ['clip,track,start,end\na,b,1\n', 2, 'no "end"'],
    ['clip,track,start,end\n,b,1,2\n', 2, 'no "clip"'],
    [
      'clip,track,start,end\na,"b,1,2\n',
      2,
      'expected CSV, got a line that is not: Quote Not Closed: the parsing is finished with an opening quote',
    ],
    ['{"clip":"a"}\n', 1, 'no "track"'],
    ['{"clip":"a"\n', 1, 'expected an object {"clip", "track", "start", "end"}, got something else'],
    ['{"clip":"a","track":"b","start":null,"end":1}\n', 1, 'no "start"'],
    ['{"clip":"a","track":"b","start":1,"end":"1e999"}\n', 1, 'expected seconds as "end", got "1e999"'],
  ])('tells the line that cannot be used, and why: %j', async (text, line, reason) => {
    const { uses, faults } = await read(text);
    expect(uses).toEqual([]);
    expect(faults).toEqual([{ line, reason }]);
  });

  test('without its columns, or without a file, is refused', async () => {
    await expect(read('clip,music,from,to\n')).rejects.toThrow(
      'log: expected the columns clip, track, start, end, found no track, start, end. Name the columns in the first line.',
    );
    await expect(readEditingLog(`${folder.path}/none`)).rejects.toThrow('expected an editing log, found no such file');
  });
});
