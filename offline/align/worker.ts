/** A thread of align.ts: finds the peaks of tracks, and hears posts, one at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import { AudioError, readAudio } from '../media/audio.ts';
import { keepPeaks } from './kept-peaks.ts';
import type { Landmarked } from './landmarks.ts';
import { MOST_SEC, pack } from './packed-peaks.ts';
import { createPeakFinder, WIDE } from './peaks.ts';
import { createListener, type Heard, type Listener } from './post.ts';

export type AlignJob = { track: string; sha256: string } | { post: string };

/** What a thread begins with. */
export interface AlignSetup {
  cache: string;
  /** Once tracks are known. */
  library?: { landmarked: Landmarked; files: string[] };
}

/** `fatal` says that no other file will fare better. */
export type AlignOutcome = { heard: Heard } | { kept: true } | { reason: string; fatal?: boolean };

const { cache, library } = workerData as AlignSetup;
let listener: Listener | undefined;

parentPort!.on('message', (job: AlignJob) => {
  void run(job).then((outcome) => parentPort!.postMessage(outcome));
});

async function run(job: AlignJob): Promise<AlignOutcome> {
  try {
    if ('track' in job) {
      await fingerprint(job.track, job.sha256);
      return { kept: true };
    }
    listener ??= createListener(library!.landmarked, library!.files);
    return { heard: await listener.hear(job.post) };
  } catch (error) {
    const path = 'track' in job ? job.track : job.post;
    if (!(error instanceof AudioError) && !isOfFile(error)) return { reason: ours(error), fatal: true };
    const { message } = error as Error;
    return { reason: message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message };
  }
}

/** What the cache says is a sentence; anything else is our bug. */
const ours = (error: unknown): string =>
  error instanceof Error && 'code' in error ? error.message : `internal: ${(error as Error).stack ?? String(error)}`;

/** Bounded memory: the sound is not kept. */
async function fingerprint(path: string, sha256: string): Promise<void> {
  const finder = createPeakFinder([WIDE]);
  const listener = { pushChannels: () => undefined, pushMono: (samples: Float32Array) => finder.push(samples) };
  const { durationSec } = await readAudio(path, { maxSec: 0, listener });
  await keepPeaks(cache, sha256, { durationSec: Math.min(durationSec, MOST_SEC), packed: pack(finder.end()[0]) });
}

/** The file system's word on opening it; writeFileAtomic's errors name no call. */
const isOfFile = (error: unknown): boolean =>
  ['ENOENT', 'EACCES', 'EPERM', 'EIO', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '') &&
  (error as NodeJS.ErrnoException).syscall !== undefined;
