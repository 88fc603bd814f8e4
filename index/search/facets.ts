/**
 * What can be asked for and how much there is of it: every field of the catalogue with its values and their counts.
 *
 * The count of a value is the number of tracks that a filter for this value alone accepts. So a track that lists no
 * territories, which is licensed everywhere, counts under each; and removed tracks count nowhere. Under filters, a field is counted among
 * the tracks that the filters of all other fields accept: what stands beside the value that is chosen is what one gets by choosing another.
 * Without filters they were counted when the index was built (index/format/facets.ts).
 */
import type { Facet } from '../format/facets.ts';
import type { WordColumn } from './columns.ts';
import { type Column, type Columns, countIn, countWords, type NumberColumn, withoutValue } from './columns.ts';
import { compileFilter, type Filters } from './filter.ts';

/** Values of a field that are listed: what fits a menu. */
export const FACET_VALUES = 50;

/**
 * One facet per field, in the order of `columns.fields`.
 * @throws FilterError for filters that do not suit the catalogue
 */
export function facetsOf(columns: Columns, filters: Filters = {}): Facet[] {
  const among = amongOf(columns, filters);
  return columns.fields.map((field) => facetOf(columns.column(field)!, among(field)));
}

/**
 * The tracks that a field is counted among: for who loads one column after the other.
 * @param columns has the fields of the filters
 * @throws FilterError for filters that do not suit the catalogue
 */
export function amongOf(columns: Columns, filters: Filters): (field: string) => Uint8Array {
  const all = compileFilter(filters, undefined, columns).accepted;
  return (field) => {
    const { [field]: own, ...others } = filters;
    return own === undefined ? all : compileFilter(others, undefined, columns).accepted;
  };
}

export function facetOf(column: Column, among: Uint8Array): Facet {
  const without = countIn(withoutValue(column, among));
  const facet = { field: column.field, kind: column.kind, tracks: countIn(among) - without, without };
  return { ...facet, ...(column.kind === 'number' ? extremes(column, among) : counts(column, among, without)) };
}

function extremes({ raw, none, scale }: NumberColumn, among: Uint8Array): Pick<Facet, 'min' | 'max'> {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let label = 0; label < raw.length; label++) {
    const value = raw[label];
    if (among[label] === 0 || value === none) continue;
    if (value < min) min = value; // neither is true of NaN
    if (value > max) max = value;
  }
  return min <= max ? { min: min / scale, max: max / scale } : {};
}

function counts(column: WordColumn, among: Uint8Array, without: number): Pick<Facet, 'values' | 'more'> {
  const { field, kind, words } = column;
  const everywhere = field === 'territory' ? without : 0;
  const tracks = countWords(column, among);
  const places = [...tracks.keys()].filter((place) => words.isListed(place) && tracks[place] + everywhere > 0);
  const most = places.sort((one, other) => tracks[other] - tracks[one]).slice(0, FACET_VALUES);
  // Equal counts are listed by name, so all are compared that count as many as the last one listed.
  const least = tracks[most.at(-1) ?? 0];
  const named = places
    .filter((place) => tracks[place] >= least)
    .map((place) => ({ word: words.at(place), tracks: tracks[place] + everywhere }))
    .sort((one, other) => other.tracks - one.tracks || (one.word < other.word ? -1 : 1));
  return {
    values: named
      .slice(0, FACET_VALUES)
      .map(({ word, tracks }) => ({ value: kind === 'boolean' ? word === 'true' : word, tracks })),
    more: Math.max(0, places.length - FACET_VALUES),
  };
}
