/** The jobs of a run in the queue: added, looked at until they are gone, and told of when nobody takes them. */
import { type Connection, QUEUE_NAME } from './connection.ts';
import { type Asked, jobOf, type Plan } from './job.ts';
import type { Journal } from './journal.ts';

/** A shard that is waited for. */
export interface Shard {
  name: string;
  /** Places of its files among all. */
  files: number[];
  /** How often it was gone from the queue with nothing in the store. */
  lost: number;
}

/** Jobs are added so many at a time: one round trip, and some hundred kilobytes. */
const JOBS_AT_ONCE = 100;
const NAMES_AT_ONCE = 1000;
/** Of a job that fails for another reason than its files: a store that does not answer. */
export const TRIES = 3;
const PAUSE_MS = 5000;

/** A job that is there already stays as it is. @throws Error when the server takes no more */
export async function addJobs(connection: Connection, journal: Journal, ...rest: Added): Promise<void> {
  await addAll(connection, journal, ...rest).catch((cause: Error) => {
    throw new Error(
      `the queue: expected its server to take ${rest[0].length} more jobs, got "${cause.message}" Give it more memory (maxmemory) or disk, and start again: what is enqueued stays.`,
      { cause },
    );
  });
}

type Added = [shards: readonly Shard[], askedAt: (at: number) => Asked, plan: Plan];

async function addAll({ queue }: Connection, journal: Journal, ...[shards, askedAt, plan]: Added): Promise<void> {
  await journal.setLeft(new Map(shards.map(({ name, files }) => [name, files.length])));
  for (let from = 0; from < shards.length; from += JOBS_AT_ONCE)
    await queue.addBulk(
      shards.slice(from, from + JOBS_AT_ONCE).map(({ name, files }) => ({
        name: QUEUE_NAME,
        data: jobOf(plan, files.map(askedAt)),
        opts: {
          jobId: name,
          attempts: TRIES,
          backoff: { type: 'exponential', delay: PAUSE_MS },
          removeOnComplete: true, // the report in the store says it
          removeOnFail: false,
          stackTraceLimit: 0,
        },
      })),
    );
}

/** Failed jobs of an earlier run would be in the way of the same ones of this. */
export async function forgetFailed({ queue, redis }: Connection, shards: ReadonlyMap<string, Shard>): Promise<void> {
  for (const id of await redis.zrange(queue.toKey('failed'), '0', '-1')) if (shards.has(id)) await queue.remove(id);
}

/** Which are no longer in the queue, and which have failed for good, with the reason. */
export async function lookAt({ queue, redis }: Connection, names: readonly string[]) {
  const gone: string[] = [];
  for (let from = 0; from < names.length; from += NAMES_AT_ONCE) {
    const some = names.slice(from, from + NAMES_AT_ONCE);
    const asked = redis.pipeline();
    for (const name of some) asked.exists(queue.toKey(name));
    const answers = (await asked.exec()) ?? [];
    for (const [i, [error, exists]] of answers.entries()) {
      if (error) throw error;
      if (exists === 0) gone.push(some[i]);
    }
  }
  const failed = new Map<string, string>();
  const waited = new Set(names);
  for (const id of await redis.zrange(queue.toKey('failed'), '0', '-1'))
    if (waited.has(id))
      failed.set(id, (await redis.hget(queue.toKey(id), 'failedReason')) ?? 'for a reason that is not known.');
  return { gone, failed };
}

/** Says so when nobody works on the queue, and when somebody does. */
export function watchWorkers({ queue }: Connection, say: (line: string) => void, pollMs: number) {
  let [looks, said] = [0, false];
  const every = Math.max(1, Math.round(10_000 / pollMs));
  return {
    async look(): Promise<void> {
      if (looks++ % every !== 2 % every) return; // workers that are started with this come first
      const count = await queue.getWorkersCount().catch(() => 1); // a server may refuse to tell
      if (count === 0 && !said)
        say(
          'no worker is connected to the queue: start one or more by `npm run cuepoint -- worker --queue … --store …`.',
        );
      if (count > 0 && said) say(`${count} worker${count > 1 ? 's' : ''} connected.`);
      said = count === 0;
    },
  };
}
