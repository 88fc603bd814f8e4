/** Aligned pairs of a clip and a track, and what training gives the network of a batch of them. */
import type { EncoderInfo } from '../../index/format/manifest.ts';
import { standardise } from '../../index/format/standardise.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import type { Values } from '../nn/session.ts';
import type { Tokens } from '../nn/tokens.ts';
import { type KnownUse, withCues } from './cue-prior.ts';
import type { InputConfig } from './input-config.ts';

export interface Pair {
  frames: Tokens;
  segments: Tokens;
  trackId: string;
  videoId: string;
  /** Of the track, this pair's own among them. */
  uses: readonly KnownUse[];
  startSec: number;
  endSec: number;
  /** Segments of other tracks that it is compared with, where its network wants such (train/rivals.ts). */
  rivals?: readonly Tokens[];
}

/** The tracks that a pair is compared with, its own first. */
export const tracksOf = ({ segments, rivals = [] }: Pair): readonly Tokens[] => [segments, ...rivals];

/** What the network takes of a clip or track at most; made when it is looked at. @throws Error when it is of another width */
export function standardised(raw: NamedTensor, info: EncoderInfo, limit: number): Tokens {
  const count = Math.min(raw.shape[0], limit);
  if (raw.shape[1] !== info.width)
    throw new Error(
      `tokens of ${info.name}: expected ${info.width} values each, got ${raw.shape[1]}. Encode the media again.`,
    );
  return {
    get data() {
      const data = raw.data.subarray(0, count * info.width);
      return info.statistics ? standardise(data, info) : data;
    },
    count,
  };
}

/** What the network takes of a track: standardised tokens, with cues where the config has them. @param uses earlier ones */
export function segmentTokens(
  raw: NamedTensor,
  info: EncoderInfo,
  config: InputConfig,
  uses?: readonly KnownUse[],
): Tokens {
  return withCues(standardised(raw, info, config.maxSegments), config, uses);
}

/** (centre, width) of each pair's moment as a share of maxDurationSec, [B, 2]. */
export function targets(pairs: readonly Pair[], { maxDurationSec }: Pick<InputConfig, 'maxDurationSec'>): Values {
  const data = new Float32Array(2 * pairs.length);
  pairs.forEach(({ startSec, endSec }, i) => {
    const end = Math.min(endSec, maxDurationSec);
    data[2 * i] = (startSec + end) / 2 / maxDurationSec;
    data[2 * i + 1] = (end - startSec) / maxDurationSec;
  });
  return { data, shape: [pairs.length, 2] };
}

/** Added to a logit it makes the probability 0; far enough from float32's limit to be added to. */
const NEVER = -1e9;

/** What is added to InfoNCE's logits [B, B]: NEVER for another clip of the same track, where the config leaves those out. */
export function negatives(pairs: readonly Pair[], { loss }: { loss: { maskSameTrack: boolean } }): Values {
  const data = new Float32Array(pairs.length ** 2);
  if (loss.maskSameTrack)
    for (const [i, { trackId }] of pairs.entries())
      for (const [j, other] of pairs.entries())
        if (i !== j && trackId === other.trackId) data[i * pairs.length + j] = NEVER;
  return { data, shape: [pairs.length, pairs.length] };
}

/** How much of the moment lies nearest to each segment's centre, [B, S]; rows sum to 1. */
export function momentDistribution(pairs: readonly Pair[], { strideSec }: Pick<InputConfig, 'strideSec'>): Values {
  const longest = Math.max(...pairs.map(({ segments }) => segments.count));
  const data = new Float32Array(pairs.length * longest);
  for (const [i, pair] of pairs.entries()) data.set(shareOfMoment(pair, strideSec), i * longest);
  return { data, shape: [pairs.length, longest] };
}

/** The same over the slots of the fused sequence, and which slots are segments. [B, C] each */
export function slotDistribution(
  pairs: readonly Pair[],
  { strideSec }: Pick<InputConfig, 'strideSec'>,
): { inside: Values; segment: Values } {
  const longest = Math.max(...pairs.map(({ frames, segments }) => frames.count + segments.count));
  const inside = new Float32Array(pairs.length * longest);
  const segment = new Float32Array(pairs.length * longest);
  for (const [i, pair] of pairs.entries()) {
    const start = i * longest + pair.frames.count;
    inside.set(shareOfMoment(pair, strideSec), start);
    segment.fill(1, start, start + pair.segments.count);
  }
  const shape = [pairs.length, longest];
  return { inside: { data: inside, shape }, segment: { data: segment, shape } };
}

/**
 * The segment in which each pair's moment begins and the one in which it ends, as ones among zeros: of every track that a pair is compared with,
 * its own first, [N, S] each; rows of the others are 0. A segment reaches from its number times the stride to the next.
 */
export function momentEnds(
  pairs: readonly Pair[],
  { strideSec }: Pick<InputConfig, 'strideSec'>,
): { begin: Values; end: Values } {
  const all = pairs.map(tracksOf);
  const longest = Math.max(...all.flat().map(({ count }) => count));
  const rows = all.reduce((total, tracks) => total + tracks.length, 0);
  const [begin, end] = [new Float32Array(rows * longest), new Float32Array(rows * longest)];
  let row = 0;
  for (const [i, { segments, startSec, endSec }] of pairs.entries()) {
    const within = (segment: number, from: number) => Math.min(Math.max(segment, from), segments.count - 1);
    const first = within(Math.floor(startSec / strideSec), 0);
    begin[row * longest + first] = 1;
    end[row * longest + within(Math.ceil(endSec / strideSec) - 1, first)] = 1;
    row += all[i].length;
  }
  const shape = [rows, longest];
  return { begin: { data: begin, shape }, end: { data: end, shape } };
}

/** [S], sum 1 */
function shareOfMoment({ segments, startSec, endSec }: Pair, strideSec: number): Float32Array {
  const share = new Float32Array(segments.count);
  let total = 0;
  for (let j = 0; j < segments.count; j++) {
    const [from, to] = [(j - 0.5) * strideSec, (j + 0.5) * strideSec];
    share[j] = Math.max(0, Math.min(to, endSec) - Math.max(from, startSec));
    total += share[j];
  }
  return total > 0 ? share.map((value) => value / total) : share;
}
