/** JSON lines as a table, or one JSON list of objects: a row an object, a column a member of any of them. */
import { cutText } from '../../../index/cut-text.ts';
import { parsedJson } from '../../lib/json.ts';
import { isNothing, shown, trimmed } from './cells.ts';
import type { LineFault } from './csv.ts';
import type { Decoded } from './decode.ts';
import { columnNames, columnsOf, type Form, folded, knownNames, missingIn, type Row, type Table } from './form.ts';
import { whatElse } from './kinds.ts';

/** @throws Error naming the file, when its objects are those of another table */
export function jsonTable(path: string, { text, encoding }: Decoded, form: Form): Table {
  const faults: LineFault[] = [];
  const objects: { line: number; value: object }[] = [];
  for (const { line, text: written, value } of valuesIn(text))
    if (isObject(value)) objects.push({ line, value });
    else
      faults.push({
        line,
        reason: `expected a JSON object, got ${value === undefined ? 'text that is not JSON' : cutText(trimmed(written), 60)}. Write an object a line`,
      });
  const known = knownNames(form);
  const columns = new Set<string>();
  let nothing = 0;
  const rows = objects.map(({ line, value }, i): Row => {
    const given = Object.keys(value);
    const names = columnNames(given, known); // of each object by itself: some may say clip, others video_id
    const cells = new Map<string, unknown>();
    for (const [at, cell] of Object.values(value).entries()) {
      const held: unknown = typeof cell === 'string' ? trimmed(cell) : cell;
      columns.add(names[at]);
      if (typeof held === 'string' && held !== '' && isNothing(held)) nothing++;
      else if (held !== null && held !== undefined && held !== '') cells.set(names[at], held);
    }
    return { line, row: i + 1, cells };
  });
  if (rows.length && missingIn(form, [...columns]).length) {
    const other = whatElse(form.what, [...new Set(objects.flatMap(({ value }) => Object.keys(value).map(folded)))]);
    if (other) throw new Error(`${path}: expected ${form.what} with ${columnsOf(form.required)}, got ${other}`);
  }
  return { path, kind: 'jsonl', encoding, columns: [...columns], rows, faults, nothing };
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Value {
  line: number;
  text: string;
  /** undefined where the text is no JSON. */
  value: unknown;
}

/** Of lines, or of one list over however many lines; its entries are named by their place in it. */
function valuesIn(text: string): Value[] {
  const list = /^\s*\[/.test(text) ? parsedJson(text) : undefined;
  if (Array.isArray(list) && (list.some(isObject) || !list.length))
    return list.map((value: unknown, i) => ({ line: i + 1, text: shown(value), value }));
  return text
    .split(/\r\n|\n|\r/)
    .map((line, i) => ({ line: i + 1, text: line, value: line.trim() ? parsedJson(line) : undefined }))
    .filter((entry) => entry.text.trim() !== '');
}
