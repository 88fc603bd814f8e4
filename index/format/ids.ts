/**
 * From a track's id to its place: ids as hashes of 64 bits, in order, cut into parts by their first bits.
 *
 * A million ids as texts take 100 MB; their hashes 12, of which a look-up reads a hundredth. An id that the index does not have is
 * taken for one that it has once in 10^13 times, or where somebody makes one on purpose: who shows a track compares its id. Removed tracks
 * are not in it. Writer and reader stand here together.
 */

// E ids of a part

const MAGIC = 0x44495043; // "CPID" in little-endian bytes
const FORMAT_VERSION = 1;
/** Little-endian u32; then high u32[E], low u32[E], label u32[E], by high and low. */
const WORD = { magic: 0, version: 1, count: 2, high: 3 } as const;
/** Ids of a part, about. */
const PART = 8192;

export interface IdHash {
  high: number;
  low: number;
}

/** Two hashes of 32 bits, in the manner of MurmurHash3's finalisers (Austin Appleby, public domain). */
export function hashId(id: string): IdHash {
  let high = 0x9e3779b9 ^ id.length;
  let low = 0x7f4a7c15 ^ id.length;
  for (let i = 0; i < id.length; i++) {
    const unit = id.charCodeAt(i);
    high = Math.imul(high ^ unit, 0x85ebca6b);
    low = Math.imul(low ^ unit, 0xc2b2ae35);
    high = (high ^ (high >>> 15)) + low;
    low = (low ^ (low >>> 13)) + high;
  }
  return { high: mixed(high ^ (low >>> 7)), low: mixed(low ^ (high << 5)) };
}

function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** In which of `parts` an id stands. */
export const partOf = ({ high }: IdHash, parts: number): number => Math.floor((high / 2 ** 32) * parts);

/**
 * @param ids [N] each, in any order
 * @returns the parts, in order, and how many ids each has; none is empty
 * @throws Error when two ids have one hash: they are equal
 */
export function writeIds(
  high: Uint32Array,
  low: Uint32Array,
  labels: Uint32Array,
): { bytes: Uint8Array<ArrayBuffer>; ids: number }[] {
  const order = Uint32Array.from({ length: high.length }, (_, i) => i).sort(
    (one, other) => high[one] - high[other] || low[one] - low[other],
  );
  for (let i = 1; i < order.length; i++)
    if (high[order[i]] === high[order[i - 1]] && low[order[i]] === low[order[i - 1]])
      throw new Error(
        `ids: expected each track to have its own, got one for the tracks ${labels[order[i - 1]]} and ${labels[order[i]]}. Remove one of the two.`,
      );
  // Fewer parts until none is empty; hashes are spread evenly, so the first try does.
  for (let parts = Math.ceil(order.length / PART); parts > 0; parts--) {
    const cuts = new Uint32Array(parts + 1);
    for (const i of order) cuts[partOf({ high: high[i], low: 0 }, parts) + 1]++;
    if (parts > 1 && cuts.subarray(1).includes(0)) continue;
    for (let part = 0; part < parts; part++) cuts[part + 1] += cuts[part];
    return Array.from({ length: parts }, (_, part) => {
      const own = order.subarray(cuts[part], cuts[part + 1]);
      const words = new Uint32Array(WORD.high + 3 * own.length);
      words.set([MAGIC, FORMAT_VERSION, own.length]);
      for (const [i, at] of own.entries()) {
        words[WORD.high + i] = high[at];
        words[WORD.high + own.length + i] = low[at];
        words[WORD.high + 2 * own.length + i] = labels[at];
      }
      return { bytes: new Uint8Array(words.buffer), ids: own.length };
    });
  }
  return [];
}

export interface IdPart {
  count: number;
  find(id: IdHash): number | undefined;
}

/** @param tracks of the index: labels are below @throws Error when the bytes are not a whole part of this version */
export function openIds(buffer: ArrayBuffer, tracks: number): IdPart {
  const words = new Uint32Array(buffer, 0, buffer.byteLength >> 2);
  if (words[WORD.magic] !== MAGIC) refuse('the magic "CPID"', 'other bytes');
  if (words[WORD.version] !== FORMAT_VERSION) refuse(`version ${FORMAT_VERSION}`, String(words[WORD.version]));
  const count = words[WORD.count];
  const bytes = 4 * (WORD.high + 3 * count);
  if (bytes !== buffer.byteLength) refuse(`${bytes} bytes`, String(buffer.byteLength));
  const high = words.subarray(WORD.high, WORD.high + count);
  const low = words.subarray(WORD.high + count, WORD.high + 2 * count);
  const labels = words.subarray(WORD.high + 2 * count);
  for (let i = 0; i < count; i++) {
    if (labels[i] >= tracks) refuse(`labels below ${tracks}`, String(labels[i]));
    if (i > 0 && (high[i] - high[i - 1] || low[i] - low[i - 1]) <= 0) refuse('hashes in order', `another at ${i}`);
  }

  function find(id: IdHash): number | undefined {
    let [from, to] = [0, count];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((high[middle] - id.high || low[middle] - id.low) < 0) from = middle + 1;
      else to = middle;
    }
    return from < count && high[from] === id.high && low[from] === id.low ? labels[from] : undefined;
  }
  return { count, find };
}

function refuse(expected: string, got: string): never {
  throw new Error(`ids: expected ${expected}, got ${got}. Build the index again, or publish it again.`);
}
