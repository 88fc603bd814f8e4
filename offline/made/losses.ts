/** What the network is trained for: find the track (InfoNCE) and the moment in it (L1 and generalised IoU). Paper §3.4. */

import { abs, add, divide, exp, maximum, minimum, multiply, negate, relu, scale, subtract } from '../nn/elementwise.ts';
import { scalar, type Tensor } from '../nn/graph.ts';
import { reshape, slice, transpose } from '../nn/layout.ts';
import { logSoftmax } from '../nn/normalise.ts';
import { mean, sum } from '../nn/reduce.ts';
import type { MadeConfig } from './config.ts';
import type { Detection } from './detection.ts';
import type { Similarities } from './matching.ts';

// B aligned pairs: video i belongs to track i

export interface Losses {
  total: Tensor;
  matching: Tensor;
  detection: Tensor;
  /** The auxiliary losses, where the config has any. */
  alignment?: Tensor;
}

interface Targets {
  /** Added to the logits [B, B]: 0, or a large negative number where a track is no negative for a video. */
  negatives: Tensor;
  /** The unit matrix [B, B]. */
  identity: Tensor;
  /** (centre, width) [B, 2] as a share of maxDurationSec. */
  target: Tensor;
  /** Each segment's share of the moment [B, S]; rows sum to 1. */
  inside: Tensor;
}

/**
 * @param logScale learnable, used as exp(); a scalar
 * @param saliency logits of the fused segments [B, S], where the config has that loss
 */
export function losses(
  config: MadeConfig,
  both: Similarities,
  detections: readonly Detection[],
  saliency: Tensor | undefined,
  logScale: Tensor,
  { negatives, identity, target, inside }: Targets,
): Losses {
  const temperature = exp(logScale);
  const nce = (similarity: Tensor) => infoNce(add(multiply(similarity, temperature), negatives), identity);
  const matching = add(nce(both.mean), nce(both.pooled));
  const counted = config.loss.everyLayer ? detections : detections.slice(-1);
  const detection = counted.map((d) => detectionLoss(config, d, target)).reduce((a, b) => add(a, b));
  const auxiliary = [
    ...(config.loss.attention
      ? [scale(alignmentLoss(own(both.attention, identity), inside), config.loss.attention)]
      : []),
    ...(saliency ? [scale(alignmentLoss(saliency, inside), config.loss.saliency)] : []),
  ];
  const alignment = auxiliary.length ? auxiliary.reduce((a, b) => add(a, b)) : undefined;
  const main = add(matching, detection);
  return { total: alignment ? add(main, alignment) : main, matching, detection, alignment };
}

/** What each video attends to in its own track. [N, B, S] -> [B, S] */
function own(attention: Tensor, identity: Tensor): Tensor {
  const [tracks, batch, segments] = attention.shape;
  const picked = multiply(attention, reshape(identity, [tracks, batch, 1]));
  return reshape(sum(picked, [1]), [batch, segments]);
}

/** Cross-entropy between the logits' distribution over segments and the moment's. */
function alignmentLoss(logits: Tensor, inside: Tensor): Tensor {
  const batch = logits.shape[0] as number;
  return reshape(scale(sum(multiply(logSoftmax(logits), inside), [0, 1]), -1 / batch), []);
}

/** The mean of the row and the column cross-entropy against the diagonal (Oord et al., 2018; both ways as in CLIP). */
function infoNce(logits: Tensor, identity: Tensor): Tensor {
  const batch = logits.shape[0] as number;
  const diagonal = (logProbabilities: Tensor) => sum(multiply(logProbabilities, identity), [0, 1]);
  const both = add(diagonal(logSoftmax(logits)), diagonal(logSoftmax(transpose(logits, [1, 0]))));
  return reshape(scale(both, -0.5 / batch), []);
}

function detectionLoss(config: MadeConfig, { span, foreground }: Detection, target: Tensor): Tensor {
  const { l1, giou, foreground: foregroundWeight } = config.loss;
  let loss = scale(reshape(mean(abs(subtract(span, target)), [0, 1]), []), l1);
  loss = add(loss, scale(generalisedIouLoss(span, target), giou));
  if (!foreground) return loss;
  const entropy = negate(reshape(mean(slice(logSoftmax(foreground), 1, 0, 1), [0, 1]), []));
  return add(loss, scale(entropy, foregroundWeight));
}

/** 1 - gIoU (Rezatofighi et al., CVPR 2019) in one dimension, averaged over the batch. */
function generalisedIouLoss(span: Tensor, target: Tensor): Tensor {
  const [start, end] = edges(span);
  const [targetStart, targetEnd] = edges(target);
  const overlap = relu(subtract(minimum(end, targetEnd), maximum(start, targetStart)));
  const union = subtract(add(subtract(end, start), subtract(targetEnd, targetStart)), overlap);
  const hull = subtract(maximum(end, targetEnd), minimum(start, targetStart));
  const score = subtract(divide(overlap, union), divide(subtract(hull, union), hull));
  return reshape(mean(subtract(scalar(span.graph, 1), score), [0, 1]), []);
}

/** (centre, width) [B, 2] -> start [B, 1] and end [B, 1] */
function edges(span: Tensor): [Tensor, Tensor] {
  const centre = slice(span, 1, 0, 1);
  const half = scale(slice(span, 1, 1, 1), 0.5);
  return [subtract(centre, half), add(centre, half)];
}
