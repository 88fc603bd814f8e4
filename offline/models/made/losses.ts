/**
 * What MaDe is trained for: find the track (InfoNCE) and the moment in it (L1 and generalised IoU). Paper §3.4.
 *
 * Beside the paper's two, a config may have X-Pool's attention and a saliency head learn where the moment lies.
 */

import { maskBias } from '../../nn/attention.ts';
import { reshape, sum } from '../../nn/broadcast.ts';
import { add, exp, multiply, negate, scale } from '../../nn/elementwise.ts';
import { filled, fixed, type Tensor } from '../../nn/graph.ts';
import { linear } from '../../nn/layers.ts';
import { logSoftmax } from '../../nn/normalise.ts';
import { type Sequence, unpack } from '../../nn/sequence.ts';
import type { Detection } from '../detr.ts';
import { detectionLoss, type MomentTargets, weightedSum } from '../detr-losses.ts';
import { identityMatrix, infoNce } from '../info-nce.ts';
import type { MadeConfig } from './config.ts';
import type { Made, Similarities } from './made.ts';

// B aligned pairs: video i belongs to track i

/** Losses over the whole batch: every video against every track. */
export interface MatchingLosses {
  matching: Tensor;
  /** How far X-Pool's attention is from the moment, where the config has that loss. */
  alignment?: Tensor;
  total: Tensor;
}

interface MatchingTargets {
  /** Added to the logits [B, B]: 0, or a large negative number where a track is no negative for a video. */
  negatives: Tensor;
  /** Each segment's share of the moment [B, S]; rows sum to 1. */
  inside: Tensor;
}

/** @param logScale learnable, used as exp(); a scalar */
export function matchingLosses(
  config: MadeConfig,
  both: Similarities,
  logScale: Tensor,
  { negatives, inside }: MatchingTargets,
): MatchingLosses {
  const { graph } = logScale;
  const batch = fixed(both.terms[0].shape[0]);
  const identity = identityMatrix(graph, batch);
  const temperature = exp(logScale);
  const nce = (similarity: Tensor) => infoNce(add(multiply(similarity, temperature), negatives));
  const matching = both.terms.map(nce).reduce((total, loss) => add(total, loss));
  if (!config.loss.attention || !both.attention) return { matching, total: matching };
  const everyPair = filled(graph, 1 / batch, [1, batch]);
  const alignment = scale(alignmentLoss(own(both.attention, identity), inside, everyPair), config.loss.attention);
  return { matching, alignment, total: add(matching, alignment) };
}

/** Losses of each pair alone, weighted and summed over the pairs of a micro-batch. */
export interface DetectionLosses {
  detection: Tensor;
  /** How far the saliency head is from the moment, where the config has that loss. */
  saliency?: Tensor;
  total: Tensor;
}

interface DetectionTargets extends MomentTargets {
  /** Each slot's share of the moment [B, C]; rows sum to 1. */
  inside: Tensor;
}

/** @param saliency logits of the fused slots [B, C], where the config has that loss */
export function detectionLosses(
  config: MadeConfig,
  detections: readonly Detection[],
  saliency: Tensor | undefined,
  { inside, ...moment }: DetectionTargets,
): DetectionLosses {
  const counted = config.loss.everyLayer ? detections : detections.slice(-1);
  const detection = counted.map((d) => detectionLoss(d, moment, config.loss)).reduce((a, b) => add(a, b));
  if (!saliency) return { detection, total: detection };
  const aligned = scale(alignmentLoss(saliency, inside, moment.weight), config.loss.saliency);
  return { detection, saliency: aligned, total: add(detection, aligned) };
}

/**
 * How much each fused slot looks like part of the moment, by a head that only training uses. -> [B, C] logits
 * @param segment 1 where a slot is a segment [B, C]; frames are hidden
 */
export function segmentSaliency(b: Made, { rows, packing }: Sequence, segment: Tensor): Tensor {
  const logits = unpack(linear(b, 'saliency', rows, 1), packing); // [B, C, 1]
  return add(reshape(logits, segment.shape), maskBias(segment));
}

/** What each video attends to in its own track. [N, B, S] -> [B, S] */
function own(attention: Tensor, identity: Tensor): Tensor {
  const [tracks, batch, segments] = attention.shape;
  const picked = multiply(attention, reshape(identity, [tracks, batch, 1]));
  return reshape(sum(picked, [1]), [batch, segments]);
}

/** Cross-entropy between the logits' distribution and the moment's [B, L], weighted by [1, B]. */
function alignmentLoss(logits: Tensor, inside: Tensor, weight: Tensor): Tensor {
  return negate(weightedSum(sum(multiply(logSoftmax(logits), inside), [1]), weight));
}
