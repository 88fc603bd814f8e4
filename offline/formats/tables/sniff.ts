/**
 * Which separator a table has: what its first line says ("sep=;", which spreadsheets write and read), else the one by which the heading
 * has most of the columns that are looked for; where none has any, the one that gives its first records the same number of cells.
 */
import { type CsvRecord, csvRecords, isRecord } from './csv.ts';

export const SEPARATORS = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'pipes' } as const;
export type Separator = keyof typeof SEPARATORS;
const ALL = Object.keys(SEPARATORS) as Separator[];

export interface Sniffed {
  separator: Separator;
  /** Of the file: how many stand above the heading. */
  linesAbove: number;
  /** What is below them. */
  text: string;
}

const SEP_LINE = /^\s*"?sep=(.)"?[,;\t| ]*(?:\r\n|\n|\r|$)/i;
/** Of the beginning: letters and records. */
const LOOKED_AT = { letters: 65_536, records: 20 };

/** @param isKnown whether a column of this name is looked for */
export function sniff(text: string, isKnown: (name: string) => boolean): Sniffed {
  const said = SEP_LINE.exec(text);
  if (said && isSeparator(said[1])) return { separator: said[1], linesAbove: 1, text: text.slice(said[0].length) };
  const head = text.slice(0, LOOKED_AT.letters);
  const tried = ALL.map((separator) => ({
    separator,
    ...likelihood([...csvRecords(head, separator, LOOKED_AT.records)].filter(isRecord), isKnown),
  }));
  const [best] = tried.sort((a, b) => b.known - a.known || b.alike - a.alike || b.cells - a.cells); // a stable sort: commas first
  return { separator: best.separator, linesAbove: 0, text };
}

const isSeparator = (letter: string): letter is Separator => letter in SEPARATORS;

function likelihood(records: readonly CsvRecord[], isKnown: (name: string) => boolean) {
  const cells = records[0]?.cells.length ?? 0;
  const known = new Set(records.flatMap((record) => record.cells.filter(isKnown))).size;
  const alike = cells > 1 ? records.filter((record) => record.cells.length === cells).length / records.length : 0;
  return { known, alike, cells };
}
