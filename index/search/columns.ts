/**
 * What filters, facets and Vectorize's metadata read of a catalogue: columns (index/format/column.ts), and which tracks are in the index.
 *
 * Columns are loaded by need (open-catalogue.ts) and looked at here without waiting. A condition costs a pass over one column's bytes.
 * What the words are compared with is in filter.ts.
 */
import type { Track } from '../format/catalogue.ts';
import {
  type Column,
  type FieldKind,
  type NumberColumn,
  openColumn,
  startOf,
  type WordColumn,
  writeColumn,
} from '../format/column.ts';
import { createColumnBuilder } from './column-builder.ts';

export type { Column, FieldKind, NumberColumn, WordColumn } from '../format/column.ts';

/** A catalogue by fields. Labels are places in it. */
export interface Columns {
  /** Places: removed tracks included. */
  count: number;
  /** By label: 1 = in the index, 0 = removed. */
  live: Uint8Array;
  liveCount: number;
  /** Every field there is, the built-in ones first. */
  fields: readonly string[];
  kindOf(field: string): FieldKind | undefined;
  /** Undefined where there is no such field. @throws Error (internal) when it was not loaded */
  column(field: string): Column | undefined;
  /** Of a track in the index. @throws Error (internal) when the id was not looked up */
  labelOf(id: string): number | undefined;
}

/** The columns of a catalogue that is in memory. */
export function columnsOf(tracks: readonly Track[]): Columns {
  const builder = createColumnBuilder();
  for (const track of tracks) builder.append(track);
  const content = builder.close();
  const opened = new Map<string, Column>();
  const live = Uint8Array.from(tracks, ({ removed }) => (removed ? 0 : 1));
  const labels = new Map(tracks.flatMap(({ id, removed }, label) => (removed ? [] : [[id, label] as const])));

  function column(field: string): Column | undefined {
    const written = content.get(field);
    let column = opened.get(field);
    if (written && !column) {
      column = openColumn(writeColumn(written).buffer, field);
      opened.set(field, column);
    }
    return column;
  }
  return {
    count: tracks.length,
    live,
    liveCount: countIn(live),
    fields: [...content.keys()],
    kindOf: (field) => content.get(field)?.kind,
    column,
    labelOf: (id) => labels.get(id),
  };
}

export function countIn(accepted: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < accepted.length; i++) count += accepted[i];
  return count;
}

/** NaN where the track has none. */
export function numberAt({ raw, none, scale }: NumberColumn, label: number): number {
  return raw[label] === none ? Number.NaN : raw[label] / scale;
}

/** 1 for every track whose number is within, both ends included. [N] */
export function within({ raw, none, scale }: NumberColumn, min: number, max: number): Uint8Array {
  const matching = new Uint8Array(raw.length);
  const [least, most] = [rawBound(min, scale, 1), rawBound(max, scale, -1)];
  for (let i = 0; i < raw.length; i++) {
    const value = raw[i];
    matching[i] = Number(value >= least && value <= most && value !== none); // NaN is neither
  }
  return matching;
}

/**
 * The nearest raw number whose value is still on the side of the bound: value = raw / scale, which is dear to divide for every track and, as a product of
 * the bound, rounded otherwise.
 * @param side 1 for a least, -1 for a most
 */
function rawBound(bound: number, scale: number, side: 1 | -1): number {
  const exact = bound * scale;
  // Without a scale raw numbers may be broken ones; beyond 32 bits there are none that are held as whole ones.
  if (scale === 1 || !(Math.abs(exact) < 2 ** 33)) return exact;
  let raw = Math.round(exact);
  while (side * (raw / scale - bound) < 0) raw += side;
  while (side * ((raw - side) / scale - bound) >= 0) raw -= side;
  return raw;
}

/** Some of the tracks: 1 for each of them [N], and how many they are. */
export interface Some {
  accepted: Uint8Array;
  count: number;
}

/** Those of `among` whose number is at least as large. One pass: every answer asks it of all tracks. */
export function atLeast({ raw, none, scale }: NumberColumn, min: number, among: Uint8Array): Some {
  const accepted = new Uint8Array(raw.length);
  const least = rawBound(min, scale, 1);
  let count = 0;
  for (let i = 0; i < raw.length; i++) {
    const value = raw[i];
    const isOne = among[i] & Number(value >= least) & Number(value !== none); // NaN is not
    accepted[i] = isOne;
    count += isOne;
  }
  return { accepted, count };
}

/** Those of `among` that are not of `others`. */
export function without(among: Uint8Array, others: Uint8Array): Some {
  const accepted = new Uint8Array(among.length);
  let count = 0;
  for (let i = 0; i < among.length; i++) {
    const isOne = among[i] & (others[i] ^ 1);
    accepted[i] = isOne;
    count += isOne;
  }
  return { accepted, count };
}

/** 1 for every track whose number is one of these. [N] */
export function oneOf(column: NumberColumn, wanted: ReadonlySet<number>): Uint8Array {
  return Uint8Array.from({ length: column.count }, (_, label) => Number(wanted.has(numberAt(column, label))));
}

/** 1 for every track that answers to one of the words at these places. [N] */
export function answersTo({ count, codes, lists, also, words }: WordColumn, places: Iterable<number>): Uint8Array {
  const wanted = new Uint8Array(words.count + 1);
  for (const place of places) wanted[place + 1] = 1;
  const matching = new Uint8Array(count);
  if (lists)
    for (let label = 0, at = 0; label < count; label++)
      for (let i = 0; i < lists.counts[label]; i++) matching[label] |= wanted[codes[at++]];
  else for (let label = 0; label < count; label++) matching[label] = wanted[codes[label]];
  for (let i = 0; i < also.labels.length; i++) matching[also.labels[i]] |= wanted[also.places[i] + 1];
  return matching;
}

/** Of the tracks of `among`, those that have no value. [N] */
export function withoutValue(column: Column, among: Uint8Array): Uint8Array {
  const without = new Uint8Array(column.count);
  if (column.kind === 'number') {
    const { raw, none } = column;
    for (let i = 0; i < raw.length; i++) without[i] = among[i] & Number(raw[i] === none || Number.isNaN(raw[i]));
    return without;
  }
  const { codes, lists } = column;
  for (let i = 0; i < column.count; i++) without[i] = among[i] & Number(lists ? lists.counts[i] === 0 : codes[i] === 0);
  return without;
}

/** How many tracks of `among` answer to the word at each place. [W] */
export function countWords({ count, codes, lists, also, words }: WordColumn, among: Uint8Array): Uint32Array {
  const counts = new Uint32Array(words.count + 1);
  if (lists)
    for (let label = 0, at = 0; label < count; label++)
      for (let i = 0; i < lists.counts[label]; i++) counts[codes[at++]] += among[label];
  else for (let label = 0; label < count; label++) counts[codes[label]] += among[label];
  for (let i = 0; i < also.labels.length; i++)
    if (!hasOwn(also.labels[i], also.places[i])) counts[also.places[i] + 1] += among[also.labels[i]];
  return counts.subarray(1);

  function hasOwn(label: number, place: number): boolean {
    if (!lists) return codes[label] === place + 1;
    const start = startOf(lists, label);
    return codes.subarray(start, start + lists.counts[label]).includes(place + 1);
  }
}

/** Places of a track's own words. */
export function placesOf({ codes, lists }: WordColumn, label: number): number[] {
  if (!lists) return codes[label] === 0 ? [] : [codes[label] - 1];
  const start = startOf(lists, label);
  return Array.from(codes.subarray(start, start + lists.counts[label]), (code) => code - 1);
}
