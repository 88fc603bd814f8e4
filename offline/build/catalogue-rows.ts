/**
 * A library's own catalogue as rows of named cells: CSV with a heading, or JSON Lines with an object per line.
 *
 * What the columns mean is in catalogue-fields.ts, which track a row belongs to in catalogue-match.ts.
 */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { parse } from 'csv-parse/sync';
import { fold } from '../../index/fold.ts';
import { notFound } from '../files.ts';

export interface Row {
  /** For people: "row 3" of CSV, the heading not counted; "line 3" of JSON Lines. */
  at: string;
  /** By column. Of CSV they are text; null and blank text say nothing and are left out. */
  cells: Map<string, unknown>;
}
export interface Rows {
  kind: 'csv' | 'jsonl';
  /** In the order in which they come. */
  columns: string[];
  rows: Row[];
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

/** @throws Error when the file is missing, broken or of another kind, and when it has neither of the columns file and id */
export async function readRows(path: string): Promise<Rows> {
  const kind = KINDS[extname(path).toLowerCase()];
  if (!kind)
    throw new Error(
      `${path}: expected a catalogue named .csv or .jsonl, got "${extname(path)}". Export it as CSV with a heading, or as one JSON object per line.`,
    );
  const bytes = await readFile(path).catch(notFound(path, 'a catalogue of the library', 'Check the path.'));
  const rows = kind === 'csv' ? fromCsv(path, bytes) : fromJsonLines(path, bytes.toString('utf8'));
  const columns = [...new Set(rows.flatMap(({ cells }) => [...cells.keys()]))];
  if (rows.length > 0 && !KEYS.some((key) => columns.includes(key)))
    throw new Error(
      `${path}: expected a column "file" (path within the folder of music) or "id", got ${columns.slice(0, 20).join(', ')}. Add one, to say which track a row is about.`,
    );
  return { kind, columns, rows };
}

const KINDS: Readonly<Record<string, Rows['kind']>> = { '.csv': 'csv', '.jsonl': 'jsonl', '.ndjson': 'jsonl' };

function fromCsv(path: string, bytes: Buffer): Row[] {
  let lines: string[][];
  try {
    lines = parse(bytes, { bom: true, skip_empty_lines: true });
  } catch (error) {
    throw new Error(`${path}: expected CSV, got a file that is not. ${(error as Error).message}`, { cause: error });
  }
  const [heading = [], ...records] = lines;
  const columns = heading.map(columnName);
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (twice !== undefined)
    throw new Error(`${path}: expected each column once, got "${twice}" twice. Rename or remove one.`);
  return records.map((record, i) => ({
    at: `row ${i + 1}`,
    cells: cellsOf(columns.map((name, c) => [name, record[c]])),
  }));
}

function fromJsonLines(path: string, text: string): Row[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line, i) => ({ line, at: `line ${i + 1}` }))
    .filter(({ line }) => line.trim())
    .map(({ line, at }) => {
      let value: unknown;
      try {
        value = JSON.parse(line);
      } catch (cause) {
        throw new Error(`${path}: expected a JSON object in ${at}, got text that is not JSON. Mend the line.`, {
          cause,
        });
      }
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw new Error(`${path}: expected a JSON object in ${at}, got ${line.slice(0, 60)}. Name the values.`);
      return { at, cells: cellsOf(Object.entries(value).map(([name, cell]) => [columnName(name), cell])) };
    });
}

/** Names that we know are ours however they are capitalised: a spreadsheet says "Artist". */
function columnName(heading: string): string {
  const folded = fold(heading);
  const known: readonly string[] = [...KEYS, ...KNOWN_COLUMNS];
  return known.includes(folded) ? folded : heading.normalize('NFC').trim();
}

function cellsOf(cells: [string, unknown][]): Map<string, unknown> {
  return new Map(cells.filter(([, cell]) => cell != null && !(typeof cell === 'string' && cell.trim() === '')));
}
