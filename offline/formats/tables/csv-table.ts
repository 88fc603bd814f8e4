/** CSV as a table: the heading found and checked, each record under it, and each line that is none. */
import { cutText } from '../../../index/cut-text.ts';
import { isNothing, numberIn, secondsIn } from './cells.ts';
import { type CsvRecord, csvRecords, isRecord, type LineFault } from './csv.ts';
import type { Decoded } from './decode.ts';
import {
  columnNames,
  columnsOf,
  type Form,
  folded,
  knownNames,
  missingIn,
  type Row,
  type RowlessTable,
} from './form.ts';
import { whatElse } from './kinds.ts';
import { SEPARATORS, type Separator, sniff } from './sniff.ts';

/**
 * @param take is given each row as it is read
 * @throws Error naming the file, when it has no heading or that of another table
 */
export function csvTable(
  path: string,
  { text: whole, encoding }: Decoded,
  form: Form,
  take: (row: Row) => void,
): RowlessTable {
  const known = knownNames(form);
  const { separator, linesAbove, text } = sniff(whole, (name) => known.has(folded(name)));
  const faults: LineFault[] = [];
  let columns: string[] | undefined;
  let [nothing, row, count] = [0, 0, 0];

  /** The first records: a heading that is none is told by what stands below it. */
  function begin([heading, ...below]: readonly CsvRecord[]): void {
    columns = [];
    if (!heading && form.mayBeEmpty && !faults.length) return;
    if (!heading)
      throw new Error(
        `${path}: expected ${form.what}, got ${faults.length ? `${faults[0].reason} (line ${faults[0].line})` : 'an empty file'}. Name ${columnsOf(form.required)} in the first line.`,
      );
    columns = columnNames(heading.cells, known);
    checkHeading(path, form, columns, heading, below);
    while (columns.length > 1 && columns.at(-1) === '') columns.pop(); // a separator at the end of the line
    for (const record of below) readRow(columns, record);
  }

  function readRow(columns: readonly string[], { line, cells }: CsvRecord): void {
    row++;
    const isTooLong = cells.slice(columns.length).some((cell) => cell !== '');
    if (isTooLong || cells.length < columns.length) {
      faults.push({ line, reason: miscounted(columns.length, cells.length, separator) });
      return;
    }
    const said = columns.map((name, c) => [name, cells[c]] as const).filter(([, cell]) => !isNothing(cell));
    nothing += cells.filter((cell) => cell !== '' && isNothing(cell)).length;
    take({ line, row, cells: new Map(said) });
    count++;
  }

  const first: CsvRecord[] = [];
  for (const found of csvRecords(text, separator)) {
    const line = found.line + linesAbove;
    if (!isRecord(found)) faults.push({ ...found, line });
    else if (columns) readRow(columns, { ...found, line });
    else if (first.push({ ...found, line }) > LOOKED_AT) begin(first);
  }
  if (!columns) begin(first);
  return { path, kind: 'csv', encoding, separator, columns: columns ?? [], count, faults: byLine(faults), nothing };
}

/** Records below the heading. */
const LOOKED_AT = 20;

function miscounted(expected: number, got: number, separator: Separator): string {
  const between = SEPARATORS[separator];
  const next = got < expected ? 'Write the empty ones too' : `Put a cell that holds ${between}, such as 1,5, in quotes`;
  return `expected ${expected} cells with ${between} between them, got ${got}. ${separator === ',' || got < expected ? next : next.replace(', such as 1,5,', '')}`;
}

const byLine = (faults: LineFault[]): LineFault[] => faults.sort((a, b) => a.line - b.line);

function checkHeading(
  path: string,
  form: Form,
  columns: readonly string[],
  heading: CsvRecord,
  records: readonly CsvRecord[],
): void {
  const missing = missingIn(form, columns);
  const twice = columns.find((name, i) => name !== '' && columns.indexOf(name) !== i);
  if (!missing.length && twice !== undefined)
    throw new Error(`${path}: expected each column once, got "${twice}" twice. Rename or remove one.`);
  if (!missing.length) return;
  const known = knownNames(form);
  const names = columnsOf(form.required);
  const line = cutText(heading.cells.join(','), 100);
  const other = whatElse(form.what, heading.cells.map(folded));
  if (other) throw new Error(`${path}: expected ${form.what} with ${names}, got ${other}`);
  const below = records.find(({ cells }) => !missingIn(form, columnNames(cells, known)).length);
  if (below)
    throw new Error(
      `${path}: expected the names of the columns in the first line, found them in line ${below.line}, below "${line}". Remove what stands above.`,
    );
  if (!heading.cells.some((cell) => known.has(folded(cell))) && heading.cells.some(looksLikeData))
    throw new Error(
      `${path}: the first row looks like data: expected a header with ${names}, got "${line}". Put a line with the names of the columns above it.`,
    );
  const isOne = heading.cells.length === 1 && /\s/.test(line);
  const next = isOne
    ? 'Put commas, semicolons, tabs or pipes between the columns.'
    : 'Name the columns in the first line.';
  throw new Error(
    `${path}: expected ${names}, found no ${missing.map((either) => either.join(' or ')).join(', ')} in "${line}". ${next}`,
  );
}

/** A number, a time, or a file, none of which is the name of a column. */
const looksLikeData = (cell: string): boolean =>
  numberIn(cell) !== undefined || secondsIn(cell) !== undefined || /[^.\s]\.[a-z][a-z\d]{1,4}$/i.test(cell);
