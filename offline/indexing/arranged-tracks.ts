/** Encoded tracks as an index holds them: enhanced, as bytes, and in the order in which they stand in shards. */
import type { EncodedTrack } from '../encode/library.ts';
import type { Progress } from '../lib/progress.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import { enhanceTracks, type QuantisedTokens } from './enhance-tracks.ts';
import { orderForShards } from './layout.ts';

// N tracks · D width

export interface ArrangedTracks {
  tracks: EncodedTrack[];
  /** Of each. */
  tokens: QuantisedTokens[];
  /** h0 of each [N, D]. */
  vectors: Float32Array;
  /** Of all together. */
  segments: number;
}

export interface ArrangeOptions {
  tracks: readonly EncodedTrack[];
  checkpoint: Checkpoint;
  threads: number;
  progress?: (label: string, total: number) => Progress;
}

/** @throws as enhanceTracks */
export async function arrangeTracks({
  tracks,
  checkpoint,
  threads,
  progress,
}: ArrangeOptions): Promise<ArrangedTracks> {
  const { width } = checkpoint.config;
  const bar = progress?.('enhance tracks', tracks.length);
  const { tokens, means } = await enhanceTracks(tracks, checkpoint, threads, bar);
  bar?.done();
  const order = [...orderForShards(means, width)];
  const vectors = new Float32Array(means.length);
  for (const [place, at] of order.entries()) vectors.set(means.subarray(at * width, (at + 1) * width), place * width);
  return {
    tracks: order.map((at) => tracks[at]),
    tokens: order.map((at) => tokens[at]),
    vectors,
    segments: tokens.reduce((total, { scales }) => total + scales.length, 0),
  };
}
