/**
 * Which tracks a request allows: its filters and exclusions, compiled against the catalogue to one byte per track.
 *
 * All fields must hold, and of one field all that is asked. A field with several values (tags, genre, territory, artist)
 * holds when one of them does. Text is compared as fold.ts says; numbers exactly, ranges with both ends. A track without a value
 * matches nothing that is asked of it, and so matches every `not`. The one exception is territory: a track that lists none
 * is licensed everywhere, and matches every territory.
 * Searching under the filter is left to the retriever, the shape of a request's JSON to functions/schema/filters.ts.
 */

import { cutText, shortText } from '../cut-text.ts';
import {
  answersTo,
  type Column,
  type Columns,
  countIn,
  oneOf,
  type WordColumn,
  within,
  withoutValue,
} from './columns.ts';
import { readKeyName } from './key-name.ts';
import { nearestName } from './nearest-name.ts';

/** One value to compare with; which type suits is the field's kind. */
export type FilterValue = string | number | boolean;
/** Ends included; one of them may be missing. */
export interface FilterRange {
  min?: number;
  max?: number;
}
/** All that is given must hold. */
export interface Asked {
  eq?: FilterValue;
  in?: FilterValue[];
  range?: FilterRange;
}
/** A bare value is short for `{eq: value}`. */
export type Condition = FilterValue | (Asked & { not?: FilterValue | Asked });
/** Conditions by field. */
export type Filters = Record<string, Condition>;

/** Tracks that a request does not want, whatever its filters say. A track of several artists goes with any of them. */
export interface Exclude {
  /** Ids. What the index does not have is passed over: a list of recently used tracks may be older than the index. */
  tracks?: readonly string[];
  artists?: readonly string[];
}

/** The tracks that a request allows: `accept` for a search to ask, the bytes for loops over all. */
export interface CompiledFilter {
  accept(label: number): boolean;
  /** By label: 1 = accepted. */
  accepted: Uint8Array;
  /** How many are. */
  count: number;
}

/** What is wrong with filters: the caller's fault. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
}

/**
 * @param columns of the catalogue (columns.ts). Tracks that were removed are never accepted.
 * @throws FilterError for a field that the catalogue does not have, and a condition that does not suit its kind
 */
export function compileFilter(
  filters: Filters | undefined,
  exclude: Exclude | undefined,
  columns: Columns,
): CompiledFilter {
  const accepted = columns.live.slice();
  for (const [field, condition] of Object.entries(filters ?? {})) {
    const column = columns.column(field);
    if (!column) throw unknownField(field, columns.fields);
    const { not, ...asked } = typeof condition === 'object' ? condition : { eq: condition };
    keepThose(accepted, asked, column, columns.live);
    if (not === undefined) continue;
    const refused = new Uint8Array(accepted.length).fill(1);
    keepThose(refused, typeof not === 'object' ? not : { eq: not }, column, columns.live);
    for (let i = 0; i < accepted.length; i++) accepted[i] &= refused[i] ^ 1;
  }
  leaveOut(accepted, exclude ?? {}, columns);
  return { accept: (label) => accepted[label] === 1, accepted, count: countIn(accepted) };
}

/** Clear those of `kept` that do not have all that is asked. */
function keepThose(kept: Uint8Array, { eq, in: any, range }: Asked, column: Column, live: Uint8Array): void {
  const conditions = [
    ...(eq !== undefined ? [anyOf([eq], column, live)] : []),
    ...(any ? [anyOf(any, column, live)] : []),
    ...(range ? [inRange(range, column)] : []),
  ];
  for (const matching of conditions) for (let i = 0; i < kept.length; i++) kept[i] &= matching[i];
}

function anyOf(wanted: readonly FilterValue[], column: Column, live: Uint8Array): Uint8Array {
  if (column.kind === 'number') return oneOf(column, numbers(wanted, column));
  const matching = answersTo(
    column,
    wanted.flatMap((value) => column.words.placeOf(wordOf(value, column)) ?? []),
  );
  if (column.field !== 'territory' || wanted.length === 0) return matching;
  const everywhere = withoutValue(column, live);
  return matching.map((matches, label) => matches | everywhere[label]);
}

function inRange({ min, max }: FilterRange, column: Column): Uint8Array {
  if (column.kind !== 'number')
    throw mismatch(column, 'a value or a list of values, since it holds no numbers', { range: { min, max } });
  const [from, to] = [min ?? Number.NEGATIVE_INFINITY, max ?? Number.POSITIVE_INFINITY];
  if ((min === undefined && max === undefined) || !(from <= to))
    throw mismatch(column, 'a range with min, max or both, min at most max', { range: { min, max } });
  return within(column, from, to);
}

function numbers(wanted: readonly FilterValue[], column: Column): Set<number> {
  for (const value of wanted)
    if (typeof value !== 'number' || Number.isNaN(value)) throw mismatch(column, 'a number or a range', value);
  return new Set(wanted as number[]);
}

function wordOf(value: FilterValue, column: WordColumn): string {
  if (column.kind === 'boolean') {
    if (typeof value !== 'boolean') throw mismatch(column, 'true or false', value);
    return String(value);
  }
  if (typeof value !== 'string') throw mismatch(column, 'text', value);
  if (column.field !== 'key') return value;
  const key = readKeyName(value);
  if (!key) throw mismatch(column, 'a key such as "C major" or "F# minor"', value);
  return key;
}

function leaveOut(accepted: Uint8Array, { tracks = [], artists = [] }: Exclude, columns: Columns): void {
  for (const id of tracks) {
    const label = columns.labelOf(id);
    if (label !== undefined) accepted[label] = 0;
  }
  if (artists.length === 0) return;
  const column = columns.column('artist') as WordColumn;
  const refused = answersTo(
    column,
    artists.flatMap((artist) => column.words.placeOf(artist) ?? []),
  );
  for (let label = 0; label < accepted.length; label++) accepted[label] &= refused[label] ^ 1;
}

function mismatch({ field, kind }: Column, expected: string, got: unknown): FilterError {
  return new FilterError(
    `filters.${inShort(field)}: expected ${expected}, got ${inShort(JSON.stringify(got))}. The field holds ${HOLDS[kind]}; GET /v1/filters shows its values.`,
  );
}

const HOLDS = { text: 'text', list: 'lists of texts', number: 'numbers', boolean: 'true or false' } as const;

function unknownField(field: string, fields: readonly string[]): FilterError {
  const nearest = nearestName(cutText(field, 64), fields);
  const meant = nearest === undefined ? 'Use one of those' : `Did you mean ${JSON.stringify(nearest)}?`;
  const listed =
    fields.slice(0, LISTED).join(', ') + (fields.length > LISTED ? ` and ${fields.length - LISTED} more` : '');
  return new FilterError(
    `filters: expected fields of the catalogue (${listed}), got ${inShort(JSON.stringify(field))}. ${meant}${nearest === undefined ? '; GET /v1/filters describes them.' : ''}`,
  );
}

/** Fields named by an error. */
const LISTED = 30;

const inShort = (text: string): string => shortText(text, 60);
