/**
 * The index that this isolate answers from: opened by the first request that needs it, replaced when another one was published.
 *
 * What is kept is the opened index, not a promise of it: in workerd a promise belongs to the request that made it, and stays unsettled
 * for ever when that request is cancelled. Requests that come while one opens an index wait by looking again, or go on with the old one.
 * An index that cannot be opened is logged and tried again later; answers go on coming from the one that could.
 */

import type { OpenIndex } from '../grounding/open-index.ts';
import { Problem } from '../problem.ts';
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

interface Serving extends OpenBundle {
  version: string;
  answering: number;
}

let serving: Serving | undefined;
let lookedAt = 0;
/** When the request that is opening an index last got on, in ms; 0 = none is. */
let openingSince = 0;

/** @throws Problem index-missing where none is published, index-unusable when it does not fit this Worker or its files. */
export async function theIndex(places: IndexBindings): Promise<OpenIndex> {
  await refresh(places);
  return theServing().index;
}

/** The one that is open, for a look: nothing is opened for it. */
export const heldIndex = (): OpenIndex | undefined => serving?.index;

/** As theIndex, for those who run the model. */
export async function leaseIndex(places: IndexBindings): Promise<Lease> {
  await refresh(places);
  const leased = theServing(); // in the same breath as it is counted, or it might be closed in between
  leased.answering++;
  let isReleased = false;
  return {
    index: leased.index,
    async release() {
      if (isReleased) return;
      isReleased = true;
      leased.answering--;
      if (leased.answering === 0) leased.index.tokens.free(); // only those who lease an index look at its tokens
      if (leased !== serving && leased.answering === 0) await close(leased, [serving]);
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
    await close(opened, [serving, before]);
    return;
  }
  serving = opened;
  if (before?.answering === 0) await close(before, [serving]);
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
  return { ...bundle, version: indexVersion, answering: 0 };
}

/** @param others whose sessions it may share */
async function close(old: Serving, others: readonly (Serving | undefined)[]): Promise<void> {
  old.index.tokens.clear(); // or as much again would be kept beside the next one's until it is collected
  await releaseSessions(old.sessions, new Map(others.flatMap((other) => [...(other?.sessions ?? [])])));
}
