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
import type { Form, Table } from './form.ts';
import { jsonTable } from './json-table.ts';
import { SEPARATORS } from './sniff.ts';

/** @throws Error naming the file: it is not there, is no text, or is a table of another kind */
export async function readTable(path: string, form: Form): Promise<Table> {
  const { expected = form.what, next } = form.missing ?? {};
  return tableOf(path, await readText(path, expected, next), form);
}

/** @throws Error like readTable */
export function tableIn(path: string, bytes: Uint8Array, form: Form): Table {
  return tableOf(path, decodeText(bytes, path), form);
}

/** @throws Error like readTable */
export function tableOf(path: string, decoded: Decoded, form: Form): Table {
  return /^\s*[{[]/.test(decoded.text) ? jsonTable(path, decoded, form) : csvTable(path, decoded, form);
}

/** One line for people: "log.csv: semicolons, Windows-1252, header, 120 rows, 3 repeated and counted once". */
export function understood({ path, kind, encoding, separator, columns, rows, nothing }: Table, repeated = 0): string {
  const form = kind === 'jsonl' ? ['JSON lines', encoding] : [SEPARATORS[separator ?? ','], encoding, 'header'];
  return [
    `${basename(path)}: ${kind === 'csv' && !columns.length ? 'empty' : form.join(', ')}`,
    rows.length === 1 ? '1 row' : `${rows.length} rows`,
    ...(repeated ? [`${repeated} repeated and counted once`] : []),
    ...(nothing ? [`${nothing} ${nothing === 1 ? 'cell' : 'cells'} of "n/a", "-" or the like taken as empty`] : []),
  ].join(', ');
}

/** Whether there is something about a file that its writer may not know: for files that are usually our own. */
export function isUnusual({ kind, encoding, separator, nothing }: Table, repeated = 0): boolean {
  return kind === 'jsonl' || encoding !== 'UTF-8' || separator !== ',' || nothing + repeated > 0;
}
