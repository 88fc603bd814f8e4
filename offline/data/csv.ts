/** CSV (RFC 4180): files of strangers, record by record, and lines to write. */
import { parse } from 'csv-parse/sync';

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
 * Every record, and every line that is none: a fault costs its line only, so lines are parsed one by one. A cell may hold line breaks in
 * quotes. In the order of the lines.
 */
export function csvRecords(text: string): { records: CsvRecord[]; faults: LineFault[] } {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  const records: CsvRecord[] = [];
  const faults: LineFault[] = [];
  for (let at = 0; at < lines.length; ) {
    const [cells, used] = cellsFrom(lines, at);
    if (typeof cells === 'string') faults.push({ line: at + 1, reason: cells });
    else if (cells.length) records.push({ line: at + 1, cells });
    at += used;
  }
  return { records, faults };
}

/** A cell with more line breaks is a quote that was never closed. */
const MOST_LINES = 20;

/** The cells of the record that begins here, or why there is none, and how many lines it has. */
function cellsFrom(lines: readonly string[], at: number): [string[] | string, number] {
  if (lines[at].trim() === '') return [[], 1];
  let reason = '';
  for (let used = 1; used <= MOST_LINES && at + used <= lines.length; used++) {
    try {
      return [parse(lines.slice(at, at + used).join('\n'), { relax_column_count: true })[0] ?? [], used];
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      reason ||= `expected CSV, got a line that is not: ${message.replace(/ at line \d+.*/, '')}`;
      if (code !== 'CSV_QUOTE_NOT_CLOSED') break;
    }
  }
  return [reason, 1];
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
