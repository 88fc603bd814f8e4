/**
 * What a build takes of the disks, said before it begins: the index, and beside it what its stages hand on until it is built. An hour of work is not
 * to end at a full disk.
 */
import { mkdir, readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrackList } from '../encode/library.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import { graphBytes } from './vectors.ts';

// N tracks · R segments of all · D width

export interface DiskNeeded {
  index: number;
  /** Until it is built. */
  work: number;
}

/** Of the catalogue's line and the analysis: 500 and 1,500 bytes, and 30 for each second of the music. */
const TRACK_BYTES = 2000;
const SECOND_BYTES = 30;

/** Bytes, to a tenth or so. @param previews bytes of what can be listened to */
export function diskNeeded(tracks: TrackList, { width, maxSegments }: Checkpoint['config'], previews = 0): DiskNeeded {
  let [segments, seconds] = [0, 0];
  for (const { tokens, durationSec } of tracks) {
    segments += Math.min(tokens.shape[0], maxSegments);
    seconds += durationSec;
  }
  const count = tracks.length;
  const tokens = segments * (width + 4);
  const graph = graphBytes(count, width);
  return {
    index: tokens + graph + count * TRACK_BYTES + seconds * SECOND_BYTES + previews,
    work: tokens + count * 4 * (2 * width + 2) + 2 * graph,
  };
}

export interface Places {
  /** Where the index goes, and where the work lies. */
  folder: string;
  work: string;
}

/**
 * @returns a sentence for people
 * @throws Error when a disk has less than that
 */
export async function refuseFullDisk(needed: DiskNeeded, { folder, work }: Places): Promise<string> {
  await mkdir(folder, { recursive: true });
  await mkdir(work, { recursive: true });
  const left = Math.max(0, needed.work - (await bytesIn(work))); // what an earlier run has made is there
  const [ofIndex, ofWork] = [await stat(folder), await stat(work)];
  const one = ofIndex.dev === ofWork.dev;
  for (const [place, bytes] of one
    ? ([[folder, needed.index + left]] as const)
    : ([[folder, needed.index] as const, [work, left] as const] as const)) {
    const { bavail, bsize } = await statfs(place);
    if (bavail * bsize < bytes)
      throw new Error(
        `${place}: expected ${gb(bytes)} for the index${one || place === work ? ' and what is needed until it is built' : ''}, got ${gb(bavail * bsize)} that are free. Free some space, or give a folder on another disk by --out or --cache.`,
      );
  }
  return `disk: about ${gb(needed.index)} for the index, and ${gb(left)} beside it in ${work} until it is built`;
}

async function bytesIn(folder: string): Promise<number> {
  let total = 0;
  for (const name of await readdir(folder)) total += (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0;
  return total;
}

const gb = (bytes: number): string => (bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`);
