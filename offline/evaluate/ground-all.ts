/**
 * Ground every video against every track, exactly: relevance, and the moment of each pair.
 *
 * For evaluation and for other programs: tokens in, tensors out, in chunks. The Worker answers one clip by way of an index
 * (functions/ground.ts); nothing is searched or left out here.
 */

import type { EncoderInfo } from '../../index/format/manifest.ts';
import { spanSeconds } from '../../index/moment/moment.ts';
import { segmentTokens, standardised } from '../data/batch.ts';
import { checkRawTokens } from '../data/raw-tokens.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import type { Encoders } from '../models/checkpoint.ts';
import type { BaseConfig, Grounder } from '../models/family.ts';
import { familyOf } from '../models/registry.ts';

// V videos · M tracks · D width

export interface GroundedAll {
  videoIds: string[];
  trackIds: string[];
  /** What the network gives of: relevance, start, end [V, M] (seconds); h_v [V, D]; h0 [M, D]. */
  tensors: Map<string, NamedTensor>;
}

/** Pairs whose moments are decoded by one call. */
const CHUNK = 64;

/**
 * @param tokens `video.<id>` [F, d_v], `music.<id>` [S, d_a], optionally `duration.<id>` [1]: seconds of the track `<id>`, which its
 * moments then end within; without it a span is as the model gives it
 * @param onPairs called with the number of pairs just done
 * @throws Error naming the tensor, when tokens are missing, not of their encoder's width or not finite, or a duration is no
 * duration or of no track
 */
export async function groundAll(
  model: Grounder,
  config: BaseConfig,
  encoders: Encoders,
  tokens: ReadonlyMap<string, NamedTensor>,
  onPairs: (pairs: number) => void,
): Promise<GroundedAll> {
  const videoIds = checkedIds(tokens, 'video.', encoders.image);
  const trackIds = checkedIds(tokens, 'music.', encoders.audio);
  checkDurations(tokens);
  const clips = await model.clips(
    videoIds.map((id) => standardised(tokens.get(`video.${id}`)!, encoders.image, config.maxFrames)),
  );
  const tracks = await model.tracks(
    trackIds.map((id) => segmentTokens(tokens.get(`music.${id}`)!, encoders.audio, config)),
  );
  const [V, M] = [videoIds.length, trackIds.length];
  const { answers } = familyOf(config);
  const tensors = new Map<string, NamedTensor>();
  if (answers.track) tensors.set('relevance', { shape: [V, M], data: await model.relevance!(clips, tracks) });
  const start = new Float32Array(V * M);
  const end = new Float32Array(V * M);
  for (let at = 0; at < V * M && answers.moment; at += CHUNK) {
    const pairs = Array.from(
      { length: Math.min(CHUNK, V * M - at) },
      (_, i) => [Math.floor((at + i) / M), (at + i) % M] as const,
    );
    const spans = await model.moments!(clips, tracks, pairs);
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
  if (answers.moment) {
    tensors.set('start', { shape: [V, M], data: start });
    tensors.set('end', { shape: [V, M], data: end });
  }
  const vectors = model.vectors?.(clips, tracks);
  if (vectors) {
    tensors.set('h_v', { shape: [V, vectors.width], data: vectors.clips });
    tensors.set('h0', { shape: [M, vectors.width], data: vectors.tracks });
  }
  return { videoIds, trackIds, tensors };
}

function checkedIds(tokens: ReadonlyMap<string, NamedTensor>, prefix: string, encoder: EncoderInfo): string[] {
  const ids = idsOf(tokens, prefix);
  if (!ids.length)
    throw new Error(
      `tokens: expected tensors named "${prefix}<id>", found none. Put the raw tokens of every clip and track into one file.`,
    );
  for (const name of ids.map((id) => prefix + id)) {
    const next = `Encode it with ${encoder.name}, which the checkpoint is for.`;
    checkRawTokens('tokens', name, tokens.get(name)!, encoder.width, next);
  }
  return ids;
}

function checkDurations(tokens: ReadonlyMap<string, NamedTensor>): void {
  for (const id of idsOf(tokens, 'duration.')) {
    const expected = (what: string, got: string, next: string) =>
      new Error(`tokens: expected ${what} for "duration.${id}", got ${got}. ${next}`);
    const { shape, data } = tokens.get(`duration.${id}`)!;
    if (!tokens.has(`music.${id}`))
      throw expected(`a tensor "music.${id}"`, 'none', "Add the track's tokens, or leave its duration out.");
    if (shape.length !== 1 || shape[0] !== 1)
      throw expected('[1]', `[${shape.join(', ')}]`, 'Give one number of seconds.');
    if (!(data[0] > 0 && data[0] < Infinity))
      throw expected('seconds above 0', String(data[0]), 'Leave it out where it is not known.');
  }
}

function idsOf(tokens: ReadonlyMap<string, NamedTensor>, prefix: string): string[] {
  return [...tokens.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}

function seconds(
  centre: number,
  width: number,
  { maxDurationSec }: BaseConfig,
  trackDurationSec?: number,
): [number, number] {
  if (trackDurationSec === undefined)
    return [(centre - width / 2) * maxDurationSec, (centre + width / 2) * maxDurationSec];
  const { startSec, endSec } = spanSeconds(centre, width, { maxDurationSec, trackDurationSec });
  return [startSec, endSec];
}
