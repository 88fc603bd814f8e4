/**
 * What finding the track is trained for: InfoNCE of every video against every track of a batch ("Music Grounding by Short Video", §3.4), and,
 * where a network wants it, X-Pool's attention taught where the moment lies.
 */

import { reshape, sum } from '../../nn/broadcast.ts';
import { add, exp, multiply, negate, scale } from '../../nn/elementwise.ts';
import { filled, fixed, type Tensor } from '../../nn/graph.ts';
import { logSoftmax } from '../../nn/normalise.ts';
import { weightedSum } from '../detr-losses.ts';
import type { LossParts } from '../family.ts';
import { identityMatrix, infoNce } from '../info-nce.ts';
import type { Similarities } from './matching.ts';

// B aligned pairs: video i belongs to track i · S segments

/** What the losses know of a batch. */
export interface MatchingTargets {
  /** Added to the logits [B, B]: 0, or a large negative number where a track is no negative for a video. */
  negatives: Tensor;
  /** Each segment's share of the moment [B, S]; rows sum to 1. */
  inside: Tensor;
}

/** Scalars over the whole batch, weighted as they count. */
export interface MatchingLosses extends LossParts {
  matching: Tensor;
}

/**
 * InfoNCE of each term of relevance, and the loss of X-Pool's attention.
 * @param logScale learnable, used as exp(); a scalar
 * @param attention what the loss of X-Pool's attention, `alignment`, counts; left out where that is 0 or there is no X-Pool
 */
export function matchingLosses(
  both: Similarities,
  logScale: Tensor,
  { negatives, inside }: MatchingTargets,
  attention: number,
): MatchingLosses {
  const { graph } = logScale;
  const batch = fixed(both.terms[0].shape[0]);
  const identity = identityMatrix(graph, batch);
  const temperature = exp(logScale);
  const nce = (similarity: Tensor) => infoNce(add(multiply(similarity, temperature), negatives));
  const matching = both.terms.map(nce).reduce((total, loss) => add(total, loss));
  if (!attention || !both.attention) return { matching };
  const everyPair = filled(graph, 1 / batch, [1, batch]);
  return { matching, alignment: scale(alignmentLoss(own(both.attention, identity), inside, everyPair), attention) };
}

/** What each video attends to in its own track. [N, B, S] -> [B, S] */
function own(attention: Tensor, identity: Tensor): Tensor {
  const [tracks, batch, segments] = attention.shape;
  const picked = multiply(attention, reshape(identity, [tracks, batch, 1]));
  return reshape(sum(picked, [1]), [batch, segments]);
}

/** Cross-entropy between the logits' distribution and another one [B, L], weighted by [1, B]. -> scalar */
export function alignmentLoss(logits: Tensor, expected: Tensor, weight: Tensor): Tensor {
  return negate(weightedSum(sum(multiply(logSoftmax(logits), expected), [1]), weight));
}
