import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isNothing, trimmed } from '../../../../offline/formats/tables/cells.ts';
import type { Form } from '../../../../offline/formats/tables/form.ts';
import { isUnusual, readTable, tableIn, understood } from '../../../../offline/formats/tables/table.ts';
import { type TestFolder, testFolder } from '../../data/folder.ts';
import { type Encoded, encoded, LINE_ENDS, SEPARATORS, written } from './write-table.ts';

const FORM: Form = {
  what: 'a list of songs',
  columns: { name: ['title'], length: [] },
  required: [['name'], ['length']],
};
const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string | Uint8Array) => tableIn('list.csv', typeof text === 'string' ? bytes(text) : text, FORM);
const cellsOf = (text: string | Uint8Array) => read(text).rows.map(({ cells }) => Object.fromEntries(cells));

describe('a table', () => {
  test('is read as the same rows in any separator, encoding, byte-order mark, line end and quotes', () => {
    // No letter of these is a part of another's UTF-8, so that no text of them is valid UTF-8 by chance, as "Ö€" is.
    const latin = fc.string({ unit: fc.constantFrom(...'abcXYZ019 éÖßñ,;|"\t.-'), maxLength: 12 });
    const any = fc.string({ unit: 'grapheme', maxLength: 12 });
    const ways = fc.record({
      separator: fc.constantFrom(...SEPARATORS),
      lineEnd: fc.constantFrom(...LINE_ENDS),
      encoding: fc.constantFrom<Encoded>(
        'UTF-8',
        'UTF-8 with BOM',
        'UTF-16LE',
        'UTF-16BE',
        'UTF-16LE with BOM',
        'UTF-16BE with BOM',
        'Windows-1252',
      ),
      sepLine: fc.boolean(),
      quoteAll: fc.boolean(),
      spaces: fc.boolean(),
      lastEnd: fc.boolean(),
    });
    const rowsOf = (cell: fc.Arbitrary<string>) =>
      fc.array(fc.tuple(cell, fc.integer({ min: 0, max: 999 }).map(String)), { minLength: 1, maxLength: 6 });
    const drawn = ways.chain((way) =>
      fc.record({ way: fc.constant(way), rows: rowsOf(way.encoding === 'Windows-1252' ? latin : any) }),
    );
    fc.assert(
      fc.property(drawn, ({ way, rows }) => {
        const text = written([['Name', 'length'], ...rows], way);
        const said = rows.map(([name, length]) => {
          const held = trimmed(name);
          return { ...(isNothing(held) ? {} : { name: held }), length };
        });
        expect(cellsOf(encoded(text, way.encoding))).toEqual(said);
      }),
      { numRuns: 400 },
    );
  });

  test('tells what was understood of it in one line', () => {
    const text = 'name;length\nBjörk;3\nBjörk;3\nn/a;4\n';
    expect(understood(read(encoded(text, 'Windows-1252')), 1)).toBe(
      'list.csv: semicolons, Windows-1252, header, 3 rows, 1 repeated and counted once, 1 cell of "n/a", "-" or the like taken as empty',
    );
    expect(understood(read('{"name":"a","length":1}'))).toBe('list.csv: JSON lines, UTF-8, 1 row');
    expect(understood(read(encoded('sep=|\r\nname|length\r\na|1\r\n', 'UTF-16LE with BOM')))).toBe(
      'list.csv: pipes, UTF-16LE, header, 1 row',
    );
    expect([isUnusual(read('name,length\na,1\n')), isUnusual(read('name;length\na;1\n'))]).toEqual([false, true]);
  });

  test('has its columns under their names whatever their case, spaces and hyphens, and by documented synonyms', () => {
    expect(cellsOf(' NAME , Length ,Total-Plays\na,1,2\n')).toEqual([{ name: 'a', length: '1', 'Total-Plays': '2' }]);
    expect(cellsOf('Title\tLENGTH\na\t1\n')).toEqual([{ name: 'a', length: '1' }]);
    // Its own name stands above a synonym, whichever comes first.
    expect(cellsOf('title,length,name\na,1,b\n')).toEqual([{ title: 'a', length: '1', name: 'b' }]);
    expect(cellsOf('{"title":"a","length":1}\n{"Name":"b","length":2}')).toEqual([
      { name: 'a', length: 1 },
      { name: 'b', length: 2 },
    ]);
  });

  test('keeps a semicolon within a cell, a quote that stands for inches, and a line break in quotes', () => {
    expect(cellsOf('name,length,tags\na,1,x;y;z\nb,2,x;y\n')[0]).toMatchObject({ tags: 'x;y;z' });
    expect(cellsOf('name,length\n7" single,1\n"a ""b""" , 2\n"two\nlines",3\n').map(({ name }) => name)).toEqual([
      '7" single',
      'a "b"',
      'two\nlines',
    ]);
  });

  test('leaves out cells that say nothing, and rows without any cell', () => {
    const { rows, nothing } = read('name,length\nn/a,1\n-,2\nNone,–\n,,\n , \n"",3\n');
    expect(rows.map(({ line, cells }) => [line, Object.fromEntries(cells)])).toEqual([
      [2, { length: '1' }],
      [3, { length: '2' }],
      [4, { name: 'None' }],
      [7, { length: '3' }],
    ]);
    expect(nothing).toBe(3);
  });

  test('may end its lines with a separator, as spreadsheets write them', () => {
    expect(cellsOf('name;length;\na;1;\nb;2;\n')).toEqual([
      { name: 'a', length: '1' },
      { name: 'b', length: '2' },
    ]);
  });

  test('may be one JSON list of objects', () => {
    expect(cellsOf('[\n {"name": "a", "length": 1},\n {"name": "b", "length": 2}\n]\n')).toHaveLength(2);
  });

  test('has a fault for each line that is no row, with the number of the line in the file', () => {
    const { rows, faults } = read('sep=;\n\nname;length\na;1\nb\nc;1;2\nd;4\n');
    expect(rows.map(({ line, row }) => [line, row])).toEqual([
      [4, 1],
      [7, 4],
    ]);
    expect(faults).toEqual([
      { line: 5, reason: 'expected 2 cells with semicolons between them, got 1. Write the empty ones too' },
      {
        line: 6,
        reason: 'expected 2 cells with semicolons between them, got 3. Put a cell that holds semicolons in quotes',
      },
    ]);
  });
});

describe('a table is refused', () => {
  const refused = (text: string | Uint8Array, message: string) => expect(() => read(text)).toThrow(message);

  test('without a heading', () => {
    for (const separator of SEPARATORS)
      refused(
        `a${separator}1:30\nb${separator}2:00\n`,
        'list.csv: the first row looks like data: expected a header with the columns name, length, got "a,1:30"',
      );
    refused('song.mp3,x\n', 'the first row looks like data');
    refused('8.5,8.5\n', 'the first row looks like data'); // no column that is there twice
  });

  test('without a column, with a column twice, or empty', () => {
    refused('name,size\na,b\n', 'expected the columns name, length, found no length in "name,size"');
    refused('name,length,LENGTH\na,1,2\n', 'expected each column once, got "length" twice');
    refused('name length\na 1\n', 'in "name length". Put commas, semicolons, tabs or pipes between the columns.');
    refused('', 'expected a list of songs, got an empty file. Name the columns name, length in the first line');
    refused('\n\r\n', 'got an empty file');
  });

  test('as a workbook, a packed file or a PDF', () => {
    refused(
      Uint8Array.of(0x50, 0x4b, 3, 4, 20),
      'expected text, got a workbook (.xlsx, .ods, .numbers) or a zip. Export the sheet as CSV.',
    );
    refused(Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 1), 'expected text, got a workbook (.xls)');
    refused(Uint8Array.of(0x1f, 0x8b, 8), 'expected text, got a gzip file. Unpack it first.');
    refused('%PDF-1.7', 'expected text, got a PDF');
  });
});

describe('a file', () => {
  let folder: TestFolder;
  beforeAll(async () => {
    folder = await testFolder();
  });
  afterAll(() => folder.remove());

  test('is read by its content, whatever its name ends in, and told by its name', async () => {
    const path = await folder.write('songs.tsv', 'name\tlength\na\t1\n');
    const table = await readTable(path, FORM);
    expect([table.kind, table.separator, understood(table)]).toEqual([
      'csv',
      '\t',
      'songs.tsv: tabs, UTF-8, header, 1 row',
    ]);
    await expect(readTable(`${folder.path}/none.csv`, FORM)).rejects.toThrow(
      'none.csv: expected a list of songs, found no such file. Check the path.',
    );
  });
});
