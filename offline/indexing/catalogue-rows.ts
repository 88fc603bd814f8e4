/**
 * A library's own catalogue as rows of named cells, of any table that formats/tables/table.ts reads.
 *
 * What the columns mean is in catalogue-fields.ts, which track a row belongs to in catalogue-match.ts.
 */

import { firstOnly } from '../formats/tables/dedupe.ts';
import type { Form } from '../formats/tables/form.ts';
import type { Separator } from '../formats/tables/sniff.ts';
import { readEachRow, understood } from '../formats/tables/table.ts';
import { packedList } from '../lib/packed-list.ts';

export interface Row {
  /** For people: "row 3" of CSV, the heading not counted; "line 3" of JSON Lines. */
  at: string;
  /** By column. Of CSV they are text; null, blank text and "n/a" say nothing and are left out. */
  cells: ReadonlyMap<string, unknown>;
}
export interface Rows {
  kind: 'csv' | 'jsonl';
  /** In the order in which they come. */
  columns: string[];
  /** Each once, and made when it is looked at: there may be as many as tracks. */
  rows: Iterable<Row> & { at(place: number): Row | undefined };
  /** Of CSV. */
  separator?: Separator;
  /** What was understood of the file, for people. */
  understood?: string;
}

/** A row belongs to the track with this file or this id. */
export const KEYS = ['file', 'id'] as const;
/** Columns of these names, however capitalised, say what the files' own tags may also say. */
export const KNOWN_COLUMNS = [
  'title',
  'artist',
  'artists',
  'album',
  'genre',
  'tags',
  'licence',
  'instrumental',
  'explicit',
  'territories',
] as const;

const CATALOGUE: Form = {
  what: 'a catalogue of a library',
  missing: { expected: 'a catalogue of the library', next: 'Check the path.' },
  columns: Object.fromEntries([...KEYS, ...KNOWN_COLUMNS].map((name) => [name, []])),
  required: [KEYS],
};

/** @throws Error when the file is missing, broken or of another kind, and when it has neither of the columns file and id */
export async function readRows(path: string): Promise<Rows> {
  const packed = packedList<PackedRow>();
  const places = new Map<string, number>(); // of columns
  const isFirst = firstOnly();
  let repeated = 0;
  const table = await readEachRow(path, CATALOGUE, ({ line, row, cells }) => {
    if (!isFirst([...cells])) {
      repeated++;
      return;
    }
    const values: unknown[] = [];
    for (const [column, cell] of cells) {
      if (!places.has(column)) places.set(column, places.size);
      values[places.get(column)!] = cell; // a hole becomes null, which no cell is
    }
    packed.append([line, row, ...values]);
  });
  const { kind, separator, columns, faults } = table;
  if (faults.length) {
    const [{ line, reason }] = faults;
    const more = faults.length > 1 ? ` ${faults.length - 1} more lines are like it.` : '';
    throw new Error(`${path}: line ${line}: ${reason}. Mend or remove the line.${more}`);
  }
  if (table.count > 0 && !KEYS.some((key) => columns.includes(key)))
    throw new Error(
      `${path}: expected "file" (path within the folder of music) or "id" in each line, got ${columns.slice(0, 20).join(', ')}. Add one, to say which track a line is about.`,
    );
  const names = [...places.keys()];
  const unpacked = ([line, row, ...values]: PackedRow): Row => ({
    at: kind === 'csv' ? `row ${row}` : `line ${line}`,
    cells: new Map(
      names.flatMap((name, i) => (values[i] === null || values[i] === undefined ? [] : [[name, values[i]]])),
    ),
  });
  return {
    kind,
    separator,
    columns,
    rows: {
      at(place) {
        const row = packed.at(place);
        return row && unpacked(row);
      },
      *[Symbol.iterator]() {
        for (const row of packed) yield unpacked(row);
      },
    },
    understood: understood(table, repeated),
  };
}

type PackedRow = [line: number, row: number, ...cells: unknown[]];
