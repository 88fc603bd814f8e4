/**
 * What the queue's server is told of each file, beside BullMQ's own: which are in hand, what became of them, and how fast it goes.
 *
 * A shard takes minutes. A worker that is killed in the middle leaves in the journal what it had settled, which the next one does not do again, and
 * which files it had in hand: one that is in hand each time that a worker dies is to blame. Nothing of this is needed to go on
 * (shard-report.ts): where the server forgets it, a file is looked at once more.
 */
import type { Redis } from 'ioredis';
import { parsedJson } from '../../lib/json.ts';
import type { Settled } from '../each.ts';
import { PREFIX } from './connection.ts';

export interface Kept {
  /** By the file's place in the shard. */
  settled: Map<number, Settled>;
  /** In hand when a worker was last heard of. */
  inHand: number[];
  /** How many workers ended while they had it in hand. */
  deaths: Map<number, number>;
}

export interface Run {
  done: number;
  unread: number;
  left: number;
  /** Files done in each of the last whole minutes, the latest first. */
  perMinute: number[];
}

/** A sentence that a worker or a file left. */
export interface Note {
  at: number;
  who: string;
  sentence: string;
}

export interface Journal {
  read(shard: string): Promise<Kept>;
  begin(shard: string, at: number): Promise<void>;
  settle(shard: string, at: number, one: Settled, left: number, file: string): Promise<void>;
  /** The worker ends without blame: nothing is in hand any more. */
  giveBack(shard: string): Promise<void>;
  /** A worker has ended in the middle. */
  countDeaths(shard: string, deaths: ReadonlyMap<number, number>): Promise<void>;
  /** A shard was enqueued, or is done (`left` 0). */
  setLeft(left: ReadonlyMap<string, number>): Promise<void>;
  end(shard: string): Promise<void>;
  /** Why a worker ended. */
  note(who: string, sentence: string): Promise<void>;
  run(): Promise<Run>;
  notes(): Promise<Note[]>;
  unread(): Promise<Note[]>;
}

const LEFT = `${PREFIX}:left`;
const RUN = `${PREFIX}:run`;
const NOTES = `${PREFIX}:notes`;
const UNREAD = `${PREFIX}:unread`;
const minuteKey = (minute: number): string => `${PREFIX}:minute:${minute}`;
const journalKey = (shard: string): string => `${PREFIX}:journal:${shard}`;

const MINUTE_MS = 60_000;
export const MINUTES = 10;
/** What nobody asked for so long will not be. */
const FORGOTTEN_SEC = 14 * 24 * 3600;
const NOTES_KEPT = 20;
const NOTES_SEC = 24 * 3600;
const UNREAD_KEPT = 100;
const SHARDS_AT_ONCE = 1000;

/** @param now milliseconds since 1970 */
export function openJournal(redis: Redis, now: () => number): Journal {
  const noteOf = (who: string, sentence: string): string => JSON.stringify({ at: now(), who, sentence } satisfies Note);
  const listed = async (key: string): Promise<Note[]> =>
    (await redis.lrange(key, 0, -1)).flatMap((text) => (parsedJson(text) as Note | undefined) ?? []);

  return {
    async read(shard) {
      const kept: Kept = { settled: new Map(), inHand: [], deaths: new Map() };
      for (const [field, value] of Object.entries(await redis.hgetall(journalKey(shard)))) {
        const [what, at] = field.split(':');
        if (what === 'settled') kept.settled.set(Number(at), JSON.parse(value) as Settled);
        else if (what === 'hand') kept.inHand.push(Number(at));
        else kept.deaths.set(Number(at), Number(value));
      }
      return kept;
    },
    async begin(shard, at) {
      await redis.pipeline().hset(journalKey(shard), `hand:${at}`, 1).expire(journalKey(shard), FORGOTTEN_SEC).exec();
    },
    async settle(shard, at, one, left, file) {
      const minute = minuteKey(Math.floor(now() / MINUTE_MS));
      const told = redis
        .pipeline()
        .hset(journalKey(shard), `settled:${at}`, JSON.stringify(one))
        .hdel(journalKey(shard), `hand:${at}`)
        .hset(LEFT, shard, left)
        .hincrby(RUN, 'done', 1)
        .incr(minute)
        .expire(minute, 2 * MINUTES * 60);
      if (!one.outcome.ok)
        told
          .hincrby(RUN, 'unread', 1)
          .lpush(UNREAD, noteOf(file, one.outcome.reason))
          .ltrim(UNREAD, 0, UNREAD_KEPT - 1)
          .expire(UNREAD, NOTES_SEC);
      await told.exec();
    },
    async giveBack(shard) {
      const fields = (await redis.hkeys(journalKey(shard))).filter((field) => field.startsWith('hand:'));
      if (fields.length) await redis.hdel(journalKey(shard), ...fields);
    },
    async countDeaths(shard, deaths) {
      const told = redis.pipeline();
      for (const [at, count] of deaths)
        told.hdel(journalKey(shard), `hand:${at}`).hset(journalKey(shard), `deaths:${at}`, count);
      await told.exec();
    },
    async setLeft(left) {
      if (left.size === 0) return;
      if ((await redis.hlen(LEFT)) === 0) await redis.del(RUN); // all that was enqueued before is done
      const all = [...left];
      for (let from = 0; from < all.length; from += SHARDS_AT_ONCE) {
        const some = all.slice(from, from + SHARDS_AT_ONCE);
        await redis.hset(LEFT, Object.fromEntries(some));
      }
    },
    async end(shard) {
      await redis.pipeline().hdel(LEFT, shard).del(journalKey(shard)).exec();
    },
    async note(who, sentence) {
      await redis
        .pipeline()
        .lpush(NOTES, noteOf(who, sentence))
        .ltrim(NOTES, 0, NOTES_KEPT - 1)
        .expire(NOTES, NOTES_SEC)
        .exec();
    },
    async run() {
      const { done = '0', unread = '0' } = await redis.hgetall(RUN);
      const left = (await redis.hvals(LEFT)).reduce((sum, count) => sum + Number(count), 0);
      const minute = Math.floor(now() / MINUTE_MS);
      const counts = await redis.mget(Array.from({ length: MINUTES }, (_, i) => minuteKey(minute - 1 - i)));
      return { done: Number(done), unread: Number(unread), left, perMinute: counts.map((count) => Number(count ?? 0)) };
    },
    notes: () => listed(NOTES),
    unread: () => listed(UNREAD),
  };
}
