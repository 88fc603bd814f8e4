/**
 * From a folder of published posts and the library that their music came from to an editing log: which moment of which track plays where in
 * which post.
 *
 * Peaks of the tracks are kept by content (kept-peaks.ts), what was heard in a post by its content and the library's, so a run that is killed goes
 * on where it was, and ends with the same log. How a post is matched stands in match.ts, how it is placed to the sample in refine.ts.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashClip } from '../encode/clip.ts';
import { findMusic } from '../encode/library.ts';
import { ofTheFile, sha256File, sha256Hex, writeFileAtomic } from '../lib/files.ts';
import { parsedJson } from '../lib/json.ts';
import type { Progress } from '../lib/progress.ts';
import { openThreads, type Threads } from '../lib/threads.ts';
import type { MediaFile, Unreadable } from '../media/media-files.ts';
import { peaksFolder, readPeaks } from './kept-peaks.ts';
import { type Landmarked, landmark } from './landmarks.ts';
import type { Heard } from './post.ts';
import { postsIn } from './posts-in.ts';
import type { AlignJob, AlignOutcome, AlignSetup } from './worker.ts';

/** Raised when the same peaks give other answers. */
const HEARD_REVISION = 3;

export interface AlignOptions {
  posts: string;
  music: string;
  /** Where peaks, and what was heard, are kept. */
  cache: string;
  workers: number;
  start: (label: string, total: number) => Progress;
}

export interface Alignment {
  /** By file, relative to its folder, in order. */
  posts: { file: string; heard: Heard }[];
  /** Files of the library, relative to its folder, by the number that `Playing.track` has. */
  tracks: string[];
  /** Tracks that could not be read. */
  rejected: Unreadable[];
  /** For people, a line each. */
  remarks: string[];
}

/** @throws Error when a folder has nothing in it, no track can be read, or the cache cannot be written */
export async function align(options: AlignOptions): Promise<Alignment> {
  const posts = await postsIn(options.posts); // what is wrong is said before hours of work
  const library = await fingerprintAll(options);
  const heard = await hearAll(posts.files, library, options);
  const unreadable = posts.unreadable.map(({ file, reason }) => ({
    file,
    heard: { reason: `could not be read: ${reason}` },
  }));
  return {
    posts: [...heard, ...unreadable].sort((a, b) => (a.file < b.file ? -1 : 1)),
    tracks: library.tracks.map(({ file }) => file),
    rejected: library.rejected,
    remarks: [...library.remarks, ...(posts.remarks ?? [])],
  };
}

interface Track extends MediaFile {
  sha256: string;
}

interface FingerprintedLibrary {
  tracks: Track[];
  landmarked: Landmarked;
  rejected: Unreadable[];
  remarks: string[];
}

async function fingerprintAll({ music, cache, workers, start }: AlignOptions): Promise<FingerprintedLibrary> {
  const { files, unreadable, remarks = [] } = await findMusic(music);
  const bar = start('find peaks', files.length);
  const threads = openThreads<AlignJob, AlignOutcome>(WORKER, { cache } satisfies AlignSetup, workers);
  const rejected = [...unreadable];
  const hashes = new Map<string, string>(); // by file
  const faults = new Map<string, string>(); // by content
  const seen = new Set<string>();
  try {
    await eachOf(files, workers, async ({ path, file }) => {
      const sha256 = await sha256File(path).catch(ofTheFile);
      if (sha256 instanceof Error) return void rejected.push({ file, reason: sha256.message });
      hashes.set(file, sha256);
      if (seen.has(sha256)) return bar.skip(1);
      seen.add(sha256);
      if (await readPeaks(cache, sha256)) return bar.skip(1);
      const outcome = await threads.run({ track: path, sha256 }).catch(failed);
      if ('reason' in outcome && outcome.fatal) throw new Error(outcome.reason);
      if ('reason' in outcome) faults.set(sha256, outcome.reason);
      bar.tick(1, file);
    });
  } finally {
    await threads.close();
  }
  const tracks: Track[] = [];
  const twins: string[] = [];
  const firsts = new Map<string, string>();
  for (const one of files) {
    const sha256 = hashes.get(one.file);
    const reason = faults.get(sha256 ?? '');
    const first = sha256 && firsts.get(sha256);
    if (reason !== undefined) rejected.push({ file: one.file, reason });
    else if (first) twins.push(`once only: ${one.file}: the same content as ${first}`);
    else if (sha256) {
      firsts.set(sha256, one.file);
      tracks.push({ ...one, sha256 });
    }
  }
  bar.done(rejected.length ? `${rejected.length} left out` : undefined);
  if (!tracks.length)
    throw new Error(
      `${music}: none of ${files.length} audio files could be read. The first: ${rejected[0].file}: ${rejected[0].reason}`,
    );
  const peaks: Uint32Array[] = [];
  for (const { sha256, file } of tracks) {
    const kept = await readPeaks(cache, sha256);
    if (!kept) throw new Error(`${peaksFolder(cache)}: expected the peaks of ${file}, got none. Start again.`);
    peaks.push(kept.packed);
  }
  return {
    tracks,
    landmarked: landmark(peaks),
    rejected: rejected.sort((a, b) => (a.file < b.file ? -1 : 1)),
    remarks: [...twins, ...remarks.map((line) => `note: ${line}`)],
  };
}

const WORKER = join(import.meta.dirname, 'worker.ts');

async function hearAll(
  files: readonly MediaFile[],
  { tracks, landmarked }: FingerprintedLibrary,
  { cache, workers, start }: AlignOptions,
): Promise<{ file: string; heard: Heard }[]> {
  const key = sha256Hex(JSON.stringify([HEARD_REVISION, peaksFolder(''), tracks.map(({ sha256 }) => sha256)])).slice(
    0,
    16,
  );
  const bar = start('hear posts', files.length);
  const setup: AlignSetup = { cache, library: { landmarked, files: tracks.map(({ path }) => path) } };
  const threads = openThreads<AlignJob, AlignOutcome>(WORKER, setup, workers);
  const heard = new Map<string, Heard>();
  try {
    await eachOf(files, workers, async (one) => {
      const sha256 = await hashClip(one.path).catch(ofTheFile);
      if (sha256 instanceof Error) {
        heard.set(one.file, { reason: `could not be read: ${sha256.message}` });
        return bar.tick(1, one.file);
      }
      const place = join(cache, `heard-${key}`, `${sha256}.json`);
      const kept = await readHeard(place);
      if (kept) {
        heard.set(one.file, kept);
        return bar.skip(1);
      }
      heard.set(one.file, await hear(threads, one, place));
      bar.tick(1, one.file);
    });
  } finally {
    await threads.close();
  }
  bar.done();
  return files.map(({ file }) => ({ file, heard: heard.get(file)! }));
}

async function hear(threads: Threads<AlignJob, AlignOutcome>, { path }: MediaFile, place: string): Promise<Heard> {
  const outcome = await threads.run({ post: path }).catch(failed);
  if ('heard' in outcome) {
    await writeFileAtomic(place, JSON.stringify(outcome.heard));
    return outcome.heard;
  }
  if ('kept' in outcome) throw new Error('internal: a post was answered as a track is.');
  if (outcome.fatal) throw new Error(outcome.reason);
  return { reason: `could not be read: ${outcome.reason}` };
}

const failed = (error: Error): { reason: string; fatal?: boolean } => ({ reason: error.message });

async function readHeard(place: string): Promise<Heard | undefined> {
  const text = await readFile(place, 'utf8').catch(() => undefined);
  const kept = text === undefined ? undefined : (parsedJson(text) as Heard | undefined);
  return kept && ('playing' in kept || 'reason' in kept) ? kept : undefined;
}

/** So many at once; the first that fails is thrown when the others have ended. */
async function eachOf<T>(items: readonly T[], atOnce: number, act: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  let error: unknown;
  async function lane(): Promise<void> {
    while (next < items.length && error === undefined)
      await act(items[next++]).catch((reason: unknown) => {
        error ??= reason;
      });
  }
  await Promise.all(Array.from({ length: Math.max(1, Math.min(atOnce, items.length)) }, lane));
  if (error !== undefined) throw error;
}
