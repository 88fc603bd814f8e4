/**
 * The catalogue turned by 90 degrees: for every field that can be asked for, which tracks have which value.
 *
 * Filters and facets read columns, so that a condition costs as many steps as tracks match it and not as the catalogue has
 * objects. A column is made when it is first asked for, once per index, and takes 4 bytes per word of a track or 8 per
 * number. Removed tracks are in none. What the words are compared with is in filter.ts.
 */

import { fold } from '../fold.ts';
import { artistsOf, type FieldValue, type Track } from '../format/catalogue.ts';
import { keyName } from './key-name.ts';

/** 'list': several texts a track. It decides what may be asked: ranges of numbers only, true or false of booleans. */
export type FieldKind = 'text' | 'list' | 'number' | 'boolean';

interface AnyColumn {
  field: string;
  /** Labels of the tracks without a value, ascending. */
  without: Uint32Array;
}
/** A field of numbers, [N] values for N tracks. */
export interface NumberColumn extends AnyColumn {
  kind: 'number';
  /** By label; NaN where there is none. */
  values: Float64Array;
}
/** A field of words, each with the tracks that have it. Booleans are the words "true" and "false". */
export interface WordColumn extends AnyColumn {
  kind: 'text' | 'list' | 'boolean';
  /** Every word once, as first written; words that fold alike are one. Of a boolean: true and false. */
  words: string[];
  /** Place of a word in `words`, or behind them for what several are shown as; undefined where no track has it. */
  placeOf(word: string): number | undefined;
  /** Labels of the tracks that have the word at this place, ascending. */
  labelsOf(place: number): Uint32Array;
}
/** One field of all tracks, told apart by `kind`. */
export type Column = NumberColumn | WordColumn;

/** A catalogue by fields: what filters, facets and Vectorize's metadata read. Labels are places in `tracks`. */
export interface Columns {
  tracks: readonly Track[];
  /** By label: 1 = in the index, 0 = removed. */
  live: Uint8Array;
  liveCount: number;
  /** Every field there is, the built-in ones first. */
  fields: readonly string[];
  kindOf(field: string): FieldKind | undefined;
  /** Undefined where there is no such field. */
  column(field: string): Column | undefined;
}

interface Field {
  kind: FieldKind;
  read: (track: Track) => FieldValue | null | undefined;
  /** What several values are shown as ("Alice, Bob"): it can be asked for like a value, but is not listed as one. */
  shown?: (track: Track) => string | undefined;
}

/** What can be asked of any index, whatever its library's own catalogue says. */
const BUILT_IN = {
  tags: { kind: 'list', read: (track) => track.tags },
  genre: { kind: 'list', read: (track) => track.genre },
  bpm: { kind: 'number', read: (track) => track.bpm },
  key: { kind: 'text', read: (track) => track.key && keyName(track.key) },
  durationMs: { kind: 'number', read: (track) => track.durationMs },
  instrumental: { kind: 'boolean', read: (track) => track.instrumental },
  explicit: { kind: 'boolean', read: (track) => track.explicit },
  licence: { kind: 'text', read: (track) => track.licence },
  territory: { kind: 'list', read: (track) => track.territories },
  artist: { kind: 'text', read: (track) => track.artist },
  album: { kind: 'text', read: (track) => track.album },
} satisfies Record<string, Field>;

/** Instead of the one artist, where any track has several. */
const ARTISTS: Field = {
  kind: 'list',
  read: (track) => [...artistsOf(track)],
  shown: ({ artist, artists }) => (artists ? artist : undefined),
};

/** Names that no column of a library's own catalogue can take. */
export const BUILT_IN_FIELDS: readonly string[] = Object.keys(BUILT_IN);

const known = new WeakMap<readonly Track[], Columns>();

/** The columns of a catalogue; the same array of tracks, which must not change, has the same columns for as long as it is kept. */
export function columnsOf(tracks: readonly Track[]): Columns {
  let columns = known.get(tracks);
  if (!columns) {
    columns = openColumns(tracks);
    known.set(tracks, columns);
  }
  return columns;
}

function openColumns(tracks: readonly Track[]): Columns {
  const live = Uint8Array.from(tracks, (track) => (track.removed ? 0 : 1));
  const builtIn = {
    ...BUILT_IN,
    ...(tracks.some(({ artists, removed }) => artists && !removed) ? { artist: ARTISTS } : {}),
  };
  const fields = new Map<string, Field>([...customFields(tracks), ...Object.entries(builtIn)]);
  const made = new Map<string, Column>();

  function column(name: string): Column | undefined {
    const field = fields.get(name);
    if (!field) return undefined;
    let column = made.get(name);
    if (!column) {
      column = field.kind === 'number' ? numbers(name, field, tracks) : words(name, field.kind, field, tracks);
      made.set(name, column);
    }
    return column;
  }

  return {
    tracks,
    live,
    liveCount: live.reduce((sum, one) => sum + one, 0),
    fields: [...new Set([...BUILT_IN_FIELDS, ...fields.keys()])],
    kindOf: (name) => fields.get(name)?.kind,
    column,
  };
}

/** One of several kinds of value is a list where any is one, else text: then 2019 is the word "2019". */
function customFields(tracks: readonly Track[]): Map<string, Field> {
  const kinds = new Map<string, FieldKind>();
  for (const { fields, removed } of tracks) {
    if (!fields || removed) continue;
    for (const name in fields) {
      const kind = kindOf(fields[name]);
      const before = kinds.get(name) ?? kind;
      kinds.set(name, before === kind ? kind : before === 'list' || kind === 'list' ? 'list' : 'text');
    }
  }
  const names = [...kinds.keys()].sort();
  return new Map(names.map((name) => [name, { kind: kinds.get(name)!, read: ({ fields }) => own(fields, name) }]));
}

function kindOf(value: FieldValue): FieldKind {
  if (Array.isArray(value)) return 'list';
  return typeof value === 'string' ? 'text' : (typeof value as 'number' | 'boolean');
}

function own(fields: Track['fields'], name: string): FieldValue | undefined {
  return fields && Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function numbers(field: string, { read }: Field, tracks: readonly Track[]): NumberColumn {
  const values = new Float64Array(tracks.length).fill(Number.NaN);
  const without: number[] = [];
  for (const [label, track] of tracks.entries()) {
    if (track.removed) continue;
    const value = read(track);
    if (typeof value === 'number') values[label] = value;
    else without.push(label);
  }
  return { field, kind: 'number', values, without: Uint32Array.from(without) };
}

function words(field: string, kind: WordColumn['kind'], { read, shown }: Field, tracks: readonly Track[]): WordColumn {
  const written: string[] = []; // the words, then what several of them are shown as
  const places = new Map<string, number>();
  const asWritten = new Map<string, number>(); // folding is what costs, and the same words come again and again
  const labels: number[][] = [];
  const without: number[] = [];

  function placeFor(word: string): number {
    const folded = fold(word);
    const known = places.get(folded);
    if (known !== undefined) return known;
    places.set(folded, written.length);
    labels.push([]);
    return written.push(word) - 1;
  }

  for (const [label, track] of tracks.entries()) {
    if (track.removed) continue;
    const value = read(track) ?? [];
    const list = Array.isArray(value) ? value : [String(value)];
    if (list.length === 0) without.push(label);
    for (const word of list) {
      let place = asWritten.get(word);
      if (place === undefined) {
        place = placeFor(word);
        asWritten.set(word, place);
      }
      if (labels[place].at(-1) !== label) labels[place].push(label); // a track may name a word twice
    }
  }
  const words = written.slice();
  const alsoAt = new Set<number>();
  for (const [label, track] of shown ? tracks.entries() : []) {
    const whole = track.removed ? undefined : shown?.(track);
    if (whole === undefined) continue;
    const place = placeFor(whole);
    labels[place].push(label);
    alsoAt.add(place);
  }
  for (const place of alsoAt) labels[place] = [...new Set(labels[place])].sort((one, other) => one - other);
  // One array behind all words: an album has few tracks, and a typed array of its own costs more than its labels.
  const starts = new Uint32Array(written.length + 1);
  for (const [place, { length }] of labels.entries()) starts[place + 1] = starts[place] + length;
  const all = Uint32Array.from(labels.flat());
  return {
    field,
    kind,
    words,
    placeOf: (word) => places.get(fold(word)),
    labelsOf: (place) => all.subarray(starts[place], starts[place + 1]),
    without: Uint32Array.from(without),
  };
}
