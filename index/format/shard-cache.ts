/**
 * Shards read by need and kept while there is room: the least recently used goes first.
 *
 * A shard that is in use when it is dropped stays whole for its user, whose views hold its bytes. Reading is left to the caller's
 * function, which checks what it read. A promise is never kept from one call to the next: in workerd it would belong to the request
 * that made it. So two requests at once may read the same shard twice; the second keeps what the first one kept.
 */
import { mapConcurrent } from '../map-concurrent.ts';
import { placeOf, type Shard, type ShardTable, shardAt } from './shard-table.ts';

/** Things of which some are kept. */
export interface Cache<T> {
  /** Those at some places, in the order asked. @throws what reading or opening throws */
  get(places: readonly number[]): Promise<T[]>;
  /**
   * Give the memory of what was dropped back now. Only for when none of it is in use any more: left to itself, V8 was seen to collect
   * dropped shards when there were 50 MB of them.
   */
  free(): void;
  /** As free, of all that is kept: for when the index is closed. */
  clear(): void;
  /** Since it was made. `bytes` is what is kept now. */
  readonly counts: { hits: number; misses: number; dropped: number; bytes: number };
}

/** Shards of one role, of which some are kept. Labels are places in the catalogue. */
export interface ShardCache<T> extends Omit<Cache<T>, 'get'> {
  /**
   * The opened shards of some tracks, and where in its shard each track is, in the order asked.
   * @throws RangeError when there is no such track; what reading or opening throws.
   */
  at(labels: readonly number[]): Promise<{ shard: T; track: number }[]>;
  /**
   * What `pick` makes of some tracks, in the order asked, none of which lies in a shard itself: so what is dropped meanwhile is given back at once.
   * @throws as `at`, and what `pick` throws
   */
  copies<R>(labels: readonly number[], pick: (shard: T, track: number) => R): Promise<R[]>;
}

/**
 * Requests that one call has under way: as many connections as the platform allows an answer at a time
 * (https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections). A shard of a large catalogue is mostly waited for.
 */
const AT_ONCE = 6;
/**
 * Dropped shards that `free` knows of at most: some answers' worth. What is dropped beyond them is left to V8. A list of all that was
 * ever dropped would grow with every answer of a catalogue that does not fit its budget.
 */
const MOST_DROPPED = 256;

/** What is read: its `bytes` count against the budget; `buffer` is what `free` and `clear` give back. */
export interface Kept {
  bytes: number;
  buffer: ArrayBuffer;
}

/** @param read gives a shard checked and opened @param budget as createCache has it */
export function createShardCache<T extends Kept>(
  shards: ShardTable,
  read: (shard: Shard) => Promise<T>,
  budget: number,
): ShardCache<T> {
  const { get, ...cache } = createCache((place) => read(shardAt(shards, place)), budget);
  async function at(labels: readonly number[]): Promise<{ shard: T; track: number }[]> {
    const places = labels.map((label) => placeOf(shards, label));
    const held = await get(places);
    return labels.map((label, i) => ({ shard: held[i], track: label - shards.first[places[i]] }));
  }
  async function copies<R>(labels: readonly number[], pick: (shard: T, track: number) => R): Promise<R[]> {
    let found = await at(labels);
    while (found.some(({ shard }) => isGivenBack(shard))) found = await at(labels);
    const picked = found.map(({ shard, track }) => pick(shard, track));
    cache.free();
    return picked;
  }
  return { ...cache, counts: cache.counts, at, copies };
}

/** By another call, between reading and looking. */
export const isGivenBack = ({ buffer }: Kept): boolean => buffer.byteLength === 0;

/** @param budget bytes to keep at most; what was read last is always kept */
export function createCache<T extends Kept>(read: (place: number) => Promise<T>, budget: number): Cache<T> {
  const kept = new Map<number, T>(); // by place; the least recently used first
  let droppedBuffers: WeakRef<ArrayBuffer>[] = [];
  let forgotten = 0; // since there was no more room among them
  const counts = { hits: 0, misses: 0, dropped: 0, bytes: 0 };

  function keep(place: number, shard: T): void {
    if (kept.has(place)) return;
    kept.set(place, shard);
    counts.bytes += shard.bytes;
    for (const [oldest, { bytes, buffer }] of kept) {
      if (counts.bytes <= budget || oldest === place) break;
      kept.delete(oldest);
      remember(buffer);
      counts.bytes -= bytes;
      counts.dropped++;
    }
  }

  function remember(dropped: ArrayBuffer): void {
    if (droppedBuffers.length < MOST_DROPPED) droppedBuffers.push(new WeakRef(dropped));
    else if (++forgotten % MOST_DROPPED === 0) droppedBuffers = droppedBuffers.filter((buffer) => buffer.deref());
  }

  async function get(places: readonly number[]): Promise<T[]> {
    const needed = [...new Set(places)];
    const held = new Map<number, T>(); // by this call, whatever the cache drops meanwhile
    for (const place of needed) {
      const shard = kept.get(place);
      if (!shard) continue;
      kept.delete(place);
      kept.set(place, shard); // now the most recently used
      held.set(place, shard);
    }
    const missing = needed.filter((place) => !held.has(place));
    counts.hits += held.size;
    counts.misses += missing.length;
    await mapConcurrent(AT_ONCE, missing, async (place) => {
      const shard = await read(place);
      held.set(place, shard);
      keep(place, shard);
    });
    return places.map((place) => held.get(place) as T);
  }

  function free(): void {
    for (const dropped of droppedBuffers.splice(0)) dropped.deref()?.transfer(0);
  }

  function clear(): void {
    free();
    for (const { buffer } of kept.values()) buffer.transfer(0);
    kept.clear();
    counts.bytes = 0;
  }

  return { get, free, clear, counts };
}
