/**
 * A worker of the queue: takes a shard, encodes it in processes of this machine, tells what became of it, and takes the next.
 *
 * BullMQ holds a lock on the shard and renews it while the processes compute, since this process only waits for them. Of a worker that is
 * killed the lock runs out, and another takes the shard. One that is asked to end gives its shard back at once. A machine that
 * would make other tokens than were asked for, or cannot write any, gives the shard back and ends with the reason.
 */
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import type { Job as QueueJob, Worker } from 'bullmq';
import { orAborted } from '../../lib/interrupt.ts';
import { CannotGoOn } from '../each.ts';
import { openPool, type Pool } from '../pool.ts';
import { tidyTokenCache } from '../token-cache.ts';
import { type Connection, PREFIX, QUEUE_NAME } from './connection.ts';
import { mediumOf, type ShardJob } from './job.ts';
import { type Journal, openJournal } from './journal.ts';
import { encodeShard, type ShardOutcome } from './shard.ts';
import { type Fetcher, openFetcher } from './source.ts';
import type { TokenStore } from './token-store.ts';

export interface WorkOptions {
  connection: Connection;
  store: TokenStore;
  /** Of this machine, for what is fetched from a bucket. */
  scratch: string;
  /** Folder of added encoders. */
  encoders: string;
  processes: number;
  /** Of one file (pool.ts). */
  limitMs?: number;
  /** Ends when nothing waits and no other worker has a shard in hand. */
  untilEmpty?: boolean;
  /** A killed worker's shard is taken by another after this, and half of it again; half a minute unless given. */
  lockMs?: number;
  say: (line: string) => void;
  /** The shard in hand is given back, and the worker ends. */
  signal: AbortSignal;
  now?: () => number;
}

/** A shard that ended that many workers, with no file in hand, fails: the journal's count (shard.ts) is reached long before. */
const STALLED_AT_MOST = 50;
const LOCK_MS = 30_000;
const EMPTY_MS = 500;
const CLOSE_MS = 5000;

/** @throws CannotGoOn when this machine cannot encode what is asked for */
export async function workOnQueue(options: WorkOptions): Promise<void> {
  const { connection, store, say, signal, lockMs = LOCK_MS, now = Date.now } = options;
  const journal = openJournal(connection.redis, now);
  const who = `${hostname()}-${process.pid}`;
  const bench = workbench(options, journal);
  const end = Promise.withResolvers<void>(); // by a reason to stop
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  await tidyTokenCache(store.cache);

  async function work(job: QueueJob<ShardJob>, token?: string): Promise<void> {
    const shard = job.id!;
    const from = now();
    try {
      stopped.throwIfAborted();
      const outcome = await orAborted(bench.encode(shard, job.data, stopped), stopped);
      for (const line of linesOf(shard, job.data, outcome, now() - from)) say(line);
      await journal.end(shard);
    } catch (error) {
      if (!stopped.aborted && !(error instanceof CannotGoOn)) {
        say(`shard ${shard}: ${(error as Error).message}`);
        throw error; // BullMQ tries again later, and in the end tells of it
      }
      await journal.giveBack(shard);
      await job.moveToWait(token).catch(() => undefined); // another has it already
      if (error instanceof CannotGoOn && !stopped.aborted) {
        await journal.note(who, error.message);
        end.reject(error);
        stop.abort(error);
      }
      throw new connection.bullmq.WaitingError();
    }
  }

  const worker = new connection.bullmq.Worker<ShardJob>(QUEUE_NAME, work, {
    connection: connection.redis,
    prefix: PREFIX,
    name: who,
    concurrency: 1,
    lockDuration: lockMs,
    stalledInterval: lockMs / 2,
    maxStalledCount: STALLED_AT_MOST,
    runRetryDelay: lockMs / 2,
    skipVersionCheck: true, // connection.ts has looked
  });
  let last = '';
  worker.on('error', (error) => {
    const line = sentenceOf(error);
    if (line && line !== last) say(line);
    last = line ?? last;
  });
  const leave = (): void => end.resolve();
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  if (options.untilEmpty) void whenEmpty(connection, stopped).then(leave, leave);
  try {
    await end.promise;
  } finally {
    stop.abort(new Error('the worker ends.'));
    signal.removeEventListener('abort', leave);
    await closeWorker(worker, connection);
    bench.close();
  }
}

/** What stays between two shards: processes with their encoder loaded, and the connection to the source. */
function workbench(
  { store, scratch, encoders, processes, limitMs }: WorkOptions,
  journal: Journal,
): { encode(shard: string, job: ShardJob, signal: AbortSignal): Promise<ShardOutcome>; close(): void } {
  let ready: { of: string; pool: Pool; fetcher: Fetcher; medium: Awaited<ReturnType<typeof mediumOf>> } | undefined;
  let storeId: string | undefined;
  const close = (): void => {
    ready?.pool.close();
    ready?.fetcher.close();
    ready = undefined;
  };
  async function prepare(job: ShardJob): Promise<NonNullable<typeof ready>> {
    const of = JSON.stringify({ ...job, files: [] });
    if (ready?.of === of) return ready;
    close();
    storeId ??= await store.id({ make: false }).catch((error: Error) => {
      throw new CannotGoOn(error.message, { cause: error });
    });
    if (storeId !== job.store)
      throw new CannotGoOn(
        `--store: expected the store that \`cuepoint encode --queue\` was given, got ${store.name}, which is another. Give that one.`,
      );
    const medium = await mediumOf(job, encoders);
    const fetcher = await openFetcher(job.root, medium, scratch);
    ready = {
      of,
      medium,
      fetcher,
      pool: openPool(processes, { cache: store.cache, threads: 1, ...medium.setup }, limitMs),
    };
    return ready;
  }
  return {
    async encode(shard, job, signal) {
      const { medium, fetcher, pool } = await prepare(job);
      // What is in hand when the signal comes ends with its process.
      const end = (): void => pool.close();
      signal.addEventListener('abort', end, { once: true });
      try {
        return await encodeShard(shard, job, { medium, store, fetcher, journal, pool, processes, signal });
      } finally {
        signal.removeEventListener('abort', end);
      }
    },
    close,
  };
}

function linesOf(shard: string, job: ShardJob, { done, unread }: ShardOutcome, ms: number): string[] {
  const rest = job.files.length - done;
  return [
    ...unread.map(({ file, reason }) => `not encoded: ${file}: ${reason}`),
    `shard ${shard.slice(0, 8)}: ${done} file${done === 1 ? '' : 's'}${rest ? `, ${rest} done before` : ''}${unread.length ? `, ${unread.length} not read` : ''}, ${(ms / 1000).toFixed(1)} s`,
  ];
}

/** The connection tells of itself; a lock that is lost means that another worker has the shard, too, which does no harm. */
function sentenceOf({ message, code = '' }: NodeJS.ErrnoException): string | undefined {
  if (['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(code) || /ECONN|is closed/.test(message))
    return undefined;
  if (/lock|Missing key/i.test(message))
    return `the queue went on without this worker (${message}); what was encoded is kept.`;
  return `the queue's server: ${message}`;
}

async function whenEmpty({ queue }: Connection, signal: AbortSignal): Promise<void> {
  for (;;) {
    await setTimeout(EMPTY_MS, undefined, { signal });
    const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized').catch(() => undefined);
    if (counts && Object.values(counts).every((count) => count === 0)) return;
  }
}

/** The server may be away: then nothing is waited for, and the lock runs out. */
async function closeWorker(worker: Worker, { redis }: Connection): Promise<void> {
  const force = redis.status !== 'ready';
  await Promise.race([worker.close(force), setTimeout(CLOSE_MS, undefined, { ref: false })]);
}
