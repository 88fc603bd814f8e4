/**
 * What CONQUER is trained for: where the moment begins and ends among the segments of all tracks of a pair ("shared normalisation"), and which of
 * these tracks is its own. The pair's own track comes first, then its rivals.
 */
import { reshape, sum } from '../../nn/broadcast.ts';
import { add, exp, log, multiply, negate, scale, subtract } from '../../nn/elementwise.ts';
import type { Tensor } from '../../nn/graph.ts';
import { slice } from '../../nn/layout.ts';
import { logSoftmax } from '../../nn/normalise.ts';
import { max } from '../../nn/reduce.ts';
import { weightedSum } from '../detr-losses.ts';
import type { LossParts } from '../family.ts';
import type { PairTensors } from '../pair-inputs.ts';
import type { ConquerConfig } from './config.ts';
import type { Conquered } from './conquer.ts';

// B pairs · K tracks for each · N = B · K tracks · S segments

/** Sums over the pairs by their weights, as they count. */
export function conquerLosses(
  { loss, rivals }: Pick<ConquerConfig, 'loss' | 'rivals'>,
  { begin, end, score }: Pick<Conquered, 'begin' | 'end' | 'score'>,
  { weight, tracks }: Pick<PairTensors, 'weight' | 'tracks'>,
): LossParts {
  const [, pairs] = weight.shape;
  const among = 1 + rivals;
  const ofPair = (x: Tensor) => reshape(x, [pairs, among, x.shape[1]]); // [B, K, S]
  const entropy = (logits: Tensor, truth: Tensor) => {
    const certainty = logSharedSoftmax(ofPair(logits)); // among all segments of all tracks of a pair
    return negate(reshape(sum(multiply(certainty, ofPair(truth)), [1, 2]), [pairs, 1]));
  };
  const ofMoment = add(entropy(begin, tracks!.begin), entropy(end, tracks!.end));
  const ofTrack = negate(slice(logSoftmax(reshape(score, [pairs, among])), 1, 0, 1));
  return {
    moment: scale(weightedSum(ofMoment, weight), loss.moment),
    track: scale(weightedSum(ofTrack, weight), loss.track),
  };
}

/** ln softmax over two axes at once. [B, K, S] -> [B, K, S] */
function logSharedSoftmax(logits: Tensor): Tensor {
  const shifted = subtract(logits, max(logits, [1, 2]));
  return subtract(shifted, log(sum(exp(shifted), [1, 2])));
}
