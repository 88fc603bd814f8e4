/**
 * A list of small values of which nothing but their JSON is in memory, for as many as a library has tracks.
 *
 * An object with a handful of texts takes half a kilobyte, and the collector walks over it again and again; its JSON takes a third of that, and
 * lies where nobody looks. A value is made anew each time that it is asked for.
 */
import { growing } from '../../index/growing.ts';

export interface PackedList<T> extends Iterable<T> {
  readonly length: number;
  append(value: T): void;
  /** Undefined where there is none; places are counted from 0. */
  at(place: number): T | undefined;
}

/** Bytes of a block. What is larger has one of its own. */
const BLOCK = 1 << 20;
const LINE_END = 10; // JSON has none in it

/** Of what JSON gives back as it was. */
export function packedList<T>(): PackedList<T> {
  const blocks: Buffer[] = [];
  const places = growing((length) => new Float64Array(length)); // block × 2^32 + the byte in it
  let used = BLOCK;

  function append(value: T): void {
    const text = `${JSON.stringify(value)}\n`;
    const size = Buffer.byteLength(text);
    if (used + size > BLOCK) {
      blocks.push(Buffer.allocUnsafeSlow(Math.max(BLOCK, size)));
      used = 0;
    }
    const block = blocks.length - 1;
    blocks[block].write(text, used);
    places.push(block * 2 ** 32 + used);
    used += size;
  }

  function at(place: number): T | undefined {
    if (place < 0 || place >= places.length) return undefined;
    const start = places.view()[place];
    const block = blocks[Math.floor(start / 2 ** 32)];
    const from = start % 2 ** 32;
    return JSON.parse(block.toString('utf8', from, block.indexOf(LINE_END, from))) as T;
  }

  return {
    get length() {
      return places.length;
    },
    append,
    at,
    *[Symbol.iterator]() {
      for (let place = 0; place < places.length; place++) yield at(place)!;
    },
  };
}
