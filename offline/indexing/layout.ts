/**
 * In what order the tracks of a catalogue stand, so that the candidates of a query lie in few shards.
 *
 * Candidates are near each other in h0, so tracks that are near in h0 should be near in the files. The catalogue is split in two by
 * 2-means, begun along its principal direction, and each half again (bisecting k-means: Steinbach, Karypis & Kumar, "A Comparison
 * of Document Clustering Techniques", 2000; the beginning: Boley, "Principal Direction Divisive Partitioning",
 * 1998), down to a few tracks; read from left to right, the halves are the order. Halving at the median instead keeps no
 * style together and touches nearly twice as many shards. Cutting the order into shards is left to the token store.
 */
import { createRandom } from '../lib/random.ts';

// N tracks · D values of h0

/** So few tracks stay as they are: the smallest shards have more. */
const LEAF = 8;
/** Rounds of power iteration; the split need not begin along the exact principal direction. */
const POWER_ROUNDS = 12;
/** Rounds of 2-means. More change nothing that was measured. */
const SPLIT_ROUNDS = 10;
/** The smaller side has at least this share of the tracks, or a few odd tracks would be split off one by one. */
const SMALLEST_SIDE = 1 / 16;

/**
 * A permutation: which track stands at each place. Equal vectors give an equal order.
 * @param vectors [N, D]
 * @param onPlaced called with how many tracks have got their final places now
 */
export function orderForShards(
  vectors: Float32Array,
  width: number,
  onPlaced: (tracks: number) => void = () => {},
): Uint32Array {
  const order = Uint32Array.from({ length: vectors.length / width }, (_, track) => track);
  const random = createRandom('layout');
  const start = Float64Array.from({ length: width }, () => random.normal());
  const places = new Float64Array(order.length); // of each track, along the direction in hand
  const open = [order];
  for (let part = open.pop(); part; part = open.pop()) {
    if (part.length <= LEAF) {
      onPlaced(part.length);
      continue;
    }
    const cut = splitInTwo(part, { vectors, width, start, places });
    open.push(part.subarray(0, cut), part.subarray(cut));
  }
  return order;
}

interface Space {
  vectors: Float32Array;
  width: number;
  /** The direction that power iteration begins with. */
  start: Float64Array;
  /** For one number of each track, written over each time. */
  places: Float64Array;
}

/** Sort some tracks from one of two centres to the other, in place. @returns how many are nearer to the first */
function splitInTwo(part: Uint32Array, { vectors, width, start, places }: Space): number {
  const product = (track: number, direction: Float64Array): number => {
    let sum = 0;
    for (let i = 0, at = track * width; i < width; i++, at++) sum += direction[i] * vectors[at];
    return sum;
  };
  const meanOf = (tracks: Uint32Array): Float64Array => {
    const sum = new Float64Array(width);
    for (const track of tracks) for (let i = 0, at = track * width; i < width; i++, at++) sum[i] += vectors[at];
    return sum.map((value) => value / tracks.length);
  };

  const mean = meanOf(part);
  let direction = start;
  for (let round = 0; round < POWER_ROUNDS; round++) {
    const shift = dot(direction, mean);
    const next = new Float64Array(width); // covariance × direction
    for (const track of part) {
      const weight = product(track, direction) - shift;
      for (let i = 0, at = track * width; i < width; i++, at++) next[i] += weight * (vectors[at] - mean[i]);
    }
    const length = Math.sqrt(dot(next, next));
    if (length === 0) break; // all alike
    direction = next.map((value) => value / length);
  }

  const least = Math.ceil(part.length * SMALLEST_SIDE);
  let middle = dot(direction, mean);
  let cut = 0;
  for (let round = 0; round <= SPLIT_ROUNDS; round++) {
    for (const track of part) places[track] = product(track, direction);
    part.sort((one, other) => places[one] - places[other] || one - other);
    const nearer = part.findIndex((track) => places[track] > middle);
    cut = Math.min(Math.max(nearer < 0 ? part.length : nearer, least), part.length - least);
    const [left, right] = [meanOf(part.subarray(0, cut)), meanOf(part.subarray(cut))];
    direction = right.map((value, i) => value - left[i]);
    middle = (dot(right, right) - dot(left, left)) / 2;
  }
  return cut;
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i] * other[i];
  return sum;
}

/** In how many shards some tracks lie. @param shards in order, each from its first track on */
export function shardsTouched(tracks: Iterable<number>, shards: readonly { first: number; tracks: number }[]): number {
  const touched = new Set<number>();
  for (const track of tracks) {
    const shard = shards.findIndex(({ first, tracks }) => track >= first && track < first + tracks);
    if (shard < 0) throw new RangeError(`layout: expected a track within the shards, got ${track}.`);
    touched.add(shard);
  }
  return touched.size;
}
