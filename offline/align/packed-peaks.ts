/**
 * Peaks as whole numbers, 4 bytes each, as they are kept on disk and held in memory: the time in units of 8 ms in the upper 20 bits, below it
 * the frequency in sixteenths of a row. So packed peaks are in the order of their times.
 */
import { type Peaks, ROWS } from './peaks.ts';

/** Of time. */
export const UNIT_SEC = 0.008;
const ROW_BITS = 12;
export const ROW_PARTS = 16;
const MOST_UNITS = 2 ** 20;
/** What comes later is not looked at: 2 h 19 min. */
export const MOST_SEC = MOST_UNITS * UNIT_SEC;

export function pack({ sec, row }: Peaks): Uint32Array {
  const packed: number[] = [];
  for (let i = 0; i < sec.length; i++) {
    const units = Math.max(0, Math.round(sec[i] / UNIT_SEC)); // the first frame's top may lie before it
    const parts = Math.max(0, Math.min(ROWS * ROW_PARTS - 1, Math.round(row[i] * ROW_PARTS)));
    if (units < MOST_UNITS) packed.push(((units << ROW_BITS) | parts) >>> 0);
  }
  return Uint32Array.from(packed).sort();
}

export const unitsOf = (packed: number): number => packed >>> ROW_BITS;
/** In parts of a row. */
export const partsOf = (packed: number): number => packed & (2 ** ROW_BITS - 1);

/** The first peak at or after a time. */
export function firstFrom(packed: Uint32Array, sec: number): number {
  const wanted = Math.max(0, Math.ceil(sec / UNIT_SEC)) * 2 ** ROW_BITS;
  let [low, high] = [0, packed.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (packed[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
