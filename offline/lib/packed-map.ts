/**
 * Small values by texts, as packed-list.ts keeps them: what is known of each track of a library by its id.
 *
 * A text is found by its hash in a table of places (open addressing with linear probing: Knuth, "The Art of Computer Programming" 3, §6.4), and then
 * compared. Beside the JSON an entry takes 24 bytes at most.
 */
import { packedList } from './packed-list.ts';

/** What is asked of a Map of such values; a Map is one. */
export interface TextMap<T> extends Iterable<[string, T]> {
  readonly size: number;
  get(key: string): T | undefined;
  values(): Iterable<T>;
}

export interface PackedMap<T> extends TextMap<T> {
  set(key: string, value: T): void;
}

export function packedMap<T>(): PackedMap<T> {
  const entries = packedList<[key: string, value: T]>();
  let table = new Uint32Array(1024); // place + 1 of an entry, or 0
  let size = 0;

  /** Where an entry of this key stands in the table, or should. */
  function slotOf(key: string): number {
    let slot = hashOf(key) & (table.length - 1);
    while (table[slot] && entries.at(table[slot] - 1)![0] !== key) slot = (slot + 1) & (table.length - 1);
    return slot;
  }

  function grow(): void {
    const before = table;
    table = new Uint32Array(2 * before.length);
    for (const place of before) if (place) table[slotOf(entries.at(place - 1)![0])] = place;
  }

  function set(key: string, value: T): void {
    if (2 * size >= table.length) grow();
    const slot = slotOf(key);
    if (!table[slot]) size++;
    entries.append([key, value]); // one that is replaced stays where it is, and is not found any more
    table[slot] = entries.length;
  }

  function* each(): Generator<[string, T]> {
    let place = 0;
    for (const entry of entries) if (table[slotOf(entry[0])] === ++place) yield entry;
  }

  return {
    get size() {
      return size;
    },
    get: (key) => entries.at(table[slotOf(key)] - 1)?.[1],
    set,
    *values() {
      for (const [, value] of each()) yield value;
    },
    [Symbol.iterator]: each,
  };
}

/** FNV-1a (Fowler, Noll, Vo) of 32 bits, over UTF-16 units, with steps of MurmurHash3's finaliser, which spread it to the low bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
