/**
 * What can be asked for and how much there is of it: every field of the catalogue with its values and their counts.
 *
 * The count of a value is the number of tracks that a filter for this value alone accepts. So a track that lists no
 * territories, which is licensed everywhere, counts under each; and removed tracks count nowhere. Under filters, a field is counted among
 * the tracks that the filters of all other fields accept: what stands beside the value that is chosen is what one gets by choosing another.
 */
import type { Columns, FieldKind, NumberColumn, WordColumn } from './columns.ts';
import { compileFilter, type Filters } from './filter.ts';

/** One field as GET /v1/filters lists it: `values` and `more` of words, `min` and `max` of numbers. */
export interface Facet {
  field: string;
  kind: FieldKind;
  /** Tracks that have a value, and those that have none. */
  tracks: number;
  without: number;
  /** The most frequent first, equal counts by name; of numbers there are none. */
  values?: { value: string | boolean; tracks: number }[];
  /** Values that are not listed. */
  more?: number;
  /** The smallest and largest number; missing where there is none. */
  min?: number;
  max?: number;
}

/** Values of a field that are listed: what fits a menu. */
export const FACET_VALUES = 50;

/**
 * One facet per field, in the order of `columns.fields`.
 * @throws FilterError for filters that do not suit the catalogue
 */
export function facetsOf(columns: Columns, filters: Filters = {}): Facet[] {
  const all = compileFilter(filters, undefined, columns).accepted;
  return columns.fields.map((field) => {
    const column = columns.column(field)!;
    const { [field]: own, ...others } = filters;
    const among = own === undefined ? all : compileFilter(others, undefined, columns).accepted;
    const without = countIn(among, column.without);
    const facet = { field, kind: column.kind, tracks: total(among) - without, without };
    return { ...facet, ...(column.kind === 'number' ? extremes(column, among) : counts(column, among, without)) };
  });
}

function total(among: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < among.length; i++) count += among[i];
  return count;
}

function countIn(among: Uint8Array, labels: Uint32Array): number {
  let count = 0;
  for (const label of labels) count += among[label];
  return count;
}

function extremes({ values }: NumberColumn, among: Uint8Array): Pick<Facet, 'min' | 'max'> {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const [label, value] of values.entries()) {
    if (among[label] === 0) continue;
    if (value < min) min = value; // neither is true of NaN
    if (value > max) max = value;
  }
  return min <= max ? { min, max } : {};
}

function counts(
  { field, kind, words, labelsOf }: WordColumn,
  among: Uint8Array,
  without: number,
): Pick<Facet, 'values' | 'more'> {
  const everywhere = field === 'territory' ? without : 0;
  const all = words
    .map((word, place) => ({ word, tracks: countIn(among, labelsOf(place)) + everywhere }))
    .filter(({ tracks }) => tracks > 0);
  all.sort((one, other) => other.tracks - one.tracks || (one.word < other.word ? -1 : 1));
  return {
    values: all
      .slice(0, FACET_VALUES)
      .map(({ word, tracks }) => ({ value: kind === 'boolean' ? word === 'true' : word, tracks })),
    more: Math.max(0, all.length - FACET_VALUES),
  };
}
