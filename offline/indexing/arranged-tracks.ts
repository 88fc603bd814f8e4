/** Encoded tracks as an index holds them: enhanced, as bytes, and in the order in which they stand in shards. */
import { join } from 'node:path';
import { type TrackList, tracksAt } from '../encode/library.ts';
import { ask } from '../lib/child-process.ts';
import type { Progress } from '../lib/progress.ts';
import { contentBytes, isWorkWhole, readWork } from '../lib/work-file.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import { type ArrangeTask, arrangeVectors } from './arrange-vectors.ts';
import { type EnhancedTracks, enhanceTracks } from './enhance-tracks.ts';
import type { QuantisedTokens } from './enhanced-file.ts';

// N tracks · D width

/** Of a track an array of places and one of lengths are in memory, 20 bytes; what else there is of it is asked for when it is wanted. */
export interface ArrangedTracks {
  tracks: TrackList;
  /** Of each. */
  tokens: TokenList;
  /** A file with h0 of each, f32[N, D] (lib/work-file.ts). */
  vectors: string;
  /** Of all together. */
  segments: number;
}

/** Tokens of tracks at their places, on disk. */
export interface TokenList {
  /** Of each [N]. */
  segments: Uint32Array;
  at(place: number): QuantisedTokens;
}

/** One after another, in their order. */
export function* eachOf({ segments, at }: TokenList): Generator<QuantisedTokens> {
  for (const place of segments.keys()) yield at(place);
}

export interface ArrangeOptions {
  tracks: TrackList;
  checkpoint: Checkpoint;
  threads: number;
  progress?: (label: string, total: number) => Progress;
}

/**
 * @param folder for what lies on disk; a second run with the same tracks goes on from what it finds there
 * @throws as enhanceTracks
 */
export async function arrangeTracks(
  { tracks, checkpoint, threads, progress }: ArrangeOptions,
  folder: string,
): Promise<ArrangedTracks> {
  const { width } = checkpoint.config;
  const bar = progress?.('enhance tracks', tracks.length);
  const enhanced = await enhanceTracks(tracks, checkpoint, { threads, folder, bar });
  bar?.done();
  const { segments, tokensOf } = enhanced;
  const [order, vectors] = await arrange(enhanced, tracks.length, width, folder, progress);
  return {
    tracks: tracksAt(tracks, order),
    tokens: {
      segments: order.map((at) => segments[at]),
      at: (place) => tokensOf(order[place]),
    },
    vectors,
    segments: segments.reduce((total, count) => total + count, 0),
  };
}

/** Which track stands at each place, and the file of vectors in that order. */
async function arrange(
  { parts, key }: Pick<EnhancedTracks, 'parts' | 'key'>,
  count: number,
  width: number,
  folder: string,
  progress: ArrangeOptions['progress'],
): Promise<[order: Uint32Array, vectors: string]> {
  const [order, vectors] = ['order', 'vectors'].map((what) => join(folder, `${what}-${key}`));
  if (!((await isWorkWhole(vectors)) && (await isWorkWhole(order)))) {
    const bar = progress?.('arrange tracks', count);
    const work = 4 * width * count > ARRANGED_HERE ? arrangeElsewhere : arrangeVectors;
    await work({ parts, width, order, vectors }, (placed) => bar?.tick(placed));
    bar?.done();
  }
  return [new Uint32Array(readWork(order, 0, (await contentBytes(order))!).buffer), vectors];
}

/** Bytes of h0 that are not much beside what a build needs anyhow. */
const ARRANGED_HERE = 32e6;
/** A million tracks take a quarter of an hour. */
const LIMIT_MS = 24 * 3600_000;

/** In a process of its own: what it has in memory is given back when it ends. */
export async function arrangeElsewhere(task: ArrangeTask, onPlaced: (tracks: number) => void): Promise<void> {
  const script = join(import.meta.dirname, 'arrange-child.ts');
  await ask<ArrangeTask, true>(script, task, LIMIT_MS, onPlaced).catch((cause: Error) => {
    throw new Error(`arrange: ${cause.message}. Build again: what came before is kept.`, { cause });
  });
}
