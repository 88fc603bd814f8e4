/**
 * Files encoded one by one, several at a time, each content once: the work of `encode --workers` and of a queue's workers.
 *
 * Where a file is, and who else is told of what was made of it, is the caller's (Around); so is what becomes of the outcomes.
 */
import { ofTheFile } from '../lib/files.ts';
import type { MediaFile } from '../media/media-files.ts';
import { contentKey } from './clip.ts';
import type { Medium } from './medium.ts';
import type { Pool } from './pool.ts';
import type { Outcome } from './worker.ts';

/** What became of one file. */
export interface Settled {
  /** Of its content, where it could be read. */
  sha256?: string;
  outcome: Outcome;
}

/** A file that can be read on this machine now, and its hash; or why not. */
export type Opened = { path: string; sha256: string; close?: () => Promise<void> } | { reason: string };

/** What a queue's worker does beside encoding. */
export interface Around {
  open(file: MediaFile): Promise<Opened>;
  /** Brings in what others have made of a content. @returns whether they have all of it */
  pull(content: string): Promise<boolean>;
  /** Hands on what was made of it. */
  push(content: string): Promise<void>;
}

export interface EachOptions {
  cache: string;
  pool: Pool;
  /** Files in hand at once. */
  lanes: number;
  /** @param was `kept`: there was nothing to do */
  settled: (at: number, one: Settled, was: 'encoded' | 'kept' | 'unread') => void | Promise<void>;
  around?: Around;
  /** No further file is begun then, and nothing that is in hand is settled. */
  signal?: AbortSignal;
}

/** This machine's, or this run's: no other file would fare better. */
export class CannotGoOn extends Error {
  override name = 'CannotGoOn';
}

/** @throws CannotGoOn, what Around throws, and the signal's reason; when no file is in hand any more */
export async function encodeEach(
  files: readonly MediaFile[],
  medium: Medium,
  { cache, pool, lanes, settled, around, signal }: EachOptions,
): Promise<void> {
  // The largest first, so that no process is left with a long one at the end.
  const order = [...files.keys()].sort((a, b) => (files[b].bytes ?? 0) - (files[a].bytes ?? 0) || a - b);
  const contents = new Map<string, Promise<Outcome>>();
  let next = 0;
  let stop: Error | undefined;

  async function settle(at: number): Promise<void> {
    const file = files[at];
    const opened = await (around ? around.open(file) : openHere(file, medium));
    if ('reason' in opened) return report(at, { outcome: { ok: false, reason: opened.reason } }, 'unread');
    try {
      const { path, sha256 } = opened;
      const content = contentKey(sha256, file.part);
      let was: 'encoded' | 'kept' = 'kept';
      const known = contents.get(content);
      const encoding =
        known ??
        encodeContent({ ...file, path }, sha256, () => {
          was = 'encoded';
        });
      contents.set(content, encoding);
      const outcome = await encoding;
      if (outcome.ok) contents.set(content, ENCODED); // of a million contents a promise each would be a hundred megabytes
      await report(at, { sha256, outcome: outcome.ok ? outcome : renamed(outcome, path, file.path) }, was);
    } finally {
      await opened.close?.();
    }
  }

  /** An outcome that comes after the signal says of the signal, not of the file. */
  async function report(at: number, one: Settled, was: 'encoded' | 'kept' | 'unread'): Promise<void> {
    if (!one.outcome.ok && one.outcome.fatal) throw new CannotGoOn(one.outcome.reason);
    signal?.throwIfAborted();
    await settled(at, one, was);
  }

  async function encodeContent({ path, part }: MediaFile, sha256: string, begun: () => void): Promise<Outcome> {
    const content = contentKey(sha256, part);
    const isHandedOn = await around?.pull(content);
    if (!(await medium.kept(cache, content))) {
      begun();
      const outcome = await pool.run({ kind: medium.kind, path, sha256, part });
      if (!outcome.ok) return outcome;
      await around?.push(content);
    } else if (isHandedOn === false) await around?.push(content);
    return OK;
  }

  async function lane(): Promise<void> {
    try {
      while (next < order.length && !stop) {
        signal?.throwIfAborted();
        await settle(order[next++]);
      }
    } catch (error) {
      stop ??= error as Error; // the other lanes end with what they have in hand
    }
  }

  await Promise.all(Array.from({ length: lanes }, lane));
  if (stop) throw stop;
}

const OK: Outcome = { ok: true };
const ENCODED = Promise.resolve(OK);

/** What is said of a copy is said of what it is a copy of. */
const renamed = (outcome: Outcome & { ok: false }, copy: string, path: string): Outcome =>
  copy === path ? outcome : { ...outcome, reason: outcome.reason.replaceAll(copy, path) };

async function openHere({ path }: MediaFile, { hash }: Medium): Promise<Opened> {
  const sha256 = await hash(path).catch(ofTheFile);
  return sha256 instanceof Error ? { reason: sha256.message } : { path, sha256 };
}
