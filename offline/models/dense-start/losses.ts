/**
 * What finding the start is trained for, of aligned pairs, each alone: where it lies, by a soft target over the segments; how far beside the nearest
 * one; which segments lie inside the moment.
 */
import { argminMask } from '../../nn/argmin.ts';
import { maskBias } from '../../nn/attention.ts';
import { reshape, sum } from '../../nn/broadcast.ts';
import { abs, add, divide, greater, multiply, negate, scale, subtract } from '../../nn/elementwise.ts';
import { filled, scalar, type Tensor } from '../../nn/graph.ts';
import { concat, slice } from '../../nn/layout.ts';
import { logSoftmax, softmax } from '../../nn/normalise.ts';
import { weightedSum } from '../detr-losses.ts';
import type { LossParts } from '../family.ts';
import { alignmentLoss } from '../grounding/matching-losses.ts';
import type { PairTensors } from '../pair-inputs.ts';
import type { DenseStartConfig } from './config.ts';
import { type Starts, segmentNumbers } from './dense-start.ts';

// B pairs · S segments

/** The targets' steepness: a segment one beside the start weighs e⁻² of one that it falls on. */
const STEEPNESS = 2;

/** Sums over the pairs by their weights, as they count. Lengths are in segments here: 1 is strideSec. */
export function startLosses(
  config: DenseStartConfig,
  { logits, offset, saliency }: Starts,
  { target, weight, segments: { packing } }: Pick<PairTensors, 'target' | 'weight' | 'segments'>,
): LossParts {
  const { loss } = config;
  const { mask } = packing;
  const { start, end } = edgesOf(config, target); // [B, 1] each
  const numbers = segmentNumbers(config, mask); // [1, S]
  const beside = subtract(numbers, start); // [B, S]
  const hidden = maskBias(mask);

  const near = softmax(add(scale(multiply(beside, beside), -STEEPNESS), hidden)); // exp(-2 distance²), rows sum to 1
  const nearest = argminMask(subtract(abs(beside), hidden)); // [B, S]; of a start behind the last segment, that one
  const missed = sum(multiply(abs(add(beside, offset)), nearest), [1]); // [B, 1]

  const apart = add(greater(start, numbers), greater(numbers, end)); // 1 outside the moment
  const entropy = sum(multiply(binaryEntropy(saliency, apart), mask), [1]);
  return {
    start: scale(alignmentLoss(logits, near, weight), loss.start),
    offset: scale(weightedSum(missed, weight), loss.offset),
    saliency: scale(weightedSum(divide(entropy, sum(mask, [1])), weight), loss.saliency),
  };
}

/** Start and end of the moments, in segments. (centre, width) [B, 2] as shares of maxDurationSec -> [B, 1] each */
function edgesOf({ maxDurationSec, strideSec }: DenseStartConfig, target: Tensor) {
  const [centre, width] = [0, 1].map((i) => scale(slice(target, 1, i, 1), maxDurationSec / strideSec));
  const half = scale(width, 0.5);
  return { start: subtract(centre, half), end: add(centre, half) };
}

/** Cross-entropy of each logit with yes where `no` is 0. [B, S] each */
function binaryEntropy(logits: Tensor, no: Tensor): Tensor {
  const [batch, length] = logits.shape;
  const yes = reshape(logits, [batch, length, 1]);
  const both = logSoftmax(concat([yes, multiply(yes, filled(logits.graph, 0, []))], 2)); // [B, S, 2]
  const [isYes, isNo] = [0, 1].map((i) => reshape(slice(both, 2, i, 1), logits.shape));
  return negate(add(multiply(isYes, subtract(scalar(logits.graph, 1), no)), multiply(isNo, no)));
}
