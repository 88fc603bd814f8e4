/** A batch divided into micro-batches of pairs of like length, and the sizes of some pairs. */
import { type Pair, tracksOf } from '../data/batch.ts';
import { byLength } from '../nn/packing.ts';
import type { BaseConfig } from './base-config.ts';

/** Pairs of a batch, with their numbers in it. */
export interface Pairs {
  pairs: readonly Pair[];
  ids: readonly number[];
}

/** Micro-batches of at most `micro` pairs of like length, shortest first: attention spreads each out to the longest of its micro-batch. */
export function microBatches(pairs: readonly Pair[], micro: number): Pairs[] {
  const lengths = pairs.map(({ frames, segments }) => frames.count + segments.count);
  return byLength(lengths, micro).map((ids) => ({ pairs: ids.map((i) => pairs[i]), ids }));
}

/** The pairs of several micro-batches, in their order. */
export function wholeOf(parts: readonly Pairs[]): Pairs {
  return { pairs: parts.flatMap((part) => part.pairs), ids: parts.flatMap((part) => part.ids) };
}

/** What the models' names of sizes stand for (pair-inputs.ts). */
export const sizesOf = (pairs: readonly Pair[]): Record<string, number> =>
  sizesOfLengths(frameCounts(pairs), segmentCounts(pairs), trackCounts(pairs));

/** The same, of so many pairs that are all as long as they may be. */
export function largestSizes(
  { maxFrames, maxSegments, rivals = 0 }: Pick<BaseConfig, 'maxFrames' | 'maxSegments' | 'rivals'>,
  pairs = 1,
): Record<string, number> {
  const each = (length: number, count = pairs) => Array<number>(count).fill(length);
  return sizesOfLengths(each(maxFrames), each(maxSegments), each(maxSegments, pairs * (1 + rivals)));
}

function sizesOfLengths(
  frames: readonly number[],
  segments: readonly number[],
  tracks: readonly number[],
): Record<string, number> {
  const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
  const slots = frames.map((count, i) => count + segments[i]);
  return {
    B: frames.length,
    F: Math.max(...frames),
    S: Math.max(...segments),
    C: Math.max(...slots),
    FT: sum(frames),
    ST: sum(segments),
    CT: sum(slots),
    N: tracks.length,
    R: Math.max(...tracks),
    RT: sum(tracks),
  };
}

/** Frames of each pair [B]. */
export const frameCounts = (pairs: readonly Pair[]): number[] => pairs.map(({ frames }) => frames.count);
/** Segments of each pair [B]. */
export const segmentCounts = (pairs: readonly Pair[]): number[] => pairs.map(({ segments }) => segments.count);
/** Segments of each track that pairs are compared with, those of a pair side by side [N]. */
export const trackCounts = (pairs: readonly Pair[]): number[] =>
  pairs.flatMap((pair) => tracksOf(pair).map(({ count }) => count));
/** All segments of some pairs. */
export const segmentRows = (pairs: readonly Pair[]): number => segmentCounts(pairs).reduce((a, b) => a + b, 0);
