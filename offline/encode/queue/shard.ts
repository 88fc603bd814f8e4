/**
 * One shard on one machine: its files fetched, encoded by the code of `encode --workers` (each.ts), and what was made handed to the store.
 *
 * What an earlier worker had settled is not done again. Files that were in hand when a worker died come last and alone, so that who is to blame is
 * found: after three deaths a file counts as unreadable, and the shard goes on.
 */
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { MediaFile } from '../../media/media-files.ts';
import { type Around, encodeEach, type Settled } from '../each.ts';
import type { Medium } from '../medium.ts';
import type { Pool } from '../pool.ts';
import { askedIn, mediaFileOf, type ShardJob } from './job.ts';
import type { Journal } from './journal.ts';
import { readReport, writeReport } from './shard-report.ts';
import type { Fetcher } from './source.ts';
import type { TokenStore } from './token-store.ts';

export interface ShardTools {
  medium: Medium;
  store: TokenStore;
  fetcher: Fetcher;
  journal: Journal;
  pool: Pool;
  /** Processes of the pool. */
  processes: number;
  signal: AbortSignal;
}

export interface ShardOutcome {
  /** Files that were encoded, or tried, here and now. */
  done: number;
  unread: { file: string; reason: string }[];
}

/** As many workers may end with a file in hand, by chance or for other reasons, before it is to blame. */
const DEATHS = 3;
const GRACE_MS = 250;

/** @throws as encodeEach does, CannotGoOn among it; the report is written only when all is settled */
export async function encodeShard(name: string, job: ShardJob, tools: ShardTools): Promise<ShardOutcome> {
  const { medium, store, fetcher, journal, pool, processes, signal } = tools;
  const asked = askedIn(job);
  const files = asked.map((one) => mediaFileOf(job.root, one));
  const { settled, suspects } = await knownBefore(name, files, store, journal);
  const done: Settled[] = [];
  for (const [at, one] of settled) done[at] = one;
  const outcome: ShardOutcome = { done: 0, unread: [] };
  const pathsOf = (content: string): string[] => medium.folders.map((folder) => join(folder, `${content}.safetensors`));
  const placeOf = new Map(files.map((file, at) => [file, at]));

  const around: Around = {
    async open(file) {
      const at = placeOf.get(file)!;
      await journal.begin(name, at);
      return fetcher.open(asked[at]);
    },
    pull: (content) => store.pull(pathsOf(content)),
    push: (content) => store.push(pathsOf(content)),
  };

  async function encode(some: readonly MediaFile[], lanes: number): Promise<void> {
    await encodeEach(some, medium, {
      cache: store.cache,
      pool,
      lanes: Math.min(lanes, some.length),
      around,
      signal,
      settled: (at, one) => settle(placeOf.get(some[at])!, one),
    });
  }

  async function settle(at: number, one: Settled): Promise<void> {
    const { file } = files[at];
    if (!one.outcome.ok) {
      // Whoever ends a service ends ffmpeg with it, and that may be heard before the signal is.
      await setTimeout(GRACE_MS);
      signal.throwIfAborted();
    }
    if (one.sha256) await store.forget(pathsOf(one.sha256));
    if (!one.outcome.ok) outcome.unread.push({ file, reason: one.outcome.reason });
    done[at] = one;
    outcome.done++;
    await journal.settle(name, at, one, left(), file);
  }
  const left = (): number => files.length - Object.keys(done).length;

  for (const [at, deaths] of suspects)
    if (deaths >= DEATHS)
      await settle(at, {
        outcome: {
          ok: false,
          reason: `it was in hand each of the ${deaths} times that a worker was killed. Convert the file, or give the workers more memory, and enqueue again.`,
        },
      });
  const open = [...files.keys()].filter((at) => !done[at]);
  // One more than processes: the next file is read and fetched while they compute.
  await encode(
    open.filter((at) => !suspects.has(at)).map((at) => files[at]),
    processes + 1,
  );
  await encode(
    open.filter((at) => suspects.has(at)).map((at) => files[at]),
    1,
  );
  await writeReport(store, name, done);
  return outcome;
}

/** By the store, where an earlier run has done the shard (what it could not read is tried again), and by the journal. */
async function knownBefore(
  name: string,
  files: readonly MediaFile[],
  store: TokenStore,
  journal: Journal,
): Promise<{ settled: Map<number, Settled>; suspects: Map<number, number> }> {
  const settled = new Map<number, Settled>();
  for (const [at, one] of ((await readReport(store, name, files.length)) ?? []).entries())
    if (one.outcome.ok) settled.set(at, one);
  const kept = await journal.read(name);
  for (const [at, one] of kept.settled) settled.set(at, one);
  const suspects = new Map([...kept.deaths].filter(([at]) => !settled.has(at)));
  for (const at of kept.inHand) suspects.set(at, (suspects.get(at) ?? 0) + 1);
  await journal.countDeaths(name, suspects);
  return { settled, suspects };
}
