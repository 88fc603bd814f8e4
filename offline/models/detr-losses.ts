/**
 * The losses of the DETR family on one moment a pair: L1 and generalised IoU of the span of the query that the moment is matched to,
 * cross-entropy of every query's foreground.
 *
 * With one moment a pair Hungarian matching (Carion et al., 2020) is the query of the lowest cost. Weights and costs are those of
 * Moment-DETR (Lei et al., 2021) unless a network gives its own.
 */
import { argminMask } from '../nn/argmin.ts';
import { reshape, sum } from '../nn/broadcast.ts';
import { abs, add, divide, maximum, minimum, multiply, negate, relu, scale, subtract } from '../nn/elementwise.ts';
import { fixed, scalar, type Tensor } from '../nn/graph.ts';
import { slice } from '../nn/layout.ts';
import { matmul } from '../nn/linear.ts';
import { logSoftmax, softmax } from '../nn/normalise.ts';
import type { Detection } from './detr.ts';

// B pairs · Q queries

/** The factor of each part of the detection loss. */
export interface DetectionWeights {
  /** Of the mean of centre's and width's distance, of 1 - gIoU, of the foreground's cross-entropy. */
  l1: number;
  giou: number;
  foreground: number;
}

/** What the loss knows of the pairs. */
export interface MomentTargets {
  /** What each pair counts, [1, B]: 1 / the size of the whole batch. */
  weight: Tensor;
  /** (centre, width) [B, 2] as shares of maxDurationSec. */
  target: Tensor;
}

/** The loss of one decoder layer, spans [B, Q, 2] and foreground [B, Q, 2], summed over the pairs by their weights. -> scalar */
export function detectionLoss(
  { spans, foreground }: Pick<Detection, 'spans' | 'foreground'>,
  { weight, target }: MomentTargets,
  weights: DetectionWeights,
): Tensor {
  const { graph } = spans;
  const [batch, queries] = spans.shape;
  const moment = reshape(target, [batch, 1, 2]);
  const distance = sum(abs(subtract(spans, moment)), [2]); // [B, Q, 1], of centre and width
  const giou = generalisedIou(spans, moment); // [B, Q, 1]
  const chosen = queries === 1 ? undefined : matched(distance, giou, foreground!); // [B, Q, 1]
  const ofQuery = add(scale(distance, weights.l1 / 2), scale(subtract(scalar(graph, 1), giou), weights.giou));
  const spanLoss = reshape(chosen ? sum(multiply(ofQuery, chosen), [1]) : ofQuery, [batch, 1]);
  const loss = weightedSum(spanLoss, weight);
  if (!foreground) return loss;
  const certainty = logSoftmax(foreground); // [B, Q, 2]
  const [inFront, behind] = [slice(certainty, 2, 0, 1), slice(certainty, 2, 1, 1)];
  const unmatched = (one: Tensor) => scale(subtract(scalar(graph, 1), one), BACKGROUND_WEIGHT);
  const perQuery = chosen ? add(multiply(inFront, chosen), multiply(behind, unmatched(chosen))) : inFront;
  const entropy = negate(weightedSum(reshape(scale(sum(perQuery, [1]), 1 / fixed(queries)), [batch, 1]), weight));
  return add(loss, scale(entropy, weights.foreground));
}

/** What a query that no moment is matched to counts in the foreground loss: DETR's value. */
const BACKGROUND_WEIGHT = 0.1;
/** What the matching of queries to the moment weighs, as in Moment-DETR. */
export const MATCHING_COST = { l1: 10, giou: 1, foreground: 4 };

/** 1 at the query that the one moment is matched to, else 0. [B, Q, 1] */
export function matchedQuery({ spans, foreground }: Pick<Detection, 'spans' | 'foreground'>, target: Tensor): Tensor {
  const moment = reshape(target, [spans.shape[0], 1, 2]);
  return matched(sum(abs(subtract(spans, moment)), [2]), generalisedIou(spans, moment), foreground!);
}

/** Which query the one moment is matched to. Its L1 is the sum over centre and width. [B, Q, 1] */
function matched(distance: Tensor, giou: Tensor, foreground: Tensor): Tensor {
  const [batch, queries] = distance.shape;
  const probability = slice(softmax(foreground), 2, 0, 1);
  const gain = add(scale(giou, MATCHING_COST.giou), scale(probability, MATCHING_COST.foreground));
  const cost = subtract(scale(distance, MATCHING_COST.l1), gain);
  return reshape(argminMask(reshape(cost, [batch, queries])), [batch, queries, 1]);
}

/** gIoU (Rezatofighi et al., CVPR 2019) in one dimension, of (centre, width). [B, Q, 2] and [B, 1, 2] -> [B, Q, 1] */
export function generalisedIou(span: Tensor, target: Tensor): Tensor {
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
export function weightedSum(values: Tensor, weight: Tensor): Tensor {
  return reshape(matmul(weight, values), []);
}
