/** Raw tokens of many tracks to what the index holds of them: h0, and enhanced tokens as bytes. The float tokens are not kept. */
import { quantiseTokens, type TrackTokens } from '../../index/format/token-shard.ts';
import { segmentTokens } from '../data/batch.ts';
import type { EncodedTrack } from '../encode/library.ts';
import { openServable } from '../export/servable.ts';
import type { Progress } from '../lib/progress.ts';
import type { Checkpoint } from '../models/checkpoint.ts';

// N tracks · S segments · D width

export type QuantisedTokens = Pick<TrackTokens, 'values' | 'scales'>;

export interface EnhancedTracks {
  /** Of each track. */
  tokens: QuantisedTokens[];
  /** h0 [N, D] */
  means: Float32Array;
}

/** So many at once bound the memory; the model itself takes fewer. */
const GROUP = 64;

/** @throws Error when the tracks were encoded by another encoder than the model was trained on, or a token is not finite */
export async function enhanceTracks(
  tracks: readonly EncodedTrack[],
  checkpoint: Pick<Checkpoint, 'config' | 'layout' | 'theta' | 'encoders'>,
  threads: number,
  bar?: Progress,
): Promise<EnhancedTracks> {
  const { config, encoders } = checkpoint;
  const other = tracks.find(({ tokens }) => tokens.shape[1] !== encoders.audio.width);
  if (other)
    throw new Error(
      `build: expected audio tokens of ${encoders.audio.name} (width ${encoders.audio.width}), got width ${other.tokens.shape[1]}. Train on tokens of the encoder you index with.`,
    );
  const network = await openServable(checkpoint, threads, { fixed: true });
  const tokens: QuantisedTokens[] = [];
  const means = new Float32Array(tracks.length * config.width);
  try {
    for (let at = 0; at < tracks.length; at += GROUP) {
      const group = tracks.slice(at, at + GROUP);
      const raw = group.map((track) => segmentTokens(track.tokens, encoders.audio, config, track.uses));
      const enhanced = await network.tracks(raw);
      means.set(enhanced.means, at * config.width);
      for (const { data } of enhanced.tokens) tokens.push(quantiseTokens(data, config.width));
      bar?.tick(group.length);
    }
  } finally {
    await network.close();
  }
  return { tokens, means };
}
