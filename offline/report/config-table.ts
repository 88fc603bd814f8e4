/**
 * A config as a table of flattened keys, with what its preset says where the two differ.
 * Reads any plain object, so that configs of older runs can be shown too.
 */
import { html, type Markup } from './html.ts';

export interface ConfigRow {
  /** Keys joined by dots: `loss.l1`. */
  key: string;
  /** As written in the config; undefined when only the preset has the key. */
  value?: string;
  /** What the preset says, where it says something else; 'not in the preset' for a key of the config alone. */
  preset?: string;
}

/** Rows in the config's order, then the keys that only the preset has. Nothing differs when no preset is given. */
export function configRows(config: object, preset?: object): ConfigRow[] {
  const values = flattened(config);
  if (!preset) return [...values].map(([key, value]) => ({ key, value: shown(value) }));
  const usual = flattened(preset);
  const rows = [...values].map(([key, value]): ConfigRow => {
    if (!usual.has(key)) return { key, value: shown(value), preset: 'not in the preset' };
    const other = usual.get(key);
    const same = typeof value === typeof other && shown(value) === shown(other);
    return { key, value: shown(value), preset: same ? undefined : shown(other) };
  });
  const absent = [...usual].filter(([key]) => !values.has(key));
  return [...rows, ...absent.map(([key, value]) => ({ key, preset: shown(value) }))];
}

export function configTable(config: object, preset?: object): Markup {
  const rows = configRows(config, preset);
  const changed = rows.filter((row) => row.preset !== undefined).length;
  const summary =
    changed === 0
      ? 'Every value is the preset’s.'
      : `${changed} of ${rows.length} values differ from the preset; they are shaded.`;
  return html`${preset && html`<p class="quiet">${summary}</p>`}
<div class="wide" tabindex="0"><table>
<thead><tr><th scope="col">key</th><th scope="col">value</th>${preset && html`<th scope="col">preset</th>`}</tr></thead>
<tbody>
${rows.map((row) => tableRow(row, preset !== undefined))}</tbody>
</table></div>
`;
}

const tableRow = ({ key, value, preset }: ConfigRow, compared: boolean): Markup =>
  html`<tr${preset === undefined ? undefined : html` class="changed"`}><th scope="row">${key}</th><td>${value ?? '(absent)'}</td>${compared ? html`<td>${preset}</td>` : undefined}</tr>\n`;

function flattened(value: object, path = ''): Map<string, unknown> {
  const entries: [string, unknown][] = Object.entries(value);
  return new Map(
    entries.flatMap(([key, inner]) =>
      nested(inner) ? [...flattened(inner, `${path}${key}.`)] : [[`${path}${key}`, inner]],
    ),
  );
}

const nested = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;

/** Not all JSON: there NaN and Infinity would read `null`. */
const shown = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
