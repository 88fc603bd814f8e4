/** A batch as one padded whole, for comparison with the packed micro-batches that training takes. */
import { negatives, type Pair, slotDistribution, targets } from '../../../offline/data/batch.ts';
import { segmentInputWidth } from '../../../offline/data/cue-prior.ts';
import type { GroundingNetwork } from '../../../offline/models/grounding/network.ts';
import type { Values } from '../../../offline/nn/session.ts';
import { padded } from '../../../offline/nn/tokens.ts';

export interface WholeSizes {
  batch: number;
  frames: number;
  segments: number;
}

/** The inputs of `wholeGradient` (models/whole-gradient.ts) but θ. */
export function wholeBatch(
  pairs: readonly Pair[],
  config: GroundingNetwork['config'],
  { batch, frames, segments }: WholeSizes,
): Record<string, Values> {
  const video = padded(
    pairs.map((pair) => pair.frames),
    config.frameWidth,
    frames,
  );
  const music = padded(
    pairs.map((pair) => pair.segments),
    segmentInputWidth(config),
    segments,
  );
  // The frames' padding stands in the middle here, so the slots of a segment are others than those of a packed pair.
  const slots = slotDistribution(pairs, config);
  const packedLength = slots.inside.shape[1];
  const rows = (from: Values, startOf: (pair: Pair) => number, length: number, at: number) => {
    const out = new Float32Array(batch * length);
    pairs.forEach((pair, i) => {
      const start = i * packedLength + startOf(pair);
      out.set(from.data.subarray(start, start + pair.segments.count), i * length + at);
    });
    return { data: out, shape: [batch, length] };
  };
  const afterFrames = (pair: Pair) => pair.frames.count;
  return {
    frames: video.tokens,
    frame_mask: video.mask,
    segments: music.tokens,
    segment_mask: music.mask,
    target: targets(pairs, config),
    weight: { data: new Float32Array(batch).fill(1 / batch), shape: [1, batch] },
    negatives: negatives(pairs, config),
    inside: rows(slots.inside, afterFrames, segments, 0),
    slot_inside: rows(slots.inside, afterFrames, frames + segments, frames),
    slot_segment: rows(slots.segment, afterFrames, frames + segments, frames),
  };
}
