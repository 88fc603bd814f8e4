import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EncodedTrack } from '../../../offline/encode/library.ts';
import { catalogueLines, type Library, matchCatalogue } from '../../../offline/indexing/catalogue-match.ts';
import { catalogueEntry } from '../../../offline/indexing/entries.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { factsOf } from './facts.ts';

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
});
afterAll(() => folder.remove());

const library: Library = {
  tracks: [
    { id: 'a-1', file: 'a.mp3' },
    { id: 'b-2', file: 'sub/b.mp3' },
    { id: 'c-3', file: 'Été.mp3' },
  ],
  copies: [{ file: 'copy of a.mp3', of: 'a.mp3' }],
  rejected: [{ file: 'broken.mp3', reason: 'it holds no sound' }],
};

const read = async (name: string, text: string, of: Library = library) => {
  const { fields, leftOut, without } = await matchCatalogue(await folder.write(name, text), of);
  return { fields: Object.fromEntries(fields), leftOut, without };
};
const csv = (...lines: string[]) => read('catalogue.csv', lines.join('\n'));
const jsonl = (...lines: unknown[]) => read('catalogue.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'));

describe('a row of CSV', () => {
  test('describes the track of its file by the known columns, however they are capitalised', async () => {
    const { fields, leftOut, without } = await csv(
      'File,Title,artist,Album,genre,TAGS,licence,instrumental,explicit,territories',
      'a.mp3,"One, two",Ada,Songs,Folk; Jazz,calm;;Calm; piano ,CC0,yes,FALSE,"[""DE"", ""AT""]"',
    );
    expect(fields).toEqual({
      'a-1': {
        title: 'One, two',
        artist: 'Ada',
        album: 'Songs',
        genre: ['Folk', 'Jazz'],
        tags: ['calm', 'piano'],
        licence: 'CC0',
        instrumental: true,
        explicit: false,
        territories: ['DE', 'AT'],
      },
    });
    expect(leftOut).toEqual([]);
    expect(without).toEqual(['sub/b.mp3', 'Été.mp3']);
  });

  test('names a track by id where it has no file, and by the path in any of its spellings', async () => {
    const { fields, leftOut } = await csv(
      'file,id,title',
      '.\\sub\\b.mp3,,B',
      'E\u0301te\u0301.mp3,,C', // as macOS names files
      ',a-1,A',
    );
    expect(Object.entries(fields).map(([id, { title }]) => [id, title])).toEqual([
      ['b-2', 'B'],
      ['c-3', 'C'],
      ['a-1', 'A'],
    ]);
    expect(leftOut).toEqual([]);
  });

  test('may name the copy of a track', async () => {
    expect((await csv('file,title', 'copy of a.mp3,A')).fields).toEqual({ 'a-1': { title: 'A' } });
  });

  test('says nothing by a blank cell', async () => {
    const { fields } = await csv('file,title,tags,year,mood', 'a.mp3, ,;,,warm', 'sub/b.mp3,,,,');
    expect(fields).toEqual({ 'a-1': { fields: { mood: 'warm' } }, 'b-2': {} });
  });

  test('is listed with its reason when it is about no track, or about one that was described before', async () => {
    const { fields, leftOut } = await csv(
      'file,id,title',
      'a.mp3,,first',
      'x.mp3,,',
      ',y-9,',
      ',,none',
      'broken.mp3,,',
      ',a-1,second',
    );
    expect(fields).toEqual({ 'a-1': { title: 'first' } });
    expect(leftOut).toEqual([
      'row 2: no track is made of the file "x.mp3"',
      'row 3: no track has the id "y-9"',
      'row 4: it names neither a file nor an id',
      'row 5: the file "broken.mp3" is no track: it holds no sound',
      'row 6: row 1 is about the same track, and is what counts',
    ]);
  });
});

describe('another column', () => {
  const own = async (name: string, ...cells: [string, string?]) =>
    Object.values((await csv(`file,${name}`, `a.mp3,${cells[0]}`, `sub/b.mp3,${cells[1] ?? ''}`)).fields).map(
      ({ fields }) => fields?.[name.replace('[]', '')],
    );

  test('of CSV holds numbers where all of its cells are numbers, else text', async () => {
    expect(await own('year', '2019', '-1.5e3')).toEqual([2019, -1500]);
    expect(await own('year', '2019')).toEqual([2019, undefined]);
    expect(await own('year', '2019', 'unknown')).toEqual(['2019', 'unknown']);
    expect(await own('code', '007', '12')).toEqual(['007', '12']);
    expect(await own('code', '1234567890123456', '9007199254740993')).toEqual(['1234567890123456', '9007199254740993']);
    expect(await own('code', 'Infinity', '0x10')).toEqual(['Infinity', '0x10']);
  });

  test('of CSV holds true and false where all of its cells are, else text', async () => {
    expect(await own('cleared', 'True', 'false')).toEqual([true, false]);
    expect(await own('cleared', 'true', 'yes')).toEqual(['true', 'yes']);
  });

  test('of CSV holds lists where its heading ends with [] or all of its cells are JSON lists, else text', async () => {
    expect(await own('moods[]', 'warm; late', '"[""x;y""]"')).toEqual([['warm', 'late'], ['x;y']]);
    expect(await own('moods', '"[""warm""]"', '"[""a"",""b""]"')).toEqual([['warm'], ['a', 'b']]);
    expect(await own('moods', 'warm; late')).toEqual(['warm; late', undefined]);
    expect(await own('moods', '"[""warm""]"', 'late')).toEqual(['["warm"]', 'late']);
  });

  test('of JSON Lines has the kind of value that it has first', async () => {
    const { fields, leftOut } = await jsonl(
      { file: 'a.mp3', year: 2019, cleared: false, moods: ['a', 'b', 'A'], code: '7', none: null, tags: 'x; y' },
      { file: 'sub/b.mp3', year: '2020', cleared: 'no', moods: 'a', code: 7, tags: ['z'] },
      { file: 'Été.mp3', moods: [1], code: { a: 1 }, instrumental: 1, explicit: 'maybe' },
    );
    expect(fields).toEqual({
      'a-1': { tags: ['x', 'y'], fields: { year: 2019, cleared: false, moods: ['a', 'b'], code: '7' } },
      'b-2': { tags: ['z'], fields: { code: '7' } },
      'c-3': { instrumental: true },
    });
    expect(leftOut).toEqual([
      'line 2, column "year": expected a number, as in earlier lines, got "2020"',
      'line 2, column "cleared": expected true or false, as in earlier lines, got "no"',
      'line 2, column "moods": expected a JSON list of texts, got "a"',
      'line 3, column "moods": expected a JSON list of texts, got [1]',
      'line 3, column "code": expected text, got {"a":1}',
      'line 3, column "explicit": expected true or false, yes or no, 1 or 0, got "maybe"',
    ]);
  });

  test('is left out when its name is taken or cannot be asked for', async () => {
    const { fields, leftOut } = await csv('file,bpm,territory,__proto__,moods[],moods,,ok', 'a.mp3,120,DE,x,a,b,c,d');
    expect(fields).toEqual({ 'a-1': { fields: { moods: ['a'], ok: 'd' } } });
    expect(leftOut.map((line) => line.split(': ')[0])).toEqual([
      'column "bpm"',
      'column "territory"',
      'column "__proto__"',
      'column "moods"',
      'column ""',
    ]);
    expect(leftOut[1]).toBe('column "territory": territories are read from a column named "territories"');
  });

  test('leaves out a value that nobody would read', async () => {
    const { fields, leftOut } = await csv('file,title,note', `a.mp3,${'x'.repeat(201)},a\tb`);
    expect(fields).toEqual({ 'a-1': { fields: { note: 'a b' } } });
    expect(leftOut).toEqual([`row 1, column "title": expected at most 200 characters, got "${'x'.repeat(56)}...`]);
  });
});

describe('a catalogue as spreadsheets write it', () => {
  const fixture = fileURLToPath(
    new URL('../../fixtures/cases/logs/catalogue-latin1-and-decimal-commas.csv', import.meta.url),
  );
  const abc = { tracks: ['a', 'b', 'c'].map((name) => ({ id: name, file: `${name}.mp3` })) };

  test('in Latin-1, with decimal commas and an "n/a", has its letters and its numbers', async () => {
    const { fields, leftOut, notes } = await matchCatalogue(fixture, abc);
    expect(Object.fromEntries(fields)).toEqual({
      a: { artist: 'Björk', fields: { energy: 1.5, mood: 3 } },
      b: { artist: 'Sigur Rós', fields: { energy: 2.5, mood: 4 } },
      c: { artist: 'X', fields: { energy: 3.5 } },
    });
    expect(leftOut).toEqual([]);
    expect(notes).toEqual([
      'read catalogue-latin1-and-decimal-commas.csv: commas, Windows-1252, header, 3 rows, 1 cell of "n/a", "-" or the like taken as empty',
    ]);
  });

  test('says why a column that is nearly of numbers is text', async () => {
    const notes = async (...cells: string[]) => {
      const text = ['file,plays', ...cells.map((cell, i) => `${'abc'[i]}.mp3,"${cell}"`)].join('\n');
      return (await matchCatalogue(await folder.write('notes.csv', text), abc)).notes?.slice(1);
    };
    expect(await notes('1', '2', 'none')).toEqual(['column "plays": 1 of 3 cells taken as empty: "none"']);
    expect(await notes('1', '2', '')).toEqual([]);
    expect(await notes('1', '2', 'many')).toEqual([
      'column "plays" is text, not numbers: row 3 has "many". Write a number there, or nothing, to compare by it',
    ]);
    expect(await notes('1,234', '56')).toEqual([
      'column "plays" is text, not numbers: "1,234" may be thousands or decimals. Write 1234 or 1.234',
    ]);
    expect(await notes('1,5', '2.5')).toEqual([
      'column "plays" is text, not numbers: it has both "1,5" and "2.5". Write all decimals with a point',
    ]);
    expect(await notes('007', '12', 'x')).toEqual([]);
    expect(await notes('a', 'b', '3')).toEqual([]);
  });

  test('with decimal commas between semicolons has numbers, three decimals or not', async () => {
    const { fields } = await matchCatalogue(await folder.write('c.csv', 'file;energy\na.mp3;1,234\nb.mp3;-0,5\n'), abc);
    expect([...fields.values()].map((of) => of.fields?.energy)).toEqual([1.234, -0.5]);
  });

  test('counts a repeated row once, and another row about the same track as before', async () => {
    const text = 'file,title\na.mp3,A\na.mp3,A\na.mp3 , A\na.mp3,B\n';
    const { leftOut, notes } = await matchCatalogue(await folder.write('c.csv', text), abc);
    expect(leftOut).toEqual(['row 4: row 1 is about the same track, and is what counts']);
    expect(notes).toEqual(['read c.csv: commas, UTF-8, header, 4 rows, 2 repeated and counted once']);
  });

  test('names files with the folders of another machine, unless two of them end like one file', async () => {
    const text = 'file\ttitle\nC:\\Music\\a.mp3\tA\nD:\\one\\b.mp3\tB\nD:\\two\\b.mp3\tB2\n';
    const { fields, leftOut } = await matchCatalogue(await folder.write('c.tsv', text), abc);
    expect(Object.fromEntries(fields)).toEqual({ a: { title: 'A' } });
    expect(leftOut).toHaveLength(2);
    expect(leftOut[0]).toBe(
      'row 2: "D:\\one\\b.mp3" and "D:\\two\\b.mp3" end like one file. Name files by their path within the folder of music',
    );
  });
});

describe('a catalogue is refused', () => {
  test('when it is missing, of another kind, or broken', async () => {
    await expect(matchCatalogue('nowhere.csv', library)).rejects.toThrow(
      'expected a catalogue of the library, found no',
    );
    await expect(read('catalogue.xlsx', 'PK\x03\x04')).rejects.toThrow(
      'catalogue.xlsx: expected text, got a workbook (.xlsx, .ods, .numbers) or a zip. Export the sheet as CSV.',
    );
    await expect(read('x.jsonl', '')).rejects.toThrow('expected a catalogue of a library, got an empty file. Name');
    await expect(csv('file,title', 'a.mp3')).rejects.toThrow(
      'line 2: expected 2 cells with commas between them, got 1. Write the empty ones too. Mend or remove the line.',
    );
    await expect(csv('file,title,Title', 'a.mp3,A,B')).rejects.toThrow('expected each column once, got "title" twice');
    await expect(read('x.jsonl', '{"file":"a.mp3"}\n\n{"file":')).rejects.toThrow(
      'line 3: expected a JSON object, got text that is not JSON. Write an object a line. Mend',
    );
    await expect(read('x.jsonl', '["a.mp3"]')).rejects.toThrow('line 1: expected a JSON object, got ["a.mp3"]');
  });

  test('when it is a log', async () => {
    await expect(csv('clip,track,start,end', 'a,b,1,2')).rejects.toThrow(
      'expected a catalogue of a library with a column file or id, got an editing log (clip, track, start, end). `data make',
    );
    await expect(jsonl({ video_id: 'a', music_id: 'b', music_start: 1, music_end: 2 })).rejects.toThrow(
      'got an editing log without the lengths of clips and tracks',
    );
  });

  test('when no column says which track a row is about', async () => {
    await expect(csv('path,title', 'a.mp3,A')).rejects.toThrow(
      'expected a column file or id, found no file or id in "path,title". Name the columns in the first line.',
    );
  });

  test('but not when it has no rows, or begins with a byte-order mark', async () => {
    expect((await csv('file,title')).without).toHaveLength(3);
    expect((await csv('\uFEFFfile,title', 'a.mp3,A')).fields).toEqual({ 'a-1': { title: 'A' } });
    expect((await read('x.ndjson', '\uFEFF{"file":"a.mp3"}\r\n')).fields).toEqual({ 'a-1': {} });
  });
});

describe('an entry of the index', () => {
  const track: EncodedTrack = {
    id: 'a-1',
    title: 'Of the tags',
    file: 'a.mp3',
    sha256: '0'.repeat(64),
    durationSec: 30,
    tokens: { shape: [13, 1], data: new Float32Array(13) },
    music: factsOf({ tags: { artist: 'Ada', genre: ['Folk'], licence: '© Ada' }, bpm: 120 }),
  };

  test('says what the catalogue says above what the tags say, and the tags where it says nothing', () => {
    const fields = { title: 'Of the catalogue', licence: 'CC0', tags: ['calm'], fields: { year: 2019 } };
    expect(catalogueEntry(track, 13, fields)).toMatchObject({
      title: 'Of the catalogue',
      artist: 'Ada',
      genre: ['Folk'],
      licence: 'CC0',
      tags: ['calm'],
      fields: { year: 2019 },
      bpm: 120,
    });
    expect(catalogueEntry(track, 13)).toMatchObject({ title: 'Of the tags', licence: '© Ada' });
    expect(catalogueEntry(track, 13)).not.toHaveProperty('fields');
  });

  test('has the artists of one source: of the catalogue where it names any, else of the tags', () => {
    const duet = { ...track, music: factsOf({ tags: { artist: 'Ada, Bo', artists: ['Ada', 'Bo'] } }) };
    expect(catalogueEntry(duet, 13)).toMatchObject({ artist: 'Ada, Bo', artists: ['Ada', 'Bo'] });
    expect(catalogueEntry(duet, 13, { artist: 'Cy' })).toMatchObject({ artist: 'Cy', artists: undefined });
    const named = { artists: ['Cy', 'Di'] };
    expect(catalogueEntry(duet, 13, named)).toMatchObject({ artist: 'Cy, Di', artists: ['Cy', 'Di'] });
    expect(catalogueEntry(duet, 13, { artist: 'Cy & Di', ...named })).toMatchObject({ artist: 'Cy & Di', ...named });
    expect(catalogueEntry(duet, 13, { artists: ['Cy'] })).toMatchObject({ artist: 'Cy', artists: undefined });
  });
});

test('what was of no use is told line by line, long lists in short', () => {
  const without = Array.from({ length: 52 }, (_, i) => `${i}.mp3`);
  const notes = ['read my.csv: commas'];
  const lines = catalogueLines('my.csv', { fields: new Map([['a', {}]]), leftOut: ['row 2: why'], without, notes });
  expect(lines).toHaveLength(54);
  expect([...lines.slice(0, 3), ...lines.slice(52)]).toEqual([
    'catalogue: read my.csv: commas',
    'catalogue: left out: row 2: why',
    'catalogue: no row for 0.mp3',
    'catalogue: … and 2 more like these',
    'catalogue: my.csv describes 1 of 53 tracks',
  ]);
});
