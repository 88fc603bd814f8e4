/**
 * What the columns of a library's own catalogue say of a track, as fields of our catalogue.
 *
 * The known columns stand above what the file's tags say; an empty cell says nothing. artists, genre, tags and territories
 * are lists: texts with ";" between them, or a JSON list of texts. Any other column becomes a field of its own under its name:
 * - in JSON Lines with the kind of value (text, number, boolean, list of texts) that it has first;
 * - in CSV, where a heading ends with "[]" ("moods[]" names the field "moods"), a list as above; else numbers where all
 *   of its cells are numbers, with decimal points or commas, beside "none" and the like; true or false where all are, lists where all are
 *   JSON lists of texts; else text, ";" and all. "007" and numbers of 16 digits are text: they are names.
 * Values that cannot be used are left out, each with its reason; a column that is text although it nearly is of numbers is reported.
 */

import { fold } from '../../index/fold.ts';
import { type FieldValue, MAX_TEXT_LENGTH, type Track } from '../../index/format/catalogue.ts';
import { BUILT_IN_FIELDS } from '../../index/search/column-builder.ts';
import { shown } from '../formats/tables/cells.ts';
import { KEYS, KNOWN_COLUMNS, type Row, type Rows } from './catalogue-rows.ts';
import { numbersOf } from './number-column.ts';

export type TrackFields = Pick<Partial<Track>, (typeof KNOWN_COLUMNS)[number] | 'fields'>;

export interface DescribedRow {
  at: string;
  file?: string;
  id?: string;
  fields: TrackFields;
}
export interface Described {
  /** Of a row of the table; what of its cells is left out is written down each time. */
  describe(row: Row): DescribedRow;
  /** Columns, and values of the rows that were described, that were left out, with the reason, a sentence each. */
  leftOut: string[];
  /** Columns that were understood in another way than they may be meant, a sentence each. */
  notes: string[];
}

/** What a cell holds, or what it should have held. */
type Reading = { value: FieldValue } | { expected: string };
type Read = (cell: unknown) => Reading;

/** A letter or digit first, so that no name of a column is one of JavaScript's own. */
const FIELD_NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} _.:/-]{0,63}$/u;

/** Which track a row is about, by what it says. */
export function keysOf({ cells }: Row): Pick<DescribedRow, 'file' | 'id'> {
  const [file, id] = KEYS.map((key) => (cells.has(key) ? String(cells.get(key)).trim() : undefined));
  return { file, id };
}

export function describeRows(table: Rows): Described {
  const { columns } = table;
  const leftOut: string[] = [];
  const notes: string[] = [];
  const readers = new Map<string, { name: string; own: boolean; read: Read }>();
  for (const column of columns.filter((name) => !isOneOf(KEYS, name))) {
    const known = isOneOf(KNOWN_COLUMNS, column);
    const name = known ? column : column.replace(/\[\]$/, '');
    const refusal = known ? undefined : refusalOf(name, [...readers.values()]);
    if (refusal) leftOut.push(`column "${column}": ${refusal}`);
    else readers.set(column, { name, own: !known, read: known ? KNOWN[column] : ownReader(table, column, notes) });
  }

  function describe(row: Row): DescribedRow {
    const { at, cells } = row;
    const fields: [string, FieldValue][] = [];
    const own: [string, FieldValue][] = [];
    for (const [column, reader] of readers) {
      const cell = cells.get(column);
      if (cell === undefined) continue;
      const reading = reader.read(cell);
      if ('expected' in reading)
        leftOut.push(`${at}, column "${column}": expected ${reading.expected}, got ${shown(cell)}`);
      else if (!isEmpty(reading.value)) (reader.own ? own : fields).push([reader.name, reading.value]);
    }
    const known = { at, ...keysOf(row) };
    if (own.length > 0) return { ...known, fields: { ...Object.fromEntries(fields), fields: Object.fromEntries(own) } };
    return { ...known, fields: Object.fromEntries(fields) };
  }
  return { describe, leftOut, notes };
}

function refusalOf(name: string, others: readonly { name: string }[]): string | undefined {
  if (BUILT_IN_FIELDS.includes(name))
    return name === 'territory'
      ? 'territories are read from a column named "territories"'
      : 'every track has a field of this name, measured from its sound; name the column otherwise to keep both';
  if (!FIELD_NAME.test(name))
    return 'expected a name of 1 to 64 letters, digits, spaces and _ . : / -, which starts with a letter or digit';
  if (others.some((other) => other.name === name)) return `another column is named "${name}" already`;
  return undefined;
}

const KNOWN: Readonly<Record<(typeof KNOWN_COLUMNS)[number], Read>> = {
  title: readText,
  artist: readText,
  artists: readList,
  album: readText,
  genre: readList,
  tags: readList,
  licence: readText,
  instrumental: readYesOrNo,
  explicit: readYesOrNo,
  territories: readList,
};

function ownReader({ kind, separator, rows }: Rows, column: string, notes: string[]): Read {
  if (column.endsWith('[]')) return readList;
  const written: { at: string; cell: string }[] = [];
  for (const { at, cells } of rows) {
    const cell = cells.get(column);
    if (cell === undefined) continue;
    if (kind === 'jsonl') return OWN_OF_JSON[Array.isArray(cell) ? 'list' : typeof cell] ?? readText;
    written.push({ at, cell: String(cell) });
  }
  if (kind === 'jsonl') return readText;
  const numbers = numbersOf(written, separator);
  const { numberOf, nothing = [] } = numbers;
  if (nothing.length)
    notes.push(`column "${column}": ${nothing.length} of ${written.length} cells taken as empty: ${shown(nothing[0])}`);
  if (numberOf) return (cell) => ({ value: numberOf(String(cell)) ?? '' });
  if (numbers.butFor) notes.push(`column "${column}" is text, not numbers: ${numbers.butFor}`);
  return [readTrueOrFalse, readJsonList].find((read) => written.every(({ cell }) => 'value' in read(cell))) ?? readText;
}

const OWN_OF_JSON: Readonly<Record<string, Read>> = {
  list: readJsonList,
  number: readNumberOfJson,
  boolean: (cell) => (typeof cell === 'boolean' ? { value: cell } : { expected: 'true or false, as in earlier lines' }),
};

function readText(cell: unknown): Reading {
  if (typeof cell !== 'string' && typeof cell !== 'number') return { expected: 'text' };
  const value = clean(String(cell));
  return value.length <= MAX_TEXT_LENGTH ? { value } : { expected: `at most ${MAX_TEXT_LENGTH} characters` };
}

/** As people and spreadsheets write it. */
function readYesOrNo(cell: unknown): Reading {
  const word = typeof cell === 'object' ? '' : fold(String(cell));
  if (['true', 'yes', '1'].includes(word)) return { value: true };
  return ['false', 'no', '0'].includes(word) ? { value: false } : { expected: 'true or false, yes or no, 1 or 0' };
}

function readTrueOrFalse(cell: unknown): Reading {
  const word = fold(String(cell));
  return word === 'true' || word === 'false' ? { value: word === 'true' } : { expected: 'true or false' };
}

function readNumberOfJson(cell: unknown): Reading {
  return typeof cell === 'number' && Number.isFinite(cell)
    ? { value: cell }
    : { expected: 'a number, as in earlier lines' };
}

function readList(cell: unknown): Reading {
  const text = typeof cell === 'string' ? cell.trim() : undefined;
  return text === undefined || text.startsWith('[') ? readJsonList(cell) : listOf(text.split(';'));
}

function readJsonList(cell: unknown): Reading {
  const expected = 'a JSON list of texts';
  let list = cell;
  if (typeof cell === 'string')
    try {
      list = JSON.parse(cell);
    } catch {
      return { expected };
    }
  return Array.isArray(list) && list.every((word) => typeof word === 'string') ? listOf(list) : { expected };
}

/** Every word once, as first written. */
function listOf(words: readonly string[]): Reading {
  const byFold = new Map<string, string>();
  for (const word of words.map(clean)) if (word && !byFold.has(fold(word))) byFold.set(fold(word), word);
  const value = [...byFold.values()];
  return value.every((word) => word.length <= MAX_TEXT_LENGTH)
    ? { value }
    : { expected: `texts of at most ${MAX_TEXT_LENGTH} characters` };
}

/** Without control characters, on one line. */
const clean = (text: string): string =>
  text
    .toWellFormed()
    .normalize('NFC')
    .replace(/\p{Cc}+/gu, ' ')
    .trim();

const isEmpty = (value: FieldValue): boolean =>
  (Array.isArray(value) || typeof value === 'string') && value.length === 0;

const isOneOf = <const Name extends string>(names: readonly Name[], name: string): name is Name =>
  (names as readonly string[]).includes(name);
