/**
 * The shards of one role as a table: where each begins, its size and its hash, in some 40 bytes each.
 *
 * An index of a million tracks has tens of thousands of shards, of which a query needs a few: as objects with texts they would take a
 * Worker 20 MB. A shard's path follows from its role and its hash (pointer.ts). In the manifest a shard is one text, "tracks bytes
 * sha256"; formats 3 and 4 had an object of each. Both ways in and out stand here.
 */
import { hexOf } from '../hex.ts';
import type { BundleFile } from './bundle-file.ts';
import { objectPath } from './pointer.ts';

// S shards

/** A part of a series that has something for every track: of the tracks from `first` on, as many as `tracks`. */
export interface Shard extends BundleFile {
  first: number;
  tracks: number;
}

/** All shards of a role, in the order of their tracks and without gaps. */
export interface ShardTable {
  role: string;
  /** [S + 1] the first track of each, and behind them how many there are. */
  first: Uint32Array;
  /** [S] */
  bytes: Uint32Array;
  /** [S, 32] */
  sha256: Uint8Array;
}

const HASH_BYTES = 32;

export const shardCount = ({ bytes }: ShardTable): number => bytes.length;

/** Tracks that the shards cover: 0 … as many. */
export const tracksIn = ({ first }: ShardTable): number => first[first.length - 1];

export const bytesOf = ({ bytes }: ShardTable): number => bytes.reduce((sum, size) => sum + size, 0);

/** @throws RangeError when there is no such shard */
export function shardAt({ role, first, bytes, sha256 }: ShardTable, place: number): Shard {
  if (!Number.isInteger(place) || place < 0 || place >= bytes.length)
    throw new RangeError(`shards: expected a shard of ${role} from 0 to ${bytes.length - 1}, got ${place}.`);
  const hash = hexOf(sha256.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES));
  return {
    path: objectPath(role, hash, role),
    bytes: bytes[place],
    sha256: hash,
    first: first[place],
    tracks: first[place + 1] - first[place],
  };
}

/** All as objects, one after the other: of a large index only a few are wanted at a time. */
export function* shardsOf(table: ShardTable): Generator<Shard> {
  for (let place = 0; place < table.bytes.length; place++) yield shardAt(table, place);
}

/** Which shard a track lies in, by halving. @throws RangeError when there is no such track */
export function placeOf({ first, bytes }: ShardTable, label: number): number {
  if (!Number.isInteger(label) || label < 0 || label >= first[bytes.length])
    throw new RangeError(`shards: expected a track of the index, got ${label}.`);
  let [low, high] = [0, bytes.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (first[middle] <= label) low = middle;
    else high = middle;
  }
  return low;
}

/** @param shards in order and without gaps, each named by its content @throws Error (internal) otherwise */
export function shardTable(role: string, shards: readonly Shard[]): ShardTable {
  const table = emptyTable(role, shards.length);
  for (const [place, { path, bytes, sha256, first, tracks }] of shards.entries()) {
    if (first !== table.first[place] || path !== objectPath(role, sha256, role))
      throw new Error(`internal: shards: ${path} (${role}) stands at track ${table.first[place]}.`);
    table.first[place + 1] = first + tracks;
    table.bytes[place] = bytes;
    writeHash(table, place, sha256, 0);
  }
  return table;
}

const emptyTable = (role: string, shards: number): ShardTable => ({
  role,
  first: new Uint32Array(shards + 1),
  bytes: new Uint32Array(shards),
  sha256: new Uint8Array(shards * HASH_BYTES),
});

/** @param more of the tracks behind those of `table` */
export function joinShards(table: ShardTable, more: ShardTable): ShardTable {
  const tracks = tracksIn(table);
  const moved = Array.from(shardsOf(more), (shard) => ({ ...shard, first: tracks + shard.first }));
  return shardTable(table.role, [...shardsOf(table), ...moved]);
}

export const noShards = (role: string): ShardTable => shardTable(role, []);

/** As a manifest names them. */
export const shardLines = (table: ShardTable): string[] =>
  Array.from(shardsOf(table), ({ tracks, bytes, sha256 }) => `${tracks} ${bytes} ${sha256}`);

/** @throws Error when it is not what shardLines gave, or what formats 3 and 4 had in its place */
export function readShards(role: string, value: unknown): ShardTable {
  if (!Array.isArray(value)) refuse(role, 0);
  return value.every((one) => typeof one === 'string') ? ofLines(role, value) : ofObjects(role, value);
}

/** Of tens of thousands, which a Worker reads before its first answer: nothing is made of a line but its numbers. */
function ofLines(role: string, lines: readonly string[]): ShardTable {
  const table = emptyTable(role, lines.length);
  for (const [place, line] of lines.entries()) {
    const match = LINE.exec(line);
    if (!match) refuse(role, place);
    const [, tracks, bytes] = match;
    table.first[place + 1] = table.first[place] + Number(tracks);
    table.bytes[place] = Number(bytes);
    writeHash(table, place, line, line.length - 2 * HASH_BYTES);
    // Numbers of ten digits may be more than 32 bits hold.
    if (table.bytes[place] !== Number(bytes) || table.first[place + 1] - table.first[place] !== Number(tracks))
      refuse(role, place);
  }
  return table;
}

const LINE = /^([1-9]\d{0,9}) ([1-9]\d{0,9}) [0-9a-f]{64}$/;

function ofObjects(role: string, value: readonly unknown[]): ShardTable {
  const shards: Shard[] = [];
  let next = 0;
  for (const [place, one] of value.entries()) {
    const { path, bytes, sha256, first, tracks } = (one as Partial<Shard> | null) ?? {};
    const isWhole = [bytes, tracks].every((number) => Number.isSafeInteger(number) && (number as number) >= 1);
    const isNamed = typeof sha256 === 'string' && HASH.test(sha256) && path === objectPath(role, sha256, role);
    if (!isWhole || !isNamed || first !== next) refuse(role, place);
    shards.push({ path: path!, bytes: bytes!, sha256: sha256!, first: next, tracks: tracks! });
    next += tracks!;
  }
  return shardTable(role, shards);
}

const HASH = /^[0-9a-f]{64}$/;

function refuse(role: string, place: number): never {
  throw new Error(
    `manifest: expected shards of ${role}, in order and each named by its content, got another at ${place}. Build the index again.`,
  );
}

/** @param text has the hash's hexadecimal digits from `at` on, two a byte */
function writeHash({ sha256 }: ShardTable, place: number, text: string, at: number): void {
  for (let i = 0, to = place * HASH_BYTES; i < 2 * HASH_BYTES; i += 2, to++) {
    const [high, low] = [text.charCodeAt(at + i), text.charCodeAt(at + i + 1)];
    sha256[to] =
      16 * (high < LETTERS ? high - DIGITS : high - LETTERS + 10) + (low < LETTERS ? low - DIGITS : low - LETTERS + 10);
  }
}
/** Codes of "0" and "a". */
const [DIGITS, LETTERS] = [0x30, 0x61];
