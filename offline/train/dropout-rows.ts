/**
 * Which pool row each row of each dropout takes: a hash of what the row is, not of where it stands, so that a pair drops the
 * same in every micro-batch.
 */
import { type Pair, tracksOf } from '../data/batch.ts';
import { textHash } from '../lib/random.ts';
import { type Pairs, sizesOf } from '../models/micro-batch.ts';
import { type DropoutSite, dropoutInput, poolRow } from '../nn/dropout.ts';
import { summands } from '../nn/graph.ts';
import type { Dim } from '../nn/onnx.ts';
import type { Input } from '../nn/session.ts';

/** @param seed of the step */
export function dropoutRows(sites: readonly DropoutSite[], some: Pairs, seed: string): Record<string, Input> {
  return Object.fromEntries(
    sites.map(({ name, shape }) => {
      const [numbers, sizes] = rowNumbers(shape, some);
      const salt = textHash(`${seed}/${name}`);
      return [dropoutInput(name), { data: Int32Array.from(numbers, (row) => poolRow(salt, row)), shape: sizes }];
    }),
  );
}

/** Every row of a tensor of this shape as a number of its own, with the sizes. The names are those of models/pair-inputs.ts. */
function rowNumbers(shape: readonly Dim[], { pairs, ids }: Pairs): [Float64Array, number[]] {
  const [first, ...inner] = shape;
  if (first === 'RT' || first === 'N') return trackNumbers(shape, { pairs, ids });
  const packed = /^((?:B|\d+)\+)?(FT|ST|CT)$/.exec(String(first)); // a number where a model sees the whole batch
  if (packed) {
    const own = packedNumbers(packed[2] as 'FT' | 'ST' | 'CT', { pairs, ids });
    const numbers = packed[1] ? Float64Array.of(...firstNumbers(ids), ...own) : own;
    return [numbers, [numbers.length]];
  }
  const sizes = [pairs.length, ...inner.map((dim) => sizeOf(dim, pairs))];
  const numbers = new Float64Array(sizes.reduce((a, b) => a * b, 1));
  if (isCouples(shape, pairs.length)) {
    ids.forEach((track, n) => {
      for (const [i, video] of ids.entries()) numbers[n * ids.length + i] = couple(track, video);
    });
    return [numbers, sizes];
  }
  const [heads = 1, places = 1] = sizes.slice(1);
  let at = 0;
  for (const id of ids)
    for (let head = 0; head < heads; head++)
      for (let place = 0; place < places; place++) numbers[at++] = rowNumber(id, head, place);
  return [numbers, sizes];
}

/** Rows of the tracks that pairs are compared with: of each pair one track after the other, as further heads. */
function trackNumbers([first, ...inner]: readonly Dim[], { pairs, ids }: Pairs): [Float64Array, number[]] {
  const sizes = inner.map((dim) => sizeOf(dim, pairs));
  const [heads, places] = sizes.length > 1 ? sizes : [1, sizes[0] ?? 1];
  const numbers: number[] = [];
  for (const [i, pair] of pairs.entries())
    for (const [k, { count }] of tracksOf(pair).entries())
      for (let head = 0; head < heads; head++)
        for (let place = 0; place < (first === 'RT' ? count : places); place++)
          numbers.push(rowNumber(ids[i], k * heads + head, place));
  const rows = first === 'RT' ? numbers.length : sizesOf(pairs).N;
  return [Float64Array.from(numbers), [rows, ...sizes]];
}

/** Whether a tensor holds every track against every video. Where a model sees the whole batch its number of pairs is no name. */
const isCouples = (shape: readonly Dim[], batch: number): boolean =>
  shape[0] !== 'B' && shape.length === 2 && shape[1] === shape[0] && shape[0] === batch;

/** Rows in the order of nn/packing.ts. */
function packedNumbers(all: 'FT' | 'ST' | 'CT', { pairs, ids }: Pairs): Float64Array {
  const numbers: number[] = [];
  const push = (kind: 'frames' | 'segments', startOf: (pair: Pair) => number) =>
    pairs.forEach((pair, i) => {
      for (let k = 0; k < pair[kind].count; k++) numbers.push(rowNumber(ids[i], 0, startOf(pair) + k));
    });
  if (all !== 'ST') push('frames', () => 0);
  if (all !== 'FT') push('segments', all === 'CT' ? (pair) => pair.frames.count : () => 0);
  return Float64Array.from(numbers);
}

/** Of the row that a pair's sequence has before its own: a place behind all that there may be. */
const firstNumbers = (ids: readonly number[]): number[] => ids.map((id) => rowNumber(id, 0, 2 ** 18));

/**
 * Below 2^32 for ids to 2^17, heads times queries to 128 and slots to 256, which is where all the paper's sizes lie; what goes beyond
 * one of these counts on in the digits above.
 */
function rowNumber(id: number, head: number, place: number): number {
  const low = ((id % 2 ** 17) * 2 ** 7 + (head % 2 ** 7)) * 2 ** 8 + (place % 2 ** 8);
  const [ids, heads, places] = [above(id, 17, 21), above(head, 7, 13), above(place, 8, 19)];
  return ((ids * 2 ** 6 + heads) * 2 ** 11 + places) * 2 ** 32 + low;
}

/** A track and a video, by their places in the batch: below 2^32 for the first 2^16. */
function couple(track: number, video: number): number {
  const low = (track % 2 ** 16) * 2 ** 16 + (video % 2 ** 16);
  return (above(track, 16, 26) * 2 ** 10 + above(video, 16, 26)) * 2 ** 32 + low;
}

/** The digits from `from` on, of a number that must have no more than `most`: all together fit the 53 of a number. */
function above(number: number, from: number, most: number): number {
  if (number < 2 ** most) return Math.floor(number / 2 ** from);
  throw new Error(
    `dropout: expected rows that can be told apart, up to 2^${most}, got number ${number}. Take less at once.`,
  );
}

function sizeOf(dim: Dim, pairs: readonly Pair[]): number {
  if (typeof dim === 'number') return dim;
  const parts = summands(dim);
  if (parts.length > 1) return parts.reduce<number>((total, part) => total + sizeOf(part, pairs), 0);
  const size = sizesOf(pairs)[dim];
  if (size === undefined) throw new Error(`internal: dropout over rows of the size "${dim}"`);
  return size;
}
