/**
 * What can be asked of a catalogue and how much there is of it, as GET /v1/filters lists it: counted when the index is built.
 *
 * How it is counted is in index/search/facets.ts. Writer and reader stand here together.
 */
import { FIELD_KINDS, type FieldKind } from './column.ts';

/** One field: `values` and `more` of words, `min` and `max` of numbers. */
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

const VERSION = 1;

export const writeFacets = (facets: readonly Facet[]): string =>
  `${JSON.stringify({ version: VERSION, fields: facets })}\n`;

/** @throws Error when the text is not what writeFacets gave */
export function readFacets(text: string): Facet[] {
  let value: { version?: number; fields?: Facet[] } | null;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  const isFacet = (one: Partial<Facet> | null): boolean =>
    typeof one?.field === 'string' &&
    FIELD_KINDS.includes(one.kind as FieldKind) &&
    [one.tracks, one.without].every(Number.isInteger) &&
    (one.values === undefined || Array.isArray(one.values));
  if (value?.version !== VERSION || !Array.isArray(value.fields) || !value.fields.every(isFacet))
    throw new Error(
      'facets: expected the counts of every field, got something else. Build the index again, or publish it again.',
    );
  return value.fields;
}
