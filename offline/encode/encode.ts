/**
 * From media files to raw tokens, each content once, several at a time.
 *
 * Files that cannot be read are reported with the reason and left out; the rest goes on. Results stand in the order of the
 * files whatever was encoded first, and nothing is held in memory until it is asked for (token-cache.ts).
 */
import type { FrameSpread } from '../../functions/embed/frame-plan.ts';
import type { AudioCard, ImageCard } from '../encoders/card.ts';
import type { Ready } from '../encoders/store.ts';
import { ofTheFile, sha256File } from '../lib/files.ts';
import type { Progress } from '../lib/progress.ts';
import type { Found, MediaFile, Unreadable } from '../media/media-files.ts';
import { clipKey, contentKey, hashClip } from './clip.ts';
import { readMusic } from './music-facts.ts';
import { openPool } from './pool.ts';
import { readTokens, tidyTokenCache } from './token-cache.ts';
import { readTrack } from './track.ts';
import type { Job, Outcome } from './worker.ts';

export interface EncodeOptions {
  /** Where encoded tokens are kept. */
  cache: string;
  /** Processes that encode at once. */
  workers: number;
  progress: (total: number) => Progress;
}

export interface Encoded extends MediaFile {
  sha256: string;
  /** Other files with the same content. */
  copies: string[];
  /** What was wrong with it and was put up with, for people. */
  remarks?: string[];
}

export interface Result {
  encoded: Encoded[];
  rejected: Unreadable[];
  /** What was passed over or read under another name, in sentences. */
  remarks?: string[];
}

/** Tokens and music of every file are kept then: readTrack. @throws Error when the cache cannot be written */
export function encodeTracks(found: Found, audio: Ready<AudioCard>, options: EncodeOptions): Promise<Result> {
  return encodeAll(found, options, {
    kind: 'track',
    setup: { audio },
    hash: sha256File,
    kept: (content) => readTrack({ cache: options.cache, key: audio.key, sha256: content }),
    remarksOf: async (content) => (await readMusic(options.cache, content))?.remarks ?? [],
  });
}

/** Tokens of every clip are kept then: readTokens under clipKey. @throws as encodeTracks */
export function encodeClips(
  found: Found,
  image: Ready<ImageCard>,
  options: EncodeOptions & { spread?: FrameSpread },
): Promise<Result> {
  const { cache, spread } = options;
  return encodeAll(found, options, {
    kind: 'clip',
    setup: { image, spread },
    hash: hashClip,
    kept: (content) => readTokens(cache, clipKey(image.key, spread), content),
    remarksOf: async (content) => (await readTokens(cache, clipKey(image.key, spread), content))?.remarks ?? [],
  });
}

/** The lines to print of files that were encoded, and of what was passed over. */
export function remarksIn({ encoded, remarks = [] }: Pick<Result, 'encoded' | 'remarks'>): string[] {
  return [
    ...encoded.flatMap(({ file, remarks = [] }) => remarks.map((remark) => `warning: ${file}: ${remark}`)),
    ...remarks.map((remark) => `note: ${remark}`),
  ];
}

interface How {
  kind: Job['kind'];
  setup: { audio?: Ready<AudioCard>; image?: Ready<ImageCard>; spread?: FrameSpread };
  hash: (path: string) => Promise<string>;
  /** @param content its hash, with the part where it is one (clip.ts) */
  kept: (content: string) => Promise<unknown>;
  /** What was put up with in what is kept. */
  remarksOf: (content: string) => Promise<string[]>;
}

async function encodeAll(
  { files, unreadable, remarks = [] }: Found,
  options: EncodeOptions,
  how: How,
): Promise<Result> {
  const { cache, progress } = options;
  const workers = Math.max(1, Math.min(options.workers, files.length));
  await tidyTokenCache(cache);
  const bar = progress(files.length);
  const pool = openPool(workers, { cache, threads: 1, ...how.setup });
  const hashes: string[] = [];
  const outcomes = new Map<string, Promise<Outcome>>(); // by content
  const rejected = [...unreadable];
  // The largest first, so that no process is left with a long one at the end.
  const order = [...files.keys()].sort((a, b) => (files[b].bytes ?? 0) - (files[a].bytes ?? 0) || a - b);
  let next = 0;
  let fatal: string | undefined;

  async function encodeContent({ path, file, part }: MediaFile, sha256: string): Promise<Outcome> {
    if (await how.kept(contentKey(sha256, part))) {
      bar.skip(1);
      return { ok: true };
    }
    const outcome = await pool.run({ kind: how.kind, path, sha256, part });
    bar.tick(1, file);
    if (!outcome.ok && outcome.fatal) fatal = outcome.reason;
    return outcome;
  }

  async function lane(): Promise<void> {
    while (next < order.length && !fatal) {
      const at = order[next++];
      const { path, file, part } = files[at];
      const sha256 = await how.hash(path).catch(ofTheFile);
      if (sha256 instanceof Error) {
        rejected.push({ file, reason: sha256.message });
        bar.tick(1, file);
        continue;
      }
      hashes[at] = sha256;
      const content = contentKey(sha256, part);
      if (outcomes.has(content)) bar.skip(1);
      else outcomes.set(content, encodeContent(files[at], sha256));
      await outcomes.get(content)!.catch((error: Error) => {
        fatal = error.message; // not the file's fault: the other lanes stop, too
      });
    }
  }

  try {
    await Promise.all(Array.from({ length: workers }, lane));
  } finally {
    pool.close();
  }
  if (fatal) throw new Error(fatal);

  const encoded = new Map<string, Encoded>();
  for (const [at, media] of files.entries()) {
    const sha256 = hashes[at];
    const content = contentKey(sha256, media.part);
    const outcome = await outcomes.get(content);
    const twin = encoded.get(content);
    if (outcome?.ok === false) rejected.push({ file: media.file, reason: outcome.reason });
    else if (twin) twin.copies.push(media.file);
    else if (outcome) encoded.set(content, { ...media, sha256, copies: [], remarks: await how.remarksOf(content) });
  }
  bar.done(rejected.length ? `${rejected.length} left out` : undefined);
  rejected.sort((a, b) => (a.file < b.file ? -1 : 1));
  return { encoded: [...encoded.values()], rejected, remarks };
}
