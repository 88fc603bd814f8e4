/**
 * What the compared systems are trained for: the detection loss of their decoder layers (models/detr-losses.ts) and, where the config has it, the
 * contrastive alignment of Moment-DETR (Lei et al., NeurIPS 2021, after MDETR): the query that the moment is matched to is to be more alike to
 * the frames than the others are.
 */
import { reshape, sum } from '../../nn/broadcast.ts';
import { add, multiply, negate, scale } from '../../nn/elementwise.ts';
import type { Tensor } from '../../nn/graph.ts';
import { type Builder, linear } from '../../nn/layers.ts';
import { transposeLast } from '../../nn/layout.ts';
import { matmul } from '../../nn/linear.ts';
import { l2Normalise, logSoftmax } from '../../nn/normalise.ts';
import { type Sequence, unpack } from '../../nn/sequence.ts';
import type { Detection } from '../detr.ts';
import { detectionLoss, type MomentTargets, matchedQuery, weightedSum } from '../detr-losses.ts';
import type { LossParts } from '../family.ts';
import type { DetrConfig } from './config.ts';

// B pairs · F frames · Q queries · D width

/** What such a network makes of pairs. */
export interface DetrAnswers {
  /** One for each decoder layer, and what its queries hold [B, Q, D]. */
  detections: readonly Required<Detection>[];
  states: readonly Tensor[];
  /** Projected frames, before the fusion. */
  frames: Sequence;
}

/** `detection` and, where the config has that loss, `alignment`: scalars. */
export function detrLosses(
  b: Builder,
  { loss }: Pick<DetrConfig, 'loss'>,
  { detections, states, frames }: DetrAnswers,
  targets: MomentTargets,
): LossParts {
  const from = loss.everyLayer ? 0 : detections.length - 1;
  const total = (of: (detection: Required<Detection>, layer: number) => Tensor) =>
    detections
      .slice(from)
      .map((detection, i) => of(detection, from + i))
      .reduce((x, y) => add(x, y));
  const detection = total((one) => detectionLoss(one, targets, loss));
  if (!loss.align) return { detection };
  const alignment = total((one, layer) => alignmentLoss(b, one, states[layer], frames, targets));
  return { detection, alignment: scale(alignment, loss.align) };
}

/** Values of the space in which queries and frames are compared, and the temperature: the official ones. */
const ALIGNED = { width: 64, temperature: 0.07 };

/** -ln of the share of the matched query in the softmax over queries of their likeness, summed over the pair's frames. -> scalar */
function alignmentLoss(
  b: Builder,
  detection: Required<Detection>,
  state: Tensor,
  { rows, packing }: Sequence,
  { target, weight }: MomentTargets,
): Tensor {
  const [batch, queries] = state.shape;
  const [, length] = packing.mask.shape;
  const query = l2Normalise(linear(b, 'align.query', state, ALIGNED.width)); // [B, Q, 64]
  const frames = unpack(l2Normalise(linear(b, 'align.frame', rows, ALIGNED.width)), packing); // [B, F, 64]
  const summed = matmul(reshape(packing.mask, [batch, 1, length]), frames); // [B, 1, 64]
  const logits = reshape(scale(matmul(query, transposeLast(summed)), 1 / ALIGNED.temperature), [batch, queries]);
  const matched = reshape(matchedQuery(detection, target), [batch, queries]);
  return negate(weightedSum(sum(multiply(logSoftmax(logits), matched), [1]), weight));
}
