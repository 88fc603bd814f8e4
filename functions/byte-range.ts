/**
 * What a Range header asks of a file (RFC 9110 §14): players ask for a piece to seek, and for the first bytes to begin.
 *
 * One range is given; of several the whole file is sent, which the RFC allows and players never ask for.
 */

/** Bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * @param header the Range header, if any
 * @param size of the file in bytes
 * @returns 'whole' where the header is missing, of another unit, or not understood: then it is ignored, as §14.2 asks
 */
export function readRange(header: string | undefined, size: number): ByteRange | 'whole' | 'unsatisfiable' {
  const found = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '');
  if (!found || (found[1] === '' && found[2] === '')) return 'whole';
  const [first, last] = [Number(found[1]), Number(found[2])];
  if (found[1] === '')
    return last === 0 || size === 0 ? 'unsatisfiable' : { start: Math.max(0, size - last), end: size };
  if (found[2] !== '' && last < first) return 'whole'; // §14.1.1: such a range is invalid
  if (first >= size) return 'unsatisfiable';
  return { start: first, end: found[2] === '' ? size : Math.min(last + 1, size) };
}

/**
 * Whether If-Range lets the range hold: there is none, or it names this very tag. A date never does: we give none (§13.1.5).
 * @param tag a strong one
 */
export function rangeHolds(ifRange: string | undefined, tag: string): boolean {
  return ifRange === undefined || ifRange.trim() === tag;
}
