/**
 * The one reader of the tables that users hand in: logs, catalogues, annotations. CSV with any usual separator, JSON lines, or one JSON
 * list of objects, in any encoding of decode.ts, with a heading whose names may have other capitals, spaces and hyphens.
 *
 * Cells come trimmed, and those that say nothing ("", "-", "n/a") are left out. What a column's values mean is its reader's business
 * (cells.ts and seconds.ts have numbers and times), as are rows that say the same (repeated.ts) and names of files (names.ts).
 */
import { basename } from 'node:path';
import { csvTable } from './csv-table.ts';
import { type Decoded, decodeText, readText } from './decode.ts';
import type { Form, Row, RowlessTable, Table } from './form.ts';
import { jsonTable } from './json-table.ts';
import { SEPARATORS } from './sniff.ts';

/** @throws Error naming the file: it is not there, is no text, or is a table of another kind */
export async function readTable(path: string, form: Form): Promise<Table> {
  return tableOf(path, await textOf(path, form), form);
}

/**
 * The same, of a table that may be as long as a library.
 * @param take is given each row as it is read
 * @throws Error like readTable
 */
export async function readEachRow(path: string, form: Form, take: (row: Row) => void): Promise<RowlessTable> {
  return eachRowOf(path, await textOf(path, form), form, take);
}

/** @throws Error like readTable */
export function tableIn(path: string, bytes: Uint8Array, form: Form): Table {
  return tableOf(path, decodeText(bytes, path), form);
}

/** @throws Error like readTable */
export function tableOf(path: string, decoded: Decoded, form: Form): Table {
  const rows: Row[] = [];
  const table = eachRowOf(path, decoded, form, (row) => void rows.push(row));
  return { ...table, rows };
}

function textOf(path: string, { what, missing }: Form): Promise<Decoded> {
  const { expected = what, next } = missing ?? {};
  return readText(path, expected, next);
}

function eachRowOf(path: string, decoded: Decoded, form: Form, take: (row: Row) => void): RowlessTable {
  return (/^\s*[{[]/.test(decoded.text) ? jsonTable : csvTable)(path, decoded, form, take);
}

/** One line for people: "log.csv: semicolons, Windows-1252, header, 120 rows, 3 repeated and counted once". */
export function understood(table: RowlessTable, repeated = 0): string {
  const { path, kind, encoding, separator, columns, count, nothing } = table;
  const form = kind === 'jsonl' ? ['JSON lines', encoding] : [SEPARATORS[separator ?? ','], encoding, 'header'];
  return [
    `${basename(path)}: ${kind === 'csv' && !columns.length ? 'empty' : form.join(', ')}`,
    count === 1 ? '1 row' : `${count} rows`,
    ...(repeated ? [`${repeated} repeated and counted once`] : []),
    ...(nothing ? [`${nothing} ${nothing === 1 ? 'cell' : 'cells'} of "n/a", "-" or the like taken as empty`] : []),
  ].join(', ');
}

/** Whether there is something about a file that its writer may not know: for files that are usually our own. */
export function isUnusual({ kind, encoding, separator, nothing }: RowlessTable, repeated = 0): boolean {
  return kind === 'jsonl' || encoding !== 'UTF-8' || separator !== ',' || nothing + repeated > 0;
}
