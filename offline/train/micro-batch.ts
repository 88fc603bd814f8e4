/** A batch divided into micro-batches of pairs of like length, and what the models of a step take of each. */
import type { Pair } from '../data/batch.ts';
import type { MadeConfig } from '../made/config.ts';
import { segmentInputWidth } from '../made/cue-prior.ts';
import { byLength, packed, stacked } from '../made/packing.ts';
import type { Input } from '../nn/session.ts';
import type { Pairs } from './dropout-rows.ts';

/** Micro-batches of pairs of like length: attention spreads each out to the longest of its micro-batch. */
export function microBatches(pairs: readonly Pair[], micro: number): Pairs[] {
  const lengths = pairs.map(({ frames, segments }) => frames.count + segments.count);
  return byLength(lengths, micro).map((ids) => ({ pairs: ids.map((i) => pairs[i]), ids }));
}

/** The raw tokens of some pairs and where they stand. */
export function tokenInputs(pairs: readonly Pair[], config: MadeConfig): Record<string, Input> {
  return {
    frames: stacked(
      pairs.map(({ frames }) => frames),
      config.frameWidth,
    ),
    ...packed('frame', frameCounts(pairs)),
    segments: stacked(
      pairs.map(({ segments }) => segments),
      segmentInputWidth(config),
    ),
    ...packed('segment', segmentCounts(pairs)),
  };
}

/** What the models' names of sizes stand for. */
export function sizesOf(pairs: readonly Pair[]): Record<string, number> {
  const [frames, segments] = [frameCounts(pairs), segmentCounts(pairs)];
  const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
  const slots = frames.map((count, i) => count + segments[i]);
  return {
    B: pairs.length,
    F: Math.max(...frames),
    S: Math.max(...segments),
    C: Math.max(...slots),
    FT: sum(frames),
    ST: sum(segments),
    CT: sum(slots),
  };
}

export const frameCounts = (pairs: readonly Pair[]) => pairs.map(({ frames }) => frames.count);
export const segmentCounts = (pairs: readonly Pair[]) => pairs.map(({ segments }) => segments.count);
/** All segments of some pairs. */
export const segmentRows = (pairs: readonly Pair[]) => segmentCounts(pairs).reduce((a, b) => a + b, 0);
