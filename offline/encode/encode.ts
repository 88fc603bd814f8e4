/**
 * From media files to raw tokens, each content once, several at a time.
 *
 * Files that cannot be read are reported with the reason and left out; the rest goes on. Results stand in the order of the
 * files whatever was encoded first, and nothing is held in memory until it is asked for (token-cache.ts).
 */
import type { FrameSpread } from '../../functions/embed/frame-plan.ts';
import type { AudioCard, ImageCard } from '../encoders/card.ts';
import type { Ready } from '../encoders/store.ts';
import type { Progress } from '../lib/progress.ts';
import type { Found, MediaFile, Unreadable } from '../media/media-files.ts';
import { contentKey } from './clip.ts';
import { encodeEach, type Settled } from './each.ts';
import { openKnownHashes } from './known-hashes.ts';
import { clipsBy, type Medium, tracksBy } from './medium.ts';
import { openPool } from './pool.ts';
import { tidyTokenCache } from './token-cache.ts';

export interface EncodeOptions {
  /** Where encoded tokens are kept. */
  cache: string;
  /** Processes that encode at once. */
  workers: number;
  /** A file that takes longer is given up; an hour unless given (pool.ts). */
  limitMs?: number;
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
  return encodeAll(found, tracksBy(audio), options);
}

/** Tokens of every clip are kept then: readTokens under clipKey. @throws as encodeTracks */
export function encodeClips(
  found: Found,
  image: Ready<ImageCard>,
  options: EncodeOptions & { spread?: FrameSpread },
): Promise<Result> {
  return encodeAll(found, clipsBy(image, options.spread), options);
}

/** The lines to print of files that were encoded, and of what was passed over. */
export function remarksIn({ encoded, remarks = [] }: Pick<Result, 'encoded' | 'remarks'>): string[] {
  return [
    ...encoded.flatMap(({ file, remarks = [] }) => remarks.map((remark) => `warning: ${file}: ${remark}`)),
    ...remarks.map((remark) => `note: ${remark}`),
  ];
}

async function encodeAll(found: Found, by: Medium, options: EncodeOptions): Promise<Result> {
  const { cache, progress, limitMs } = options;
  const { files } = found;
  const lanes = Math.max(1, Math.min(options.workers, files.length));
  await tidyTokenCache(cache);
  const hashes = await openKnownHashes(cache, by.hash);
  const medium = { ...by, hash: hashes.hash };
  const bar = progress(files.length);
  const pool = openPool(lanes, { cache, threads: 1, ...medium.setup }, limitMs);
  const settled: Settled[] = [];
  try {
    await encodeEach(files, medium, {
      cache,
      pool,
      lanes,
      settled: (at, one, was) => {
        settled[at] = one;
        if (was === 'kept') bar.skip(1);
        else bar.tick(1, files[at].file);
      },
    });
  } finally {
    pool.close();
    await hashes.close();
  }
  const result = await resultOf(found, settled, medium, cache);
  bar.done(result.rejected.length ? `${result.rejected.length} left out` : undefined);
  return result;
}

/** In the order of the files, each content once. @param settled of each file, whoever encoded it; its tokens are in the cache */
export async function resultOf(
  { files, unreadable, remarks = [] }: Found,
  settled: readonly Settled[],
  medium: Medium,
  cache: string,
): Promise<Result> {
  const rejected = [...unreadable];
  const encoded = new Map<string, Encoded>(); // by content
  for (const [at, media] of files.entries()) {
    const { sha256, outcome } = settled[at];
    if (!outcome.ok) rejected.push({ file: media.file, reason: outcome.reason });
    else if (sha256) {
      const content = contentKey(sha256, media.part);
      const twin = encoded.get(content);
      if (twin) twin.copies.push(media.file);
      else encoded.set(content, { ...media, sha256, copies: [], remarks: await medium.remarksOf(cache, content) });
    }
  }
  rejected.sort((a, b) => (a.file < b.file ? -1 : 1));
  return { encoded: [...encoded.values()], rejected, remarks };
}
