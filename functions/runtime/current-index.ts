/**
 * The index that this isolate answers from: opened by the first request that needs it, replaced when another one was published.
 *
 * What is kept is the opened index, not a promise of it: in workerd a promise belongs to the request that made it, and stays unsettled
 * for ever when that request is cancelled. Requests that come while one opens an index wait by looking again, or go on with the old one.
 * An index that cannot be opened is logged and tried again later; answers go on coming from the one that could.
 */

import type { OpenIndex } from '../grounding/open-index.ts';
import { Problem } from '../schema/problem.ts';
import { type OpenBundle, openBundle, releaseSessions } from './bundle.ts';
import { type CandidateBindings, candidatesFor } from './candidates.ts';
import { findIndex, type IndexPlaces, type IndexSource } from './index-source.ts';

export type IndexBindings = IndexPlaces & CandidateBindings;

export interface Lease {
  index: OpenIndex;
  /** When the answer is done with the model: an index that was replaced is closed after its last answer. */
  release(): Promise<void>;
}

/**
 * How old an answer's index may be, in ms, beside the time to open the new one: a published index is picked up by the first request
 * after that. Static assets change by deploying, which makes new isolates, so only a bucket is looked at again.
 */
export const PICKED_UP_WITHIN_MS = 30_000;
/** A request that has not got on for this long was cancelled, and another takes over. A file takes well under a second. */
const ABANDONED_MS = 5_000;

/**
 * A lease that was not given back for this long is of a request that was dropped where it stood: the longest answer takes a part of it,
 * and the queue takes a place back after half (guard/queue.ts). Else an old index would be held for as long as the isolate lives.
 */
export const LEASE_MS = 60_000;

interface Serving extends OpenBundle {
  version: string;
  /** Until when each of those who answer with it may take, in ms. */
  leases: Set<{ untilMs: number }>;
}

let serving: Serving | undefined;
/** Those that were replaced and are still answered with. */
const replaced = new Set<Serving>();
let lookedAt = 0;
/** When the request that is opening an index last got on, in ms; 0 = none is. */
let openingSince = 0;

/** @throws Problem index-missing where none is published, index-unusable when it does not fit this Worker or its files. */
export async function theIndex(places: IndexBindings): Promise<OpenIndex> {
  await refresh(places);
  return theServing().index;
}

/**
 * As theIndex, for who asks without a key: what is wrong with an index names its files, and that is for the log.
 * @throws Problem as theIndex
 */
export async function theIndexForAnyone(places: IndexBindings): Promise<OpenIndex> {
  try {
    return await theIndex(places);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'index-unusable') throw error;
    throw new Problem(
      'index-unusable',
      'index: expected a whole one, got one that is incomplete, changed or of another version. The log says what is wrong; publish all of it again.',
      { cause: error },
    );
  }
}

/** The one that is open, for a look: nothing is opened for it. */
export const heldIndex = (): OpenIndex | undefined => serving?.index;

/** As theIndex, for those who run the model. */
export async function leaseIndex(places: IndexBindings): Promise<Lease> {
  await refresh(places);
  await closeAbandoned();
  const leased = theServing(); // no await between this line and the lease below, or it might be closed in between
  const lease = { untilMs: Date.now() + LEASE_MS };
  leased.leases.add(lease);
  return {
    index: leased.index,
    async release() {
      if (!leased.leases.delete(lease) || leased.leases.size > 0) return;
      leased.index.tokens.free(); // only those who lease an index look at its tokens
      if (replaced.delete(leased)) await close(leased);
    },
  };
}

/** After it an index is open. */
async function refresh(places: IndexBindings): Promise<void> {
  const isOpening = () => Date.now() - openingSince < ABANDONED_MS;
  while (!serving && isOpening()) await scheduler.wait(10);
  const isDue = places.BUCKET !== undefined && Date.now() - lookedAt >= PICKED_UP_WITHIN_MS;
  if (serving && (!isDue || isOpening())) return;
  openingSince = Date.now();
  try {
    await look(places);
  } catch (error) {
    if (!serving) throw error;
    console.error(JSON.stringify({ event: 'index-not-replaced', serving: serving.version, cause: String(error) }));
  } finally {
    openingSince = 0;
  }
}

function theServing(): Serving {
  if (!serving) throw new Error('internal: current index: none is open.');
  return serving;
}

async function look(places: IndexBindings): Promise<void> {
  lookedAt = Date.now(); // a bucket that fails is left alone as long as one that answers
  const source = await findIndex(places);
  if (source.pointer.indexVersion === serving?.version) return;
  const before = serving;
  const opened = await open(source, places);
  if (serving !== before) {
    // This request was taken for abandoned, and another one was quicker: what it opened goes on.
    await close(opened, [before]);
    return;
  }
  serving = opened;
  if (!before) return;
  replaced.add(before);
  await closeAbandoned();
}

async function open(source: IndexSource, places: IndexBindings): Promise<Serving> {
  const onStep = () => {
    openingSince = Date.now();
  };
  const bundle = await openBundle(source, {
    held: serving?.sessions,
    candidates: candidatesFor(places),
    onStep,
  });
  const { indexVersion } = bundle.index.manifest;
  if (indexVersion !== source.pointer.indexVersion)
    throw new Problem(
      'index-unusable',
      `index: expected version ${source.pointer.indexVersion}, got ${indexVersion}. Publish the index again.`,
    );
  return { ...bundle, version: indexVersion, leases: new Set() };
}

/** What was replaced is closed when its last lease has ended; a dropped request does not end its lease, so time does. */
async function closeAbandoned(): Promise<void> {
  const now = Date.now();
  for (const one of [...replaced, ...(serving ? [serving] : [])])
    for (const lease of one.leases) if (lease.untilMs < now) one.leases.delete(lease);
  const done = [...replaced].filter(({ leases }) => leases.size === 0);
  for (const old of done) replaced.delete(old);
  await Promise.all(done.map((old) => close(old)));
}

/**
 * Sessions that another index answers with go on.
 * @param more whose sessions it may have been opened with, and which may be closed already
 */
async function close(old: Serving, more: readonly (Serving | undefined)[] = []): Promise<void> {
  old.index.tokens.clear(); // or as much again would be kept beside the next one's until it is collected
  const others = [serving, ...replaced, ...more];
  await releaseSessions(old.sessions, new Map(others.flatMap((other) => [...(other?.sessions ?? [])])));
}
