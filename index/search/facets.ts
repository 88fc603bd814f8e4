/**
 * What can be asked for and how much there is of it: every field of the catalogue with its values and their counts.
 *
 * The count of a value is the number of tracks that a filter for this value alone accepts. So a track that lists no
 * territories, which is licensed everywhere, counts under each; and removed tracks count nowhere.
 */
import type { Columns, FieldKind, WordColumn } from './columns.ts';

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

/** One facet per field, in the order of `columns.fields`. */
export function facetsOf(columns: Columns): Facet[] {
  return columns.fields.map((field) => {
    const column = columns.column(field)!;
    const without = column.without.length;
    const facet = { field, kind: column.kind, tracks: columns.liveCount - without, without };
    return { ...facet, ...(column.kind === 'number' ? extremes(column.values) : counts(column)) };
  });
}

function extremes(values: Float64Array): Pick<Facet, 'min' | 'max'> {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < min) min = value; // neither is true of NaN
    if (value > max) max = value;
  }
  return min <= max ? { min, max } : {};
}

function counts({ field, kind, words, labelsOf, without }: WordColumn): Pick<Facet, 'values' | 'more'> {
  const everywhere = field === 'territory' ? without.length : 0;
  const all = words.map((word, place) => ({ word, tracks: labelsOf(place).length + everywhere }));
  all.sort((one, other) => other.tracks - one.tracks || (one.word < other.word ? -1 : 1));
  return {
    values: all
      .slice(0, FACET_VALUES)
      .map(({ word, tracks }) => ({ value: kind === 'boolean' ? word === 'true' : word, tracks })),
    more: Math.max(0, all.length - FACET_VALUES),
  };
}
