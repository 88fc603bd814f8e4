/** JSON lines as a table, or one JSON list of objects: a row an object, a column a member of any of them. */
import { cutText } from '../../../index/cut-text.ts';
import { parsedJson } from '../../lib/json.ts';
import { isNothing, shown, trimmed } from './cells.ts';
import type { LineFault } from './csv.ts';
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

/**
 * @param take is given each row as it is read
 * @throws Error naming the file, when its objects are those of another table
 */
export function jsonTable(
  path: string,
  { text, encoding }: Decoded,
  form: Form,
  take: (row: Row) => void,
): RowlessTable {
  const faults: LineFault[] = [];
  const known = knownNames(form);
  const columns = new Set<string>();
  const given = new Set<string>();
  let [nothing, count] = [0, 0];
  for (const { line, text: written, value } of valuesIn(text)) {
    if (!isObject(value)) {
      faults.push({
        line,
        reason: `expected a JSON object, got ${value === undefined ? 'text that is not JSON' : cutText(trimmed(written), 60)}. Write an object a line`,
      });
      continue;
    }
    const keys = Object.keys(value);
    for (const key of keys) given.add(key);
    const names = columnNames(keys, known); // of each object by itself: some may say clip, others video_id
    const cells = new Map<string, unknown>();
    for (const [at, cell] of Object.values(value).entries()) {
      const held: unknown = typeof cell === 'string' ? trimmed(cell) : cell;
      columns.add(names[at]);
      if (typeof held === 'string' && held !== '' && isNothing(held)) nothing++;
      else if (held !== null && held !== undefined && held !== '') cells.set(names[at], held);
    }
    take({ line, row: ++count, cells });
  }
  if (count && missingIn(form, [...columns]).length) {
    const other = whatElse(form.what, [...new Set(Array.from(given, folded))]);
    if (other) throw new Error(`${path}: expected ${form.what} with ${columnsOf(form.required)}, got ${other}`);
  }
  return { path, kind: 'jsonl', encoding, columns: [...columns], count, faults, nothing };
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
function* valuesIn(text: string): Generator<Value> {
  const list = /^\s*\[/.test(text) ? parsedJson(text) : undefined;
  if (Array.isArray(list) && (list.some(isObject) || !list.length)) {
    for (const [i, value] of list.entries()) yield { line: i + 1, text: shown(value), value };
    return;
  }
  let number = 0;
  for (const [line] of text.matchAll(/[^\r\n]+|\r\n|\n|\r/g)) {
    const isEnd = line === '\n' || line === '\r' || line === '\r\n';
    if (isEnd) number++;
    else if (line.trim() !== '') yield { line: number + 1, text: line, value: parsedJson(line) };
  }
}
