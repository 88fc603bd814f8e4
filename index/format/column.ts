/**
 * A column: what one field says of every track, in one file that is used where it lies.
 *
 * Words stand once, in a dictionary that is ordered by how they are compared (fold.ts), and a track has their numbers in it: one or two
 * bytes each while they are few. Numbers are held in as few bytes as give them back exactly. A removed track has no value, as one
 * of which nothing is known. What is asked of columns is in index/search/. Writer and reader stand here together.
 */
import { fold } from '../fold.ts';
import { fromUtf8, toUtf8 } from '../utf8.ts';

// N tracks · W words · V values of all tracks · A words that tracks also answer to · T bytes of text

/** 'list': several texts a track. It decides what may be asked: ranges of numbers only, true or false of booleans. */
export type FieldKind = 'text' | 'list' | 'number' | 'boolean';
export const FIELD_KINDS = ['text', 'list', 'number', 'boolean'] as const satisfies readonly FieldKind[];

type Codes = Uint8Array | Uint16Array | Uint32Array;

interface AnyColumn {
  field: string;
  /** N */
  count: number;
}
/** A field of numbers. */
export interface NumberColumn extends AnyColumn {
  kind: 'number';
  /** [N] A track's number is raw / scale; it has none where raw is `none`, or NaN. */
  raw: Codes | Float64Array;
  none: number;
  scale: number;
}
/** A field of words. Booleans are the words "true" and "false". */
export interface WordColumn extends AnyColumn {
  kind: 'text' | 'list' | 'boolean';
  words: Words;
  /** Of a list [V], the words of one track after those of the other; else [N], and 0 = none. A word's code is its place + 1. */
  codes: Codes;
  /** Of a list: how many words each track has. */
  lists?: Lists;
  /** Words that tracks answer to beside their own, by label: what several artists are shown as. */
  also: { labels: Uint32Array; places: Uint32Array };
}
export type Column = NumberColumn | WordColumn;

/** Every word once, as first written; words that fold alike are one. */
export interface Words {
  /** W */
  count: number;
  at(place: number): string;
  /** undefined where no track has it. */
  placeOf(word: string): number | undefined;
  /** Whether any track has it as a value, and not only answers to it. */
  isListed(place: number): boolean;
}
export interface Lists {
  /** [N] */
  counts: Uint8Array | Uint16Array;
  /** Where the words of every BLOCKth track begin among the codes. */
  blocks: Uint32Array;
}

/** What a column is written from: words in any order, with their places in it. */
export type ColumnContent =
  | { kind: 'number' /** [N], NaN = none */; values: Float64Array }
  | {
      kind: WordColumn['kind'];
      words: readonly string[];
      /** [N] */
      counts: Uint8Array | Uint16Array;
      /** [V] places among the words */
      places: Uint32Array;
      also: { labels: Uint32Array; places: Uint32Array };
    };

const MAGIC = 0x4c435043; // "CPCL" in little-endian bytes
const FORMAT_VERSION = 1;
/** Little-endian u32. Then the sections of numberLayout or wordLayout. */
const WORD = {
  magic: 0,
  version: 1,
  kind: 2,
  count: 3,
  /** Bytes of a number or of a code. */
  valueBytes: 4,
  /** Of numbers: raw / 10^decimals. */
  decimals: 5,
  words: 6,
  values: 7,
  also: 8,
  /** Of a list: bytes of a track's number of words; else 0. */
  countBytes: 9,
  textBytes: 10,
} as const;
const HEADER_BYTES = 48;
/** Tracks between two places that are remembered in a list. */
const BLOCK = 256;

const inWords = (bytes: number): number => 4 * Math.ceil(bytes / 4);

interface Sizes {
  count: number;
  valueBytes: number;
  words: number;
  values: number;
  also: number;
  countBytes: number;
  textBytes: number;
}
function wordLayout({ count, valueBytes, words, values, also, countBytes, textBytes }: Sizes) {
  const starts = HEADER_BYTES; // u32[W + 1] of the text
  const alsoLabels = starts + 4 * (words + 1); // u32[A]
  const alsoPlaces = alsoLabels + 4 * also; // u32[A]
  const codes = alsoPlaces + 4 * also; // [V]
  const counts = inWords(codes + valueBytes * values); // [N] or nothing
  const listed = inWords(counts + countBytes * count); // u8[W]
  const text = listed + words; // UTF-8
  return { starts, alsoLabels, alsoPlaces, codes, counts, listed, text, end: text + textBytes };
}

/** Equal content gives equal bytes. */
export function writeColumn(content: ColumnContent): Uint8Array<ArrayBuffer> {
  return content.kind === 'number' ? writeNumbers(content.values) : writeWords(content);
}

/** More digits than these are not tried. */
const MOST_DECIMALS = 6;

function writeNumbers(values: Float64Array): Uint8Array<ArrayBuffer> {
  const { decimals, valueBytes } = smallestForm(values);
  const bytes = new Uint8Array(HEADER_BYTES + valueBytes * values.length);
  const head = new Uint32Array(bytes.buffer, 0, HEADER_BYTES / 4);
  head.set([MAGIC, FORMAT_VERSION, FIELD_KINDS.indexOf('number'), values.length, valueBytes, decimals]);
  const raw = numbersOf(bytes.buffer, valueBytes, HEADER_BYTES, values.length);
  const [none, scale] = [noneOf(valueBytes), 10 ** decimals];
  for (let i = 0; i < values.length; i++)
    raw[i] = Number.isNaN(values[i]) ? none : valueBytes === 8 ? values[i] : Math.round(values[i] * scale);
  return bytes;
}

/** Of the forms that give every number back exactly. */
function smallestForm(values: Float64Array): { decimals: number; valueBytes: number } {
  for (let decimals = 0; decimals <= MOST_DECIMALS; decimals++) {
    const scale = 10 ** decimals;
    let largest = 0;
    const isExact = values.every((value) => {
      if (Number.isNaN(value)) return true;
      const whole = Math.round(value * scale);
      largest = Math.max(largest, whole);
      return whole >= 0 && !Object.is(value, -0) && whole / scale === value;
    });
    const valueBytes = [1, 2, 4].find((bytes) => largest < noneOf(bytes));
    if (isExact && valueBytes) return { decimals, valueBytes };
  }
  return { decimals: 0, valueBytes: 8 };
}

const noneOf = (valueBytes: number): number => (valueBytes === 8 ? Number.NaN : 256 ** valueBytes - 1);

function writeWords({ kind, words, counts, places, also }: ColumnContent & { kind: WordColumn['kind'] }) {
  const texts = words.map((word) => word.toWellFormed()); // what UTF-8 gives back
  const folded = texts.map(fold);
  const order = [...texts.keys()].sort((one, other) => (folded[one] < folded[other] ? -1 : 1));
  const placeOf = new Uint32Array(words.length);
  for (const [place, at] of order.entries()) placeOf[at] = place;
  const encoded = order.map((at) => toUtf8(texts[at]));
  const isList = kind === 'list';
  const sizes = {
    count: counts.length,
    valueBytes: bytesFor(words.length),
    words: words.length,
    values: isList ? places.length : counts.length,
    also: also.labels.length,
    countBytes: isList ? bytesFor(largestOf(counts)) : 0,
    textBytes: encoded.reduce((sum, text) => sum + text.length, 0),
  };
  const at = wordLayout(sizes);
  const bytes = new Uint8Array(at.end);
  const { buffer } = bytes;
  const head = new Uint32Array(buffer, 0, HEADER_BYTES / 4);
  head.set([MAGIC, FORMAT_VERSION, FIELD_KINDS.indexOf(kind), sizes.count, sizes.valueBytes, 0, sizes.words]);
  head.set([sizes.values, sizes.also, sizes.countBytes, sizes.textBytes], WORD.values);
  const starts = new Uint32Array(buffer, at.starts, words.length + 1);
  for (const [place, text] of encoded.entries()) {
    bytes.set(text, at.text + starts[place]);
    starts[place + 1] = starts[place] + text.length;
  }
  new Uint32Array(buffer, at.alsoLabels, sizes.also).set(also.labels);
  new Uint32Array(buffer, at.alsoPlaces, sizes.also).set(also.places.map((place) => placeOf[place]));
  const codes = codesOf(buffer, sizes.valueBytes, at.codes, sizes.values);
  const listed = bytes.subarray(at.listed, at.listed + words.length);
  for (let label = 0, next = 0; label < counts.length; label++)
    for (let i = 0; i < counts[label]; i++, next++) {
      const place = placeOf[places[next]];
      codes[isList ? next : label] = place + 1;
      listed[place] = 1;
    }
  if (isList) codesOf(buffer, sizes.countBytes, at.counts, counts.length).set(counts);
  return bytes;
}

function largestOf(values: Uint8Array | Uint16Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, value);
  return largest;
}

const bytesFor = (largest: number): 1 | 2 | 4 => (largest <= 0xff ? 1 : largest <= 0xffff ? 2 : 4);

/** @throws Error when the bytes are not a whole column of this version; what opens can be read without reading outside it. */
export function openColumn(buffer: ArrayBuffer, field: string): Column {
  if (buffer.byteLength < HEADER_BYTES) refuse(field, `a header of ${HEADER_BYTES} bytes`, `${buffer.byteLength}`);
  const head = new Uint32Array(buffer, 0, HEADER_BYTES / 4); // on a big-endian machine the magic would not match
  if (head[WORD.magic] !== MAGIC) refuse(field, 'the magic "CPCL"', 'other bytes');
  if (head[WORD.version] !== FORMAT_VERSION) refuse(field, `version ${FORMAT_VERSION}`, String(head[WORD.version]));
  const kind = FIELD_KINDS[head[WORD.kind]];
  if (kind === undefined) refuse(field, 'a kind of field', String(head[WORD.kind]));
  return kind === 'number' ? openNumbers(buffer, head, field) : openWords(buffer, head, field, kind);
}

function openNumbers(buffer: ArrayBuffer, head: Uint32Array, field: string): NumberColumn {
  const [count, valueBytes, decimals] = [head[WORD.count], head[WORD.valueBytes], head[WORD.decimals]];
  if (![1, 2, 4, 8].includes(valueBytes)) refuse(field, 'numbers of 1, 2, 4 or 8 bytes', String(valueBytes));
  if (decimals > MOST_DECIMALS) refuse(field, `at most ${MOST_DECIMALS} decimals`, String(decimals));
  const bytes = HEADER_BYTES + valueBytes * count;
  if (bytes !== buffer.byteLength) refuse(field, `${bytes} bytes`, String(buffer.byteLength));
  const raw = numbersOf(buffer, valueBytes, HEADER_BYTES, count);
  return { field, count, kind: 'number', raw, none: noneOf(valueBytes), scale: 10 ** decimals };
}

function openWords(buffer: ArrayBuffer, head: Uint32Array, field: string, kind: WordColumn['kind']): WordColumn {
  const count = head[WORD.count];
  const sizes: Sizes = {
    count,
    valueBytes: head[WORD.valueBytes],
    words: head[WORD.words],
    values: head[WORD.values],
    also: head[WORD.also],
    countBytes: head[WORD.countBytes],
    textBytes: head[WORD.textBytes],
  };
  const isList = kind === 'list';
  if (![1, 2, 4].includes(sizes.valueBytes)) refuse(field, 'codes of 1, 2 or 4 bytes', String(sizes.valueBytes));
  if (!(isList ? [1, 2] : [0]).includes(sizes.countBytes)) refuse(field, `a ${kind}`, 'counts of another kind');
  if (!isList && sizes.values !== count) refuse(field, `${count} codes`, String(sizes.values));
  const at = wordLayout(sizes);
  if (at.end !== buffer.byteLength) refuse(field, `${at.end} bytes`, String(buffer.byteLength));
  const starts = new Uint32Array(buffer, at.starts, sizes.words + 1);
  for (let place = 0; place < sizes.words; place++)
    if (starts[place] > starts[place + 1]) refuse(field, 'words in order', `a step back at ${place}`);
  if (starts[0] !== 0 || starts[sizes.words] !== sizes.textBytes)
    refuse(field, `words of ${sizes.textBytes} bytes`, String(starts[sizes.words]));
  const codes = codesOf(buffer, sizes.valueBytes, at.codes, sizes.values);
  for (let i = 0; i < codes.length; i++)
    if (codes[i] > sizes.words || (isList && codes[i] === 0))
      refuse(field, `codes of ${sizes.words} words`, String(codes[i]));
  const also = {
    labels: new Uint32Array(buffer, at.alsoLabels, sizes.also),
    places: new Uint32Array(buffer, at.alsoPlaces, sizes.also),
  };
  for (let i = 0; i < sizes.also; i++)
    if (also.labels[i] >= count || also.places[i] >= sizes.words)
      refuse(field, 'further words of its tracks', 'others');
  const lists = isList ? openLists(buffer, at.counts, sizes, field) : undefined;
  const bytes = new Uint8Array(buffer);
  const words = openWordList(starts, bytes.subarray(at.text), bytes.subarray(at.listed, at.text));
  return { field, count, kind, words, codes, also, ...(lists && { lists }) };
}

function openLists(buffer: ArrayBuffer, at: number, { count, countBytes, values }: Sizes, field: string): Lists {
  const counts = codesOf(buffer, countBytes, at, count) as Lists['counts'];
  const blocks = new Uint32Array(Math.ceil(count / BLOCK));
  let sum = 0;
  for (let label = 0; label < count; label++) {
    if (label % BLOCK === 0) blocks[label / BLOCK] = sum;
    sum += counts[label];
  }
  if (sum !== values) refuse(field, `${values} values`, String(sum));
  return { counts, blocks };
}

function openWordList(starts: Uint32Array, text: Uint8Array, listed: Uint8Array): Words {
  const at = (place: number): string => fromUtf8(text.subarray(starts[place], starts[place + 1]));

  function placeOf(word: string): number | undefined {
    const wanted = fold(word.toWellFormed());
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (fold(at(middle)) < wanted) low = middle + 1;
      else high = middle;
    }
    return low < starts.length - 1 && fold(at(low)) === wanted ? low : undefined;
  }
  return { count: starts.length - 1, at, placeOf, isListed: (place) => listed[place] === 1 };
}

/** Where the words of a track begin among the codes of a list. */
export function startOf({ counts, blocks }: Lists, label: number): number {
  let start = blocks[Math.floor(label / BLOCK)];
  for (let before = label - (label % BLOCK); before < label; before++) start += counts[before];
  return start;
}

function codesOf(buffer: ArrayBuffer, bytes: number, at: number, length: number): Codes {
  if (bytes === 1) return new Uint8Array(buffer, at, length);
  return bytes === 2 ? new Uint16Array(buffer, at, length) : new Uint32Array(buffer, at, length);
}

function numbersOf(buffer: ArrayBuffer, bytes: number, at: number, length: number): Codes | Float64Array {
  return bytes === 8 ? new Float64Array(buffer, at, length) : codesOf(buffer, bytes, at, length);
}

function refuse(field: string, expected: string, got: string): never {
  throw new Error(
    `column ${JSON.stringify(field)}: expected ${expected}, got ${got}. Build the index again, or publish it again.`,
  );
}
