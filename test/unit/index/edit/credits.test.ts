import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { writeCredits } from '../../../../index/edit/credits.ts';
import { writeCueSheet } from '../../../../index/edit/cue-sheet.ts';
import { urlOf } from '../../../../index/edit/url-of.ts';
import { LOOP, someEdit } from './some-edit.ts';

const rowsOf = (sheet: string): Record<string, string>[] => parse(sheet, { columns: true });

test('credits name who made the music and the licence', () => {
  expect(writeCredits(someEdit()).split('\n')).toEqual([
    'Music in holiday & "sea".mp4',
    '',
    '"Hollow Stairs <live>" by Ada & Bo',
    'From "Rooms, and "more""',
    'Composer: Ada Lovelace',
    'Publisher: =cmd()',
    'ISRC: ZZ-A00-26-00001',
    'Licence: CC-BY-4.0',
    'Heard from 0:00 to 0:08 of the video, from 1:07 of the track on',
    '',
  ]);
});

test('a licence that the catalogue does not state is not made up', () => {
  const text = writeCredits(someEdit({ track: { licence: null, artist: null, album: undefined, fields: undefined } }));
  expect(text).toContain('Licence: not stated in the catalogue\n');
});

test('the cue sheet is read back by a CSV reader, to the millisecond', () => {
  const [row, ...more] = rowsOf(writeCueSheet(someEdit()));
  expect(more).toEqual([]);
  expect(row).toMatchObject({
    ...{ cue: '1', title: 'Hollow Stairs <live>', artist: 'Ada & Bo', album: 'Rooms, and "more"', usage: 'BI' },
    ...{ in: '00:00:00.000', out: '00:00:08.008', duration: '00:00:08.008', trackIn: '00:01:07.101' },
    ...{ composer: 'Ada Lovelace', isrc: 'ZZ-A00-26-00001', licence: 'CC-BY-4.0' },
  });
});

test('a loop has a cue for each pass, and no cell is a formula', () => {
  const rows = rowsOf(writeCueSheet(someEdit({ moment: { endMs: 70_101, loop: LOOP } })));
  expect(rows.map((row) => row.out)).toEqual(['00:00:03.000', '00:00:06.000', '00:00:08.008']);
  expect(rows[0].publisher).toBe("'=cmd()");
});

test.each([
  ['a b/#1?.mp3', 'a%20b/%231%3F.mp3'],
  ['/srv/a b.mp3', 'file:///srv/a%20b.mp3'],
  ['C:\\music\\a b.mp3', 'file:///C:/music/a%20b.mp3'],
  ['https://cdn.example/a%20b.mp3', 'https://cdn.example/a%20b.mp3'],
])('%s is %s as a URL', (path, url) => {
  expect(urlOf(path)).toBe(url);
});
