/**
 * Columns made track by track: what index/format/column.ts writes, of a catalogue that need not be in memory.
 *
 * What a field of a library's own catalogue holds is known only at the end: one of several kinds of value is a list where any is one, else
 * text, and then 2019 is the word "2019".
 */
import { fold } from '../fold.ts';
import type { FieldValue, Track } from '../format/catalogue.ts';
import type { ColumnContent, FieldKind } from '../format/column.ts';
import { type Growing, growing } from '../growing.ts';
import { keyName } from './key-name.ts';

interface Field {
  kind: FieldKind;
  read: (track: Track) => FieldValue | null | undefined;
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
  // A list once any track has several.
  artist: { kind: 'text', read: ({ artist, artists }) => artists ?? artist },
  album: { kind: 'text', read: (track) => track.album },
} satisfies Record<string, Field>;

/** Names that no column of a library's own catalogue can take. */
export const BUILT_IN_FIELDS: readonly string[] = Object.keys(BUILT_IN);

export interface ColumnBuilder {
  /** The next track of the catalogue. */
  append(track: Track): void;
  /** Every field there is, the built-in ones first. Nothing is appended after it. */
  close(): Map<string, ColumnContent>;
}

export function createColumnBuilder(): ColumnBuilder {
  const builtIn = Object.entries<Field>(BUILT_IN).map(([name, { kind, read }]) => ({ name, read, of: valuesOf(kind) }));
  const custom = new Map<string, Values>();
  let count = 0;

  function append(track: Track): void {
    for (const { name, read, of } of builtIn) {
      const several = name === 'artist' && !track.removed && track.artists !== undefined;
      of.append(track.removed ? undefined : (read(track) ?? undefined), several ? track.artist : undefined);
    }
    const fields = track.removed ? undefined : track.fields;
    for (const name in fields)
      if (Object.hasOwn(fields, name) && !custom.has(name) && !Object.hasOwn(BUILT_IN, name))
        custom.set(name, valuesOf(kindOf(fields[name]), count));
    for (const [name, values] of custom)
      values.append(fields && Object.hasOwn(fields, name) ? fields[name] : undefined);
    count++;
  }

  return {
    append,
    close: () =>
      new Map([
        ...builtIn.map(({ name, of }) => [name, of.close()] as const),
        ...[...custom.keys()].sort().map((name) => [name, custom.get(name)!.close()] as const),
      ]),
  };
}

function kindOf(value: FieldValue): FieldKind {
  if (Array.isArray(value)) return 'list';
  return typeof value === 'string' ? 'text' : (typeof value as 'number' | 'boolean');
}

interface Values {
  /** @param shown what several values are shown as ("Alice, Bob"): it can be asked for like a value, but is not listed as one */
  append(value: FieldValue | undefined, shown?: string): void;
  close(): ColumnContent;
}

/** @param before how many tracks have no value yet */
function valuesOf(first: FieldKind, before = 0): Values {
  let kind = first;
  let numbers: Growing<Float64Array> | undefined =
    kind === 'number' ? growing((length) => new Float64Array(length)) : undefined;
  const dictionary = dictionaryOf();
  const counts = growing((length) => new Uint16Array(length));
  const places = growing((length) => new Uint32Array(length));
  const also = { labels: growing((length) => new Uint32Array(length), 16), shown: [] as string[] };

  function append(value: FieldValue | undefined, shown?: string): void {
    const own = value === undefined ? kind : kindOf(value);
    if (own !== kind) {
      kind = kind === 'list' || own === 'list' ? 'list' : 'text';
      toWords();
    }
    if (numbers) {
      numbers.push(value === undefined ? Number.NaN : (value as number));
      return;
    }
    if (shown !== undefined) {
      also.labels.push(counts.length);
      also.shown.push(shown);
    }
    pushWords(value === undefined ? [] : Array.isArray(value) ? value : [String(value)]);
  }

  function toWords(): void {
    const before = numbers?.view() ?? [];
    numbers = undefined;
    for (const number of before) pushWords(Number.isNaN(number) ? [] : [String(number)]);
  }

  function pushWords(words: readonly string[]): void {
    const start = places.length;
    for (const word of words) {
      const place = dictionary.placeFor(word);
      if (!places.view().subarray(start).includes(place)) places.push(place); // a track may name a word twice
    }
    counts.push(places.length - start);
  }

  function close(): ColumnContent {
    if (numbers) return { kind: 'number', values: numbers.view() };
    return {
      kind: kind as Exclude<FieldKind, 'number'>,
      counts: counts.view(),
      places: places.view(),
      // Behind the words themselves, or one that is shown first would be written as it is there.
      also: { labels: also.labels.view(), places: Uint32Array.from(also.shown, dictionary.placeFor) },
      words: dictionary.words,
    };
  }

  for (let label = 0; label < before; label++) append(undefined);
  return { append, close };
}

/** Every word once, as first written; words that fold alike are one. */
function dictionaryOf(): { words: string[]; placeFor(word: string): number } {
  const words: string[] = [];
  const byFolded = new Map<string, number>();
  const asWritten = new Map<string, number>(); // folding is what costs, and the same words come again and again

  function placeFor(word: string): number {
    const known = asWritten.get(word);
    if (known !== undefined) return known;
    const folded = fold(word.toWellFormed());
    let place = byFolded.get(folded);
    if (place === undefined) {
      place = words.push(word) - 1;
      byFolded.set(folded, place);
    }
    asWritten.set(word, place);
    return place;
  }
  return { words, placeFor };
}
