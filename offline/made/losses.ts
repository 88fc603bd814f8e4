/** What the network is trained for: find the track (InfoNCE) and the moment in it (L1 and generalised IoU). Paper §3.4. */

import { abs, add, divide, exp, maximum, minimum, multiply, negate, relu, scale, subtract } from '../nn/elementwise.ts';
import { constant, filled, fixed, scalar, type Tensor } from '../nn/graph.ts';
import { reshape, slice, transpose } from '../nn/layout.ts';
import { matmul } from '../nn/linear.ts';
import { logSoftmax, softmax } from '../nn/normalise.ts';
import { sum } from '../nn/reduce.ts';
import { lowest } from './choice.ts';
import type { MadeConfig } from './config.ts';
import type { Detection } from './detection.ts';
import type { Similarities } from './matching.ts';

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
  const identity = constant(graph, unitMatrix(batch), [batch, batch], `identity_${batch}`);
  const temperature = exp(logScale);
  const nce = (similarity: Tensor) => infoNce(add(multiply(similarity, temperature), negatives), identity);
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

interface DetectionTargets {
  /** What each pair counts, [1, B]: 1 / the size of the whole batch. */
  weight: Tensor;
  /** (centre, width) [B, 2] as a share of maxDurationSec. */
  target: Tensor;
  /** Each slot's share of the moment [B, C]; rows sum to 1. */
  inside: Tensor;
}

/** @param saliency logits of the fused slots [B, C], where the config has that loss */
export function detectionLosses(
  config: MadeConfig,
  detections: readonly Detection[],
  saliency: Tensor | undefined,
  { weight, target, inside }: DetectionTargets,
): DetectionLosses {
  const counted = config.loss.everyLayer ? detections : detections.slice(-1);
  const detection = counted.map((d) => detectionLoss(config, d, target, weight)).reduce((a, b) => add(a, b));
  if (!saliency) return { detection, total: detection };
  const aligned = scale(alignmentLoss(saliency, inside, weight), config.loss.saliency);
  return { detection, saliency: aligned, total: add(detection, aligned) };
}

/** What each video attends to in its own track. [N, B, S] -> [B, S] */
function own(attention: Tensor, identity: Tensor): Tensor {
  const [tracks, batch, segments] = attention.shape;
  const picked = multiply(attention, reshape(identity, [tracks, batch, 1]));
  return reshape(sum(picked, [1]), [batch, segments]);
}

/** Cross-entropy between the logits' distribution and the moment's [B, L], weighted by [1, B]. */
function alignmentLoss(logits: Tensor, inside: Tensor, weight: Tensor): Tensor {
  return negate(weighted(sum(multiply(logSoftmax(logits), inside), [1]), weight));
}

/** The mean of the row and the column cross-entropy against the diagonal (Oord et al., 2018; both ways as in CLIP). */
function infoNce(logits: Tensor, identity: Tensor): Tensor {
  const batch = fixed(logits.shape[0]);
  const diagonal = (logProbabilities: Tensor) => sum(multiply(logProbabilities, identity), [0, 1]);
  const both = add(diagonal(logSoftmax(logits)), diagonal(logSoftmax(transpose(logits, [1, 0]))));
  return reshape(scale(both, -0.5 / batch), []);
}

/** Of one decoder layer: the span of the query that the moment is matched to, and every query's foreground. */
function detectionLoss(config: MadeConfig, found: Detection, target: Tensor, weight: Tensor): Tensor {
  const { l1, giou, foreground: foregroundWeight } = config.loss;
  const { spans, foreground } = found;
  const { graph } = spans;
  const [batch, queries] = spans.shape;
  const moment = reshape(target, [batch, 1, 2]);
  const distance = sum(abs(subtract(spans, moment)), [2]); // [B, Q, 1], of centre and width
  const likeness = generalisedIou(spans, moment); // [B, Q, 1]
  const chosen = queries === 1 ? undefined : matched(distance, likeness, foreground!); // [B, Q, 1]
  const apart = add(scale(distance, l1 / 2), scale(subtract(scalar(graph, 1), likeness), giou));
  const spanLoss = reshape(chosen ? sum(multiply(apart, chosen), [1]) : apart, [batch, 1]);
  const loss = weighted(spanLoss, weight);
  if (!foreground) return loss;
  const certainty = logSoftmax(foreground); // [B, Q, 2]
  const [inFront, behind] = [slice(certainty, 2, 0, 1), slice(certainty, 2, 1, 1)];
  const unmatched = (one: Tensor) => scale(subtract(scalar(graph, 1), one), BACKGROUND_WEIGHT);
  const perQuery = chosen ? add(multiply(inFront, chosen), multiply(behind, unmatched(chosen))) : inFront;
  const entropy = negate(weighted(reshape(scale(sum(perQuery, [1]), 1 / fixed(queries)), [batch, 1]), weight));
  return add(loss, scale(entropy, foregroundWeight));
}

/** What a query that no moment is matched to counts in the foreground loss (DETR's and the reference's value). */
const BACKGROUND_WEIGHT = 0.1;
/** What the matching of queries to the moment weighs, as in Moment-DETR (Lei et al., 2021) and the reference. */
const COST = { l1: 10, giou: 1, foreground: 4 };

/** Which query the one moment is matched to. Its L1 is the sum over centre and width. [B, Q, 1] */
function matched(distance: Tensor, likeness: Tensor, foreground: Tensor): Tensor {
  const [batch, queries] = distance.shape;
  const probability = slice(softmax(foreground), 2, 0, 1);
  const gain = add(scale(likeness, COST.giou), scale(probability, COST.foreground));
  const cost = subtract(scale(distance, COST.l1), gain);
  return reshape(lowest(reshape(cost, [batch, queries])), [batch, queries, 1]);
}

/** gIoU (Rezatofighi et al., CVPR 2019) in one dimension. [B, Q, 2] and [B, 1, 2] -> [B, Q, 1] */
function generalisedIou(span: Tensor, target: Tensor): Tensor {
  const [start, end] = edges(span);
  const [targetStart, targetEnd] = edges(target);
  const overlap = relu(subtract(minimum(end, targetEnd), maximum(start, targetStart)));
  const union = subtract(add(subtract(end, start), subtract(targetEnd, targetStart)), overlap);
  const hull = subtract(maximum(end, targetEnd), minimum(start, targetStart));
  return subtract(divide(overlap, union), divide(subtract(hull, union), hull));
}

/** (centre, width) [.., 2] -> start [.., 1] and end [.., 1] */
function edges(span: Tensor): [Tensor, Tensor] {
  const axis = span.shape.length - 1;
  const centre = slice(span, axis, 0, 1);
  const half = scale(slice(span, axis, 1, 1), 0.5);
  return [subtract(centre, half), add(centre, half)];
}

/** Σ weight · value over the pairs: [1, B] · [B, 1] -> scalar */
function weighted(values: Tensor, weight: Tensor): Tensor {
  return reshape(matmul(weight, values), []);
}

function unitMatrix(n: number): Float32Array {
  return Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
}
