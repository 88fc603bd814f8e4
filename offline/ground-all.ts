/**
 * Ground every video against every track, exactly: relevance, and the moment of each pair.
 *
 * For evaluation and for other programs: tokens in, tensors out, in chunks. The Worker answers one clip by way of an index
 * (functions/ground.ts); nothing is searched or left out here.
 */

import { spanSeconds } from '../index/moment.ts';
import { standardised } from './data/batch.ts';
import type { MadeConfig } from './made/config.ts';
import type { Model } from './made/model.ts';
import type { NamedTensor } from './nn/safetensors.ts';
import type { Encoders } from './train/checkpoint.ts';

// V videos · M tracks · D width

export interface GroundedAll {
  videoIds: string[];
  trackIds: string[];
  /** relevance, start, end [V, M] (seconds); h_v [V, D]; h0 [M, D] */
  tensors: Map<string, NamedTensor>;
}

/** Pairs whose moments are decoded by one call. */
const CHUNK = 64;

/**
 * @param tokens `video.<id>` [F, d_v], `music.<id>` [S, d_a], optionally `duration.<id>` [1]: seconds of the track `<id>`, which its
 * moments then end within; without it a span is as the model gives it
 * @param onPairs called with the number of pairs just done
 * @throws Error when there is no video, no track or a tensor of another kind
 */
export async function groundAll(
  model: Model,
  config: MadeConfig,
  encoders: Encoders,
  tokens: ReadonlyMap<string, NamedTensor>,
  onPairs: (pairs: number) => void,
): Promise<GroundedAll> {
  const videoIds = idsOf(tokens, 'video.');
  const trackIds = idsOf(tokens, 'music.');
  const video = await model.enhance(
    'video',
    videoIds.map((id) => standardised(tokens.get(`video.${id}`)!, encoders.image, config.maxFrames)),
  );
  const music = await model.enhance(
    'music',
    trackIds.map((id) => standardised(tokens.get(`music.${id}`)!, encoders.audio, config.maxSegments)),
  );
  const [V, M, D] = [videoIds.length, trackIds.length, config.width];
  const relevance = await model.relevance(video.means, music.tokens);
  const start = new Float32Array(V * M);
  const end = new Float32Array(V * M);
  for (let at = 0; at < V * M; at += CHUNK) {
    const pairs = Array.from(
      { length: Math.min(CHUNK, V * M - at) },
      (_, i) => [Math.floor((at + i) / M), (at + i) % M] as const,
    );
    const h = new Float32Array(pairs.length * D);
    for (const [i, [v]] of pairs.entries()) h.set(video.means.subarray(v * D, (v + 1) * D), i * D);
    const spans = await model.moments(
      h,
      pairs.map(([v]) => video.tokens[v]),
      pairs.map(([, m]) => music.tokens[m]),
    );
    for (const [i, [, m]] of pairs.entries()) {
      const [from, to] = seconds(
        spans[2 * i],
        spans[2 * i + 1],
        config,
        tokens.get(`duration.${trackIds[m]}`)?.data[0],
      );
      start[at + i] = from;
      end[at + i] = to;
    }
    onPairs(pairs.length);
  }
  return {
    videoIds,
    trackIds,
    tensors: new Map<string, NamedTensor>([
      ['relevance', { shape: [V, M], data: relevance }],
      ['start', { shape: [V, M], data: start }],
      ['end', { shape: [V, M], data: end }],
      ['h_v', { shape: [V, D], data: video.means }],
      ['h0', { shape: [M, D], data: music.means }],
    ]),
  };
}

function idsOf(tokens: ReadonlyMap<string, NamedTensor>, prefix: string): string[] {
  const ids = [...tokens.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  if (!ids.length)
    throw new Error(
      `tokens: expected tensors named "${prefix}<id>", found none. Put the raw tokens of every clip and track into one file.`,
    );
  return ids;
}

function seconds(
  centre: number,
  width: number,
  { maxDurationSec }: MadeConfig,
  trackDurationSec?: number,
): [number, number] {
  if (trackDurationSec === undefined)
    return [(centre - width / 2) * maxDurationSec, (centre + width / 2) * maxDurationSec];
  const { startSec, endSec } = spanSeconds(centre, width, { maxDurationSec, trackDurationSec });
  return [startSec, endSec];
}
