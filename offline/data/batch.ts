/** Put aligned pairs of a clip and a track side by side: padded tokens, masks, targets. */
import type { EncoderInfo } from '../../index/manifest.ts';
import { standardise } from '../../index/standardise.ts';
import type { MadeConfig } from '../made/config.ts';
import type { BatchShape } from '../made/network.ts';
import { padded, type Tokens } from '../made/tokens.ts';
import type { NamedTensor } from '../nn/safetensors.ts';
import type { Values } from '../nn/session.ts';

export interface Pair {
  frames: Tokens;
  segments: Tokens;
  trackId: string;
  startSec: number;
  endSec: number;
}

export function standardised(raw: NamedTensor, info: EncoderInfo, limit: number): Tokens {
  const count = Math.min(raw.shape[0], limit);
  if (raw.shape[1] !== info.width)
    throw new Error(
      `tokens of ${info.name}: expected ${info.width} values each, got ${raw.shape[1]}. Encode the media again.`,
    );
  return { data: standardise(raw.data.subarray(0, count * info.width), info), count };
}

/** A softmax never survives this; far enough from float32's limit to be added to. */
const NEVER = -1e9;

export function trainingBatch(
  pairs: readonly Pair[],
  config: MadeConfig,
  { batch, frames, segments }: BatchShape,
): Record<string, Values> {
  const video = padded(
    pairs.map((p) => p.frames),
    config.frameWidth,
    frames,
  );
  const music = padded(
    pairs.map((p) => p.segments),
    config.segmentWidth,
    segments,
  );
  const target = new Float32Array(2 * batch);
  const negatives = new Float32Array(batch * batch);
  const inside = new Float32Array(batch * segments);
  pairs.forEach((pair, i) => {
    const end = Math.min(pair.endSec, config.maxDurationSec);
    target[2 * i] = (pair.startSec + end) / 2 / config.maxDurationSec;
    target[2 * i + 1] = (end - pair.startSec) / config.maxDurationSec;
    inside.set(shareOfMoment(pair, config.strideSec), i * segments);
    pairs.forEach((other, j) => {
      if (config.loss.maskSameTrack && i !== j && pair.trackId === other.trackId) negatives[i * batch + j] = NEVER;
    });
  });
  return {
    frames: video.tokens,
    frame_mask: video.mask,
    segments: music.tokens,
    segment_mask: music.mask,
    target: { data: target, shape: [batch, 2] },
    negatives: { data: negatives, shape: [batch, batch] },
    inside: { data: inside, shape: [batch, segments] },
  };
}

/** How much of the moment lies nearest to each segment's centre. [S], sum 1 */
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
