/** What TR-DETR's release is trained for beside moments, and its own loss of the foreground: each a switch of the config. */
import { reshape, sum } from '../../nn/broadcast.ts';
import {
  abs,
  add,
  divide,
  exp,
  greater,
  log,
  multiply,
  negate,
  relu,
  scale,
  sigmoid,
  subtract,
} from '../../nn/elementwise.ts';
import { fixed, scalar, type Tensor } from '../../nn/graph.ts';
import type { Builder } from '../../nn/layers.ts';
import { concat, transpose } from '../../nn/layout.ts';
import { matmul } from '../../nn/linear.ts';
import { l2Normalise } from '../../nn/normalise.ts';
import { meanOf, type Sequence, unpack } from '../../nn/sequence.ts';
import type { Detection } from '../detr.ts';
import { type MomentTargets, matchedQuery, weightedSum } from '../detr-losses.ts';
import { detrLosses } from '../detr-parts/losses.ts';
import type { LossParts } from '../family.ts';
import { infoNce } from '../info-nce.ts';
import type { PairTensors } from '../pair-inputs.ts';
import type { TrDetrConfig } from './config.ts';
import type { TrDetrAnswers } from './tr-detr.ts';

// B pairs · F frames · S segments · Q queries · D width

/** `detection`, and what the config has besides: `alignment`, `foreground`, `videoTrack`, `clipTrack`. Scalars. */
export function trDetrLosses(
  b: Builder,
  { loss }: TrDetrConfig,
  answers: TrDetrAnswers,
  pairs: PairTensors,
): LossParts {
  const { detections, frames, segments } = answers;
  const parts: Record<string, Tensor> = {
    ...detrLosses(b, { loss: loss.focal ? { ...loss, foreground: 0 } : loss }, answers, pairs),
  };
  if (loss.focal) {
    const counted = loss.everyLayer ? detections : detections.slice(-1);
    const focal = counted.map((detection) => focalLoss(detection, pairs)).reduce((x, y) => add(x, y));
    parts.foreground = scale(focal, loss.foreground);
  }
  if (loss.videoTrack && pairs.negatives)
    parts.videoTrack = scale(videoTrackLoss(frames, segments, pairs.negatives), loss.videoTrack);
  if (loss.clipTrack) parts.clipTrack = scale(clipTrackLoss(frames, segments, pairs), loss.clipTrack);
  return parts;
}

const FOCAL = { matched: 0.25, sharpness: 2 };

/**
 * Sigmoid focal loss (Lin et al., ICCV 2017) of both logits of every query, mean over both and the queries: the first is to be 1 at the matched
 * query, the second at the others. -> scalar
 */
export function focalLoss(detection: Required<Detection>, { target, weight }: MomentTargets): Tensor {
  const { foreground } = detection;
  const { graph } = foreground;
  const one = scalar(graph, 1);
  const matched = matchedQuery(detection, target); // [B, Q, 1]
  const wanted = concat([matched, subtract(one, matched)], 2); // [B, Q, 2]
  const signed = multiply(foreground, subtract(scale(wanted, 2), one));
  const wrong = sigmoid(negate(signed)); // 1 - p
  const entropy = softplus(negate(signed)); // -ln p
  const balance = add(scale(wanted, 2 * FOCAL.matched - 1), scalar(graph, 1 - FOCAL.matched));
  const each = multiply(multiply(balance, entropy), multiply(wrong, wrong)); // [B, Q, 2]
  const [batch, queries] = foreground.shape;
  const perPair = reshape(scale(sum(each, [1, 2]), 1 / (2 * fixed(queries))), [batch, 1]);
  return weightedSum(perPair, weight);
}

/** ln(1 + eᵃ), also where eᵃ is too large for a number. */
function softplus(a: Tensor): Tensor {
  return add(relu(a), log(add(exp(negate(abs(a))), scalar(a.graph, 1))));
}

/** The temperature of both contrasts. */
const TEMPERATURE = 0.07;

/** Symmetric InfoNCE of the mean projected frames and segments of a batch (VTC). @param negatives [B, B] -> scalar */
export function videoTrackLoss(frames: Sequence, segments: Sequence, negatives: Tensor): Tensor {
  const [clips, tracks] = [l2Normalise(meanOf(frames)), l2Normalise(meanOf(segments))];
  const similarity = scale(matmul(clips, transpose(tracks, [1, 0])), 1 / TEMPERATURE);
  return infoNce(add(similarity, negatives));
}

/** Binary cross-entropy of each segment's cosine with the mean frame: whether it lies in the moment (CTC), mean over the track. -> scalar */
export function clipTrackLoss(
  frames: Sequence,
  { rows, packing }: Sequence,
  { inside, weight }: Pick<PairTensors, 'inside' | 'weight'>,
): Tensor {
  const { mask } = packing;
  const [batch, length] = mask.shape;
  const { graph } = rows;
  const clip = l2Normalise(meanOf(frames)); // [B, D]
  const unit = unpack(l2Normalise(rows), packing); // [B, S, D]
  const cosine = matmul(unit, reshape(clip, [batch, clip.shape[1], 1])); // [B, S, 1]
  const logits = reshape(scale(cosine, 1 / TEMPERATURE), [batch, length]);
  const within = greater(inside, scalar(graph, 0)); // [B, S]
  const entropy = subtract(softplus(logits), multiply(logits, within));
  return weightedSum(divide(sum(multiply(entropy, mask), [1]), sum(mask, [1])), weight);
}
