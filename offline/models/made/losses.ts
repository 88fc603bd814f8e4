/**
 * What MaDe is trained for beside finding the track (grounding/matching-losses.ts): the moment in it (L1 and generalised IoU). Paper §3.4.
 *
 * Beside the paper's loss a config may have a saliency head learn where the moment lies.
 */

import { maskBias } from '../../nn/attention.ts';
import { reshape } from '../../nn/broadcast.ts';
import { add, scale } from '../../nn/elementwise.ts';
import type { Tensor } from '../../nn/graph.ts';
import { linear } from '../../nn/layers.ts';
import { type Sequence, unpack } from '../../nn/sequence.ts';
import type { Detection } from '../detr.ts';
import { detectionLoss, type MomentTargets } from '../detr-losses.ts';
import type { LossParts } from '../family.ts';
import { alignmentLoss } from '../grounding/matching-losses.ts';
import type { MadeConfig } from './config.ts';
import type { Made } from './made.ts';

// B aligned pairs: video i belongs to track i

/**
 * Losses of each pair alone, weighted and summed over the pairs of a micro-batch: `detection` and, where the config has that loss,
 * `saliency`, how far the saliency head is from the moment.
 */
export interface DetectionLosses extends LossParts {
  detection: Tensor;
}

interface DetectionTargets extends MomentTargets {
  /** Each slot's share of the moment [B, C]; rows sum to 1. */
  inside: Tensor;
}

/**
 * Scalars, as DetectionLosses names them.
 * @param detections of every decoder layer; @param saliency logits of the fused slots [B, C], where the config has that loss
 */
export function detectionLosses(
  config: MadeConfig,
  detections: readonly Detection[],
  saliency: Tensor | undefined,
  { inside, ...moment }: DetectionTargets,
): DetectionLosses {
  const counted = config.loss.everyLayer ? detections : detections.slice(-1);
  const detection = counted.map((d) => detectionLoss(d, moment, config.loss)).reduce((a, b) => add(a, b));
  if (!saliency) return { detection };
  return { detection, saliency: scale(alignmentLoss(saliency, inside, moment.weight), config.loss.saliency) };
}

/**
 * How much each fused slot looks like part of the moment, by a head that only training uses. -> [B, C] logits
 * @param segment 1 where a slot is a segment [B, C]; frames are hidden
 */
export function segmentSaliency(b: Made, { rows, packing }: Sequence, segment: Tensor): Tensor {
  const logits = unpack(linear(b, 'saliency', rows, 1), packing); // [B, C, 1]
  return add(reshape(logits, segment.shape), maskBias(segment));
}
