/**
 * A run by workers of a queue, seen from who asks for it: files are divided into shards, shards enqueued, waited for, and gathered.
 *
 * Only the store counts (shard-report.ts). A shard that is reported there as encoded is not enqueued; one that vanishes from the queue
 * without a report, since its server has lost it, is enqueued again. So this may be ended at any time, and started again, or twice at
 * once. What could not be read is tried again by each run, as `encode --workers` does.
 */
import { setTimeout } from 'node:timers/promises';
import { mapConcurrent } from '../../../index/map-concurrent.ts';
import { FILES_AT_ONCE } from '../../lib/files.ts';
import type { Progress } from '../../lib/progress.ts';
import type { Found } from '../../media/media-files.ts';
import type { Settled } from '../each.ts';
import { type Result, resultOf } from '../encode.ts';
import type { Medium } from '../medium.ts';
import type { Connection } from './connection.ts';
import { gather } from './gather.ts';
import { type Asked, divide, type Plan, planOf, shardName } from './job.ts';
import { openJournal } from './journal.ts';
import { addJobs, forgetFailed, lookAt, type Shard, TRIES, watchWorkers } from './queued.ts';
import { isAllEncoded, readReport, removeReport } from './shard-report.ts';
import type { Source } from './source.ts';
import type { TokenStore } from './token-store.ts';

export interface QueueOptions {
  connection: Connection;
  store: TokenStore;
  /** Files of a shard, some more or fewer. */
  shardFiles: number;
  /** Of looking at files, and of encoding them. */
  start: (label: string, total: number) => Progress;
  say: (line: string) => void;
  /** Between two looks at the queue. */
  pollMs?: number;
  /** Nothing is waited for any more; what is enqueued stays. */
  signal?: AbortSignal;
  now?: () => number;
}

const POLL_MS = 1000;
const REPORTS_AT_ONCE = 16;
/** A server that forgets a shard this often, or a store that does, is not waited for. */
const LOST_AT_MOST = 20;

/** Tokens of all files are in the store's cache then. @throws Error when shards fail for another reason than their files */
export async function encodeByQueue(
  found: Found,
  source: Source,
  medium: Medium,
  options: QueueOptions & { label: string },
): Promise<Result> {
  const { store, start, label } = options;
  const { asked, settled } = await nameFiles(found, source, medium, start(`look at ${label}`, found.files.length));
  const plan = planOf(medium, source.root, await store.id({ make: true }));
  const bar = start(`encode ${label}`, found.files.length);
  bar.skip(Object.keys(settled).length);
  await encodeAsked(asked, plan, {
    ...options,
    medium,
    settled: (at, one, isNew) => {
      settled[at] = one;
      if (isNew) bar.tick(1, found.files[at].file);
      else bar.skip(1);
    },
  });
  const result = await resultOf(found, settled, medium, store.cache);
  bar.done(result.rejected.length ? `${result.rejected.length} left out` : undefined);
  return result;
}

/**
 * What a shard's report would say where all its contents are in the store: of a run that was divided otherwise, or by `encode --workers`. The first is looked for
 * alone: of a store that is empty that is one look a shard.
 * @returns undefined where they are not, or where files are not named by their hash
 */
async function encodedBefore(
  contents: readonly string[],
  medium: Medium,
  store: TokenStore,
): Promise<Settled[] | undefined> {
  if (!contents.every((content) => HASH.test(content))) return undefined;
  const report = contents.map((sha256): Settled => ({ sha256, outcome: { ok: true } }));
  for (const some of [report.slice(0, 1), report]) if (!(await gather(some, medium, store))) return undefined;
  return report;
}

const HASH = /^[0-9a-f]{64}$/;

/** What each file is called by its content; what cannot be named is settled. */
async function nameFiles({ files }: Found, source: Source, medium: Medium, bar: Progress) {
  const asked = new Map<number, Asked>(); // by the file's place
  const settled: Settled[] = [];
  await mapConcurrent(FILES_AT_ONCE, [...files.keys()], async (at) => {
    const named = await source.nameOf(files[at], medium);
    if ('reason' in named) settled[at] = { outcome: { ok: false, reason: named.reason } };
    else asked.set(at, { ...named, bytes: files[at].bytes ?? null });
    bar.tick(1, files[at].file);
  });
  bar.done();
  return { asked, settled };
}

export interface AskedOptions extends QueueOptions {
  medium: Medium;
  /** @param isNew it was not in the store before */
  settled: (at: number, one: Settled, isNew: boolean) => void;
}

/** @param asked by their places among all files */
export async function encodeAsked(
  asked: ReadonlyMap<number, Asked>,
  plan: Plan,
  { connection, store, shardFiles, say, medium, settled, pollMs = POLL_MS, signal, now = Date.now }: AskedOptions,
): Promise<void> {
  const places = [...asked.keys()].sort((a, b) => a - b);
  const list = places.map((at) => asked.get(at)!);
  const twins = Map.groupBy(places, (at) => asked.get(at)!.content);
  const journal = openJournal(connection.redis, now);
  const shards: Shard[] = divide(list, shardFiles).map((files) => ({
    name: shardName(
      plan,
      files.map((i) => list[i]),
    ),
    files: files.map((i) => places[i]),
    lost: 0,
  }));

  /** Tells of the shard's files, and of their copies. @returns whether all that it says is encoded is there */
  async function take(shard: Shard, report: readonly Settled[], isNew: boolean): Promise<boolean> {
    if (!(await gather(report, medium, store))) {
      await removeReport(store, shard.name);
      return false;
    }
    for (const [i, at] of shard.files.entries())
      for (const twin of twins.get(asked.get(at)!.content)!) settled(twin, report[i], isNew);
    return true;
  }

  const open = new Map<string, Shard>();
  await mapConcurrent(REPORTS_AT_ONCE, shards, async (shard) => {
    const report =
      (await readReport(store, shard.name, shard.files.length)) ??
      (await encodedBefore(
        shard.files.map((at) => asked.get(at)!.content),
        medium,
        store,
      ));
    const isDone = report && isAllEncoded(report) && (await take(shard, report, false));
    if (!isDone) open.set(shard.name, shard);
  });
  const enqueue = (some: readonly Shard[]) => addJobs(connection, journal, some, (at) => asked.get(at)!, plan);
  await forgetFailed(connection, open);
  await enqueue([...open.values()]);

  const failures = new Map<string, string>();
  const attendance = watchWorkers(connection, say, pollMs);
  for (;;) {
    const { gone, failed } = await lookAt(connection, [...open.keys()]);
    for (const [name, reason] of failed) {
      failures.set(name, reason);
      open.delete(name);
      await journal.end(name);
    }
    const again: Shard[] = [];
    await mapConcurrent(REPORTS_AT_ONCE, gone, async (name) => {
      const shard = open.get(name)!;
      const report = await readReport(store, name, shard.files.length);
      if (report && (await take(shard, report, true))) open.delete(name);
      else again.push(shard);
    });
    for (const shard of again)
      if (++shard.lost > LOST_AT_MOST)
        throw new Error(
          `the queue: expected shard ${shard.name} in ${store.name} when it is done, found none ${shard.lost} times. Check that the store can be written by the workers, and start again.`,
        );
    if (again.length) await enqueue(again);
    if (open.size === 0) break;
    await attendance.look();
    await setTimeout(pollMs, undefined, { signal });
  }
  if (failures.size === 0) return;
  const [[name, reason]] = failures;
  const count = failures.size === 1 ? `shard ${name}` : `${failures.size} shards, ${name} among them,`;
  throw new Error(`the queue: ${count} failed ${TRIES} times: ${reason} What is encoded is kept; start again.`);
}
