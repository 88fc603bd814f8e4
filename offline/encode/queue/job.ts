/**
 * What a job of the queue says: a shard of files, how they are encoded, and where they and the results lie.
 *
 * A shard is named by what is to be made of which contents, so that enqueueing it twice is enqueueing it once. Its borders depend on the
 * contents, too: one more file changes the shard that it falls into and no other.
 */
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { FrameSpread } from '../../../functions/embed/frame-plan.ts';
import type { ImageCard } from '../../encoders/card.ts';
import { findEncoder } from '../../encoders/store.ts';
import { sha256Hex } from '../../lib/files.ts';
import type { MediaFile } from '../../media/media-files.ts';
import { CannotGoOn } from '../each.ts';
import { clipsBy, type Medium, tracksBy } from '../medium.ts';
import { isBucketAddress } from './bucket.ts';

/** Raised when jobs are written otherwise: a worker takes no others. */
const FORMAT = 1;

/** A file as a job names it. */
export interface Asked {
  /** Path within the source; '' is the folder itself, as one clip. */
  at: string;
  /** What its content was called when it was enqueued (source.ts). */
  content: string;
  /** Of the file; null of a folder of pictures. */
  bytes: number | null;
}

export interface ShardJob {
  format: number;
  kind: Medium['kind'];
  /** By its name here and there; `folders` say which of that name. */
  encoder: string;
  /** As Medium has them. */
  folders: readonly string[];
  spread?: FrameSpread;
  /** Where the files lie (source.ts). */
  root: string;
  /** Which store the results go to (token-store.ts). */
  store: string;
  files: readonly [at: string, content: string, bytes: number | null][];
}

/** All of a run but the files. */
export type Plan = Omit<ShardJob, 'files'>;

export function planOf({ kind, setup, folders }: Medium, root: string, store: string): Plan {
  const encoder = (setup.audio ?? setup.image)!.name;
  return { format: FORMAT, kind, encoder, folders, ...(setup.spread ? { spread: setup.spread } : {}), root, store };
}

export const jobOf = (plan: Plan, files: readonly Asked[]): ShardJob => ({
  ...plan,
  files: files.map(({ at, content, bytes }) => [at, content, bytes]),
});

export const askedIn = ({ files }: ShardJob): Asked[] => files.map(([at, content, bytes]) => ({ at, content, bytes }));

/** As encodeEach takes it. */
export function mediaFileOf(root: string, { at, bytes }: Asked): MediaFile {
  const path = isBucketAddress(root) ? [root, at].filter(Boolean).join('/') : join(root, at);
  return { path, file: at || basename(root), ...(bytes === null ? {} : { bytes }) };
}

/** In hexadecimal digits, which is what a queue takes for a name. */
export const shardName = ({ format, kind, folders }: Plan, files: readonly Asked[]): string =>
  sha256Hex([format, kind, ...folders, ...files.map(({ content }) => content)].join('\n')).slice(0, 32);

/**
 * Each content once, in shards of `size` or so: half of it at least, twice as many at most, but for the last.
 * @returns places in `files`
 */
export function divide(files: readonly Asked[], size: number): number[][] {
  const order = [...files.keys()].sort((a, b) => compare(files[a].content, files[b].content) || a - b);
  const shards: number[][] = [];
  let shard: number[] = [];
  let before: string | undefined;
  for (const at of order) {
    const { content } = files[at];
    if (content === before) continue;
    before = content;
    const isBorder = crc32(content) % Math.max(1, Math.round(size / 2)) === 0;
    if (shard.length >= 2 * size || (isBorder && shard.length >= size / 2)) {
      shards.push(shard);
      shard = [];
    }
    shard.push(at);
  }
  if (shard.length) shards.push(shard);
  return shards;
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/**
 * The job's encoder as it is on this machine.
 * @param encoders folder of added ones
 * @throws CannotGoOn where this machine would make other tokens than were asked for
 */
export async function mediumOf(
  { format, kind, encoder, spread, folders }: ShardJob,
  encoders: string,
): Promise<Medium> {
  if (format !== FORMAT)
    throw new CannotGoOn(
      `the queue: expected jobs of format ${FORMAT}, got ${format}: they were enqueued by another version of Cuepoint. Bring both to the same.`,
    );
  const medium = await find(encoder, kind, encoders, spread).catch((error: Error) => {
    throw new CannotGoOn(error.message, { cause: error });
  });
  const own = medium.folders.join(' and ');
  const asked = folders.join(' and ');
  if (own === asked) return medium;
  throw new CannotGoOn(
    `encoder "${encoder}": expected ${asked}, as it was enqueued, got ${own} on this machine. Its tokens would be others: bring Cuepoint and the encoder's file to the version that enqueued, and start the worker again.`,
  );
}

async function find(name: string, kind: Medium['kind'], encoders: string, spread?: FrameSpread): Promise<Medium> {
  if (kind === 'track') return tracksBy(await findEncoder(name, 'audio', encoders));
  return clipsBy((await findEncoder(name, 'image', encoders)) as Parameters<typeof clipsBy>[0] & ImageCard, spread);
}
