/**
 * What a table should be (Form) and what it is when it has been read (Table); how names of columns are compared.
 *
 * Letter case, spaces, hyphens and "_" do not count: "Video ID" is video_id. A synonym counts only where a form has it.
 */
import { trimmed } from './cells.ts';
import type { LineFault } from './csv.ts';
import type { Encoding } from './decode.ts';
import type { Separator } from './sniff.ts';

/** What a table should be. */
export interface Form {
  /** For people: "an editing log". */
  what: string;
  /** What is said where there is no such file. */
  missing?: { expected: string; next: string };
  /** Columns that mean something, and other names each may have. */
  columns: Readonly<Record<string, readonly string[]>>;
  /** Of each of these sets a table has at least one. */
  required: readonly (readonly string[])[];
  /** Whether a CSV without a row needs no heading either. */
  mayBeEmpty?: boolean;
}

export interface Row {
  /** Of the file, from 1. */
  line: number;
  /** Of the table, from 1, the heading not counted. */
  row: number;
  /** By column. Of CSV they are text, trimmed. */
  cells: ReadonlyMap<string, unknown>;
}

/** A table whose rows went where they are wanted, one by one. */
export interface RowlessTable {
  /** As the user gave it. */
  path: string;
  kind: 'csv' | 'jsonl';
  encoding: Encoding;
  /** Of CSV. */
  separator?: Separator;
  /** In the order in which they come; known ones by the name of the form. */
  columns: string[];
  /** Rows there were. */
  count: number;
  /** Lines that are no rows. In the order of the lines. */
  faults: LineFault[];
  /** Cells that say nothing in a word. */
  nothing: number;
}

export interface Table extends RowlessTable {
  rows: Row[];
}

/** How names of columns are compared. */
export const folded = (name: string): string =>
  trimmed(name)
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s_-]+/g, '_');

/** By any name of a column, as folded, the form's own. */
export function knownNames({ columns }: Form): Map<string, string> {
  const names = new Map<string, string>();
  for (const [name, others] of Object.entries(columns))
    for (const one of [...others, name]) names.set(folded(one), name);
  return names;
}

/** The form's names of columns. A name of its own stands above another's synonym; a column it does not know keeps its name. */
export function columnNames(given: readonly string[], known: ReadonlyMap<string, string>): string[] {
  const own = new Set(given.map(folded).filter((name) => folded(known.get(name) ?? '') === name));
  return given.map((name) => {
    const column = known.get(folded(name));
    const isOther = column !== undefined && folded(column) !== folded(name) && own.has(folded(column));
    return column === undefined || isOther ? trimmed(name).normalize('NFC') : column;
  });
}

export const missingIn = ({ required }: Form, columns: readonly string[]): (readonly string[])[] =>
  required.filter((either) => !either.some((name) => columns.includes(name)));

/** `the columns clip, track`, or `a column file or id` */
export function columnsOf(required: Form['required']): string {
  const names = required.map((either) => either.join(' or ')).join(', ');
  return required.length === 1 ? `a column ${names}` : `the columns ${names}`;
}
