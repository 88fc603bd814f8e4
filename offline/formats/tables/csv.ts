/**
 * CSV (RFC 4180): files of strangers, record by record, and lines to write.
 *
 * A fault costs its line only, so lines are parsed one by one. Cells are trimmed, in quotes or not: a space after a comma is not part of a
 * name, whatever RFC 4180 says of it. Which separator a file has is sniff.ts's.
 */
import { parse } from 'csv-parse/sync';
import { trimmed } from './cells.ts';

export interface LineFault {
  line: number;
  reason: string;
}

export interface CsvRecord {
  /** Of the file, from 1. */
  line: number;
  cells: string[];
}

/**
 * Every record, and every line that is none, in the order of the lines, one after another. A cell may hold line breaks in quotes.
 * @param most records to read, for a look at the beginning
 */
export function* csvRecords(
  text: string,
  separator = ',',
  most = Number.POSITIVE_INFINITY,
): Generator<CsvRecord | LineFault> {
  const lines = linesOf(text);
  let records = 0;
  for (let at = 0; at < lines.length && records < most; ) {
    const [cells, used] = cellsFrom(lines, at, separator);
    if (typeof cells === 'string') yield { line: at + 1, reason: cells };
    else if (cells.some((cell) => cell !== '')) {
      yield { line: at + 1, cells };
      records++;
    }
    at += used;
  }
}

export const isRecord = (found: CsvRecord | LineFault): found is CsvRecord => 'cells' in found;

/** With their ends, which a cell in quotes may hold. */
const linesOf = (text: string): string[] => text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];

/** A cell with more line breaks is a quote that was never closed. */
const MOST_LINES = 20;

/** The cells of the record that begins here, or why there is none, and how many lines it has. */
function cellsFrom(lines: readonly string[], at: number, separator: string): [string[] | string, number] {
  if (!lines[at].includes('"')) return [lines[at].split(separator).map(trimmed), 1]; // most lines, and 20 times as fast
  let reason = '';
  for (let used = 1; used <= MOST_LINES && at + used <= lines.length; used++) {
    const found = parsed(lines.slice(at, at + used).join(''), separator);
    if (Array.isArray(found)) return [found, used];
    reason ||= `expected CSV, got a line that is not: ${found.message.replace(/ at line \d+.*/s, '')}`;
    if (found.code !== 'CSV_QUOTE_NOT_CLOSED') break;
  }
  return [reason, 1];
}

function parsed(text: string, separator: string, relaxed = false): string[] | { code?: string; message: string } {
  const options = {
    delimiter: separator,
    trim: separator.trim() !== '', // csv-parse would trim tabs too
    relax_column_count: true,
    relax_quotes: relaxed,
    record_delimiter: ['\r\n', '\n', '\r'],
  };
  try {
    return (parse(text, options)[0] ?? []).map(trimmed);
  } catch (error) {
    const fault = error as Error & { code?: string };
    // A 7" single: a quote within a cell that has none around it stands for itself.
    return fault.code === 'INVALID_OPENING_QUOTE' && !relaxed ? parsed(text, separator, true) : fault;
  }
}

/** A line to write: what holds a comma, a quote or a line break stands in quotes. */
export function csvLine(cells: readonly (string | number)[]): string {
  return cells
    .map((value) => {
      const text = String(value);
      return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(',');
}
