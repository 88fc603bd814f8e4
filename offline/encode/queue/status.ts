/** What the queue's server knows of a run, for people and for programs. */
import type { Connection } from './connection.ts';
import { type Note, openJournal } from './journal.ts';

export interface QueueStatus {
  files: { done: number; unread: number; left: number };
  shards: { waiting: number; active: number; delayed: number; failed: number };
  /** Files a minute, over the last ten whole ones or those since it began; null in the first. */
  perMinute: number | null;
  leftSec: number | null;
  /** Host and process of each. */
  workers: string[];
  failed: { shard: string; reason: string }[];
  /** The latest files that could not be read. */
  unread: Note[];
  /** Why workers ended that could not go on. */
  ended: Note[];
}

const FAILED_SHOWN = 20;

/** @param now milliseconds since 1970 */
export async function statusOf({ queue, redis }: Connection, now: () => number = Date.now): Promise<QueueStatus> {
  const journal = openJournal(redis, now);
  const { done, unread, left, perMinute } = await journal.run();
  const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed', 'prioritized');
  const since = perMinute.findLastIndex((count) => count > 0) + 1; // whole minutes since it began
  const rate = since > 0 ? perMinute.slice(0, since).reduce((sum, count) => sum + count, 0) / since : null;
  const failed = await queue.getFailed(0, FAILED_SHOWN - 1);
  const workers = await queue.getWorkers().catch(() => []); // a server may refuse to tell
  return {
    files: { done, unread, left },
    shards: {
      waiting: counts.waiting + (counts.prioritized ?? 0),
      active: counts.active,
      delayed: counts.delayed,
      failed: counts.failed,
    },
    perMinute: rate,
    leftSec: rate ? Math.round((left / rate) * 60) : null,
    workers: workers.map(({ rawname = '', name }) => rawname.split(':w:').at(-1) || String(name)).sort(),
    failed: failed.map(({ id = '', failedReason = '' }) => ({ shard: id, reason: failedReason })),
    unread: await journal.unread(),
    ended: await journal.notes(),
  };
}

/** A line each. */
export function statusLines(status: QueueStatus): string[] {
  const { files, shards, perMinute, leftSec, workers } = status;
  const all = files.done + files.left;
  const rate =
    perMinute === null
      ? 'not known before a whole minute has passed'
      : `${perMinute.toFixed(1)} files a minute${files.left ? `, ${leftSec === null ? 'nothing moves' : `${duration(leftSec)} left`}` : ''}`;
  return [
    `files    ${files.done} of ${all} done${files.unread ? `, ${files.unread} of them not read` : ''}`,
    `shards   ${shards.active} in hand, ${shards.waiting} waiting${shards.delayed ? `, ${shards.delayed} to be tried again` : ''}${shards.failed ? `, ${shards.failed} failed` : ''}`,
    `rate     ${rate}`,
    `workers  ${workers.length ? `${workers.length}: ${workers.join(', ')}` : 'none is connected'}`,
    ...status.ended.map(({ who, sentence }) => `ended: ${who}: ${sentence}`),
    ...status.failed.map(({ shard, reason }) => `failed: shard ${shard}: ${reason}`),
    ...status.unread.map(({ who, sentence }) => `not encoded: ${who}: ${sentence}`),
  ];
}

/** Hours and minutes, or less: 5 h 07 min */
function duration(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
