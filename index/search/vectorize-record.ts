/**
 * What a track is in Vectorize: its id, its namespace, the metadata that filters are applied to; and our filters in its words.
 *
 * The offline program writes records, the Worker asks for them; both read this. Limits and filter language are the platform's:
 * developers.cloudflare.com/vectorize/platform/limits, …/reference/metadata-filtering and …/reference/client-api. Vectorize
 * filters scalars by exact value and range only, and what it does with a missing value is not documented. So a filter is
 * translated as far as it surely loses no track; the rest is checked afterwards, label by label (functions/retrieve/vectorize.ts).
 */

import { fold } from '../fold.ts';
import { type Column, type Columns, numberAt, placesOf, withoutValue } from './columns.ts';
import type { Asked, Exclude, Filters, FilterValue } from './filter.ts';
import { readKeyName } from './key-name.ts';

/** Limits of the platform that we come near (developers.cloudflare.com/vectorize/platform/limits). */
export const VECTORIZE = {
  /** Matches of one query that asks for neither values nor all metadata. */
  topK: 100,
  /** Vectors of one upsert by wrangler or the HTTP API. */
  upsertHttp: 5000,
  /** Properties that may be filtered by. */
  metadataIndexes: 10,
  /** Of a text, only so many bytes are compared. */
  indexedBytes: 64,
  /** A filter as JSON is shorter than this. */
  filterBytes: 2048,
  /** Values of a vector. */
  dimensions: 1536,
  /** Of one index. */
  vectors: 10_000_000,
} as const;

/** The property that holds a track's label, by which the catalogue is asked for in parts. */
export const PLACE = '_place';

type Scalar = string | number | boolean;
/** What one property is compared with, as …/reference/metadata-filtering has it; both ends of a range may stand in one. */
export type VectorizeCondition =
  | { $eq: Scalar }
  | { $ne: Scalar }
  | { $in: Scalar[] }
  | { $nin: Scalar[] }
  | { $gte?: number; $lte?: number; $lt?: number };
/** Conditions by property, all of which hold; as JSON shorter than VECTORIZE.filterBytes. */
export type VectorizeFilter = Record<string, VectorizeCondition>;

/** Of a track of one version of the index: versions live side by side, each in a namespace of its name. */
export function vectorIdOf(namespace: string, label: number): string {
  return `${namespace}/${label}`;
}

/** Undefined for the id of another version, or of a track that the catalogue does not have. */
export function labelOfVector(namespace: string, id: string, count: number): number | undefined {
  if (!id.startsWith(`${namespace}/`)) return undefined;
  const label = Number(id.slice(namespace.length + 1));
  return Number.isInteger(label) && label >= 0 && label < count && vectorIdOf(namespace, label) === id
    ? label
    : undefined;
}

/**
 * The fields that Vectorize can index, and as what; a list of values cannot be.
 * @throws Error for a field that the catalogue does not have or Vectorize does not take, or when they are too many.
 */
export function vectorizeTypes(
  columns: Columns,
  fields: readonly string[],
): Map<string, 'string' | 'number' | 'boolean'> {
  const types = new Map<string, 'string' | 'number' | 'boolean'>([[PLACE, 'number']]);
  for (const field of fields) {
    const kind = columns.kindOf(field);
    if (kind === undefined || kind === 'list' || field.startsWith('$') || /["|.]/.test(field) || field === '')
      throw new Error(
        `vectorize: expected a field of numbers, texts or booleans without ". | or a leading $ in its name, got ${JSON.stringify(field)} (${kind ?? 'unknown'}). ${kind ? 'Filters by it work without being indexed.' : 'GET /v1/filters lists the fields.'}`,
      );
    types.set(field, kind === 'text' ? 'string' : kind);
  }
  if (types.size > VECTORIZE.metadataIndexes)
    throw new Error(
      `vectorize: expected at most ${VECTORIZE.metadataIndexes - 1} fields, got ${types.size - 1}. Name fewer.`,
    );
  return types;
}

/** The metadata of a track, texts as filters compare them (fold.ts). Of a removed track, the place only. @param columns has the fields */
export function vectorizeMetadata(columns: Columns, fields: readonly string[], label: number): Record<string, Scalar> {
  const record: Record<string, Scalar> = { [PLACE]: label };
  for (const field of fields) {
    const column = columns.column(field);
    if (column?.kind === 'number') {
      const value = numberAt(column, label);
      if (Number.isFinite(value)) record[field] = value;
    } else if (column && column.kind !== 'list')
      for (const place of placesOf(column, label)) {
        const word = column.words.at(place);
        record[field] = column.kind === 'boolean' ? word === 'true' : fold(word);
      }
  }
  return record;
}

/**
 * What of a request's filters Vectorize can apply; undefined where that is nothing. Every track that the filters accept passes.
 * @param fields that are indexed
 */
export function toVectorizeFilter(
  filters: Filters | undefined,
  exclude: Exclude | undefined,
  columns: Columns,
  fields: readonly string[],
): VectorizeFilter | undefined {
  const compiled: VectorizeFilter = {};
  const add = (field: string, condition: VectorizeCondition | undefined): void => {
    if (!condition || compiled[field]) return; // one condition a field, but for the two ends of a range
    if (filterBytes({ ...compiled, [field]: condition }) <= MOST_CONDITION_BYTES) compiled[field] = condition;
  };
  for (const [field, condition] of Object.entries(filters ?? {})) {
    const column = fields.includes(field) ? columns.column(field) : undefined;
    if (!column) continue;
    const { not, ...asked } = typeof condition === 'object' ? condition : { eq: condition };
    add(field, positive(asked, column));
    if (not !== undefined) add(field, negative(typeof not === 'object' ? not : { eq: not }, column, columns));
  }
  const artists = fields.includes('artist') && exclude?.artists?.length ? columns.column('artist') : undefined;
  if (artists) add('artist', negative({ in: [...(exclude?.artists ?? [])] }, artists, columns));
  return Object.keys(compiled).length > 0 ? compiled : undefined;
}

/** Length of a filter as compact JSON, in UTF-8. */
export function filterBytes(filter: VectorizeFilter): number {
  return utf8Bytes(JSON.stringify(filter));
}

/** So much is left for a range of places. */
const MOST_CONDITION_BYTES = VECTORIZE.filterBytes - 1 - `,"${PLACE}":{"$gte":10000000,"$lt":10000000}`.length;

function positive({ eq, in: any, range }: Asked, column: Column): VectorizeCondition | undefined {
  if (eq !== undefined) {
    const value = comparable(eq, column);
    return value === undefined ? undefined : { $eq: value };
  }
  if (any) {
    const values = allComparable(any, column);
    return values && { $in: values };
  }
  if (!range || column.kind !== 'number') return undefined;
  const { min, max } = range;
  return { ...(min === undefined ? {} : { $gte: min }), ...(max === undefined ? {} : { $lte: max }) };
}

/** A track without a value passes every `not` of ours, so it is asked only where all have one. */
function negative({ eq, in: any, range }: Asked, column: Column, { live }: Columns): VectorizeCondition | undefined {
  if (range || withoutValue(column, live).includes(1)) return undefined;
  if (eq !== undefined && !any) {
    const value = comparable(eq, column);
    return value === undefined ? undefined : { $ne: value };
  }
  const values = any && eq === undefined ? allComparable(any, column) : undefined;
  return values && { $nin: values };
}

function allComparable(values: readonly FilterValue[], column: Column): Scalar[] | undefined {
  const comparables = values.map((value) => comparable(value, column));
  return comparables.length > 0 && comparables.every((value) => value !== undefined) ? comparables : undefined;
}

/** A value as the metadata holds it; undefined where Vectorize would not compare all of it. */
function comparable(value: FilterValue, column: Column): Scalar | undefined {
  if (typeof value !== 'string') return value;
  const text = column.kind !== 'text' ? undefined : column.field === 'key' ? readKeyName(value) : value;
  const folded = text === undefined ? undefined : fold(text);
  return folded !== undefined && utf8Bytes(folded) <= VECTORIZE.indexedBytes ? folded : undefined;
}

/** Bytes of the text in UTF-8. A lone surrogate counts 3, as the U+FFFD that is sent for it. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
