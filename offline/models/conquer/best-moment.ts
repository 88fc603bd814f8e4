/**
 * The likeliest moment in a track: where the product of the probabilities of its begin and its end is largest, among moments that are not too long.
 * Source: CONQUER's second step (Hou, Ngo and Chan, ACM MM 2021).
 */
import { logSum } from '../../lib/log-sum.ts';

/** Segments from `begin` up to and with `end`. */
export interface SegmentSpan {
  begin: number;
  end: number;
  /** Logarithm of the product of both probabilities. */
  logProbability: number;
}

/** @param begin, end logits of a track's segments, each a distribution over that track; @param most segments of the longest moment */
export function bestMoment(begin: Float32Array, end: Float32Array, most: number): SegmentSpan {
  const best = { begin: 0, end: 0, logit: Number.NEGATIVE_INFINITY };
  for (let b = 0; b < begin.length; b++)
    for (let e = b; e < Math.min(end.length, b + most); e++) {
      const logit = begin[b] + end[e];
      if (logit > best.logit) Object.assign(best, { begin: b, end: e, logit });
    }
  return { begin: best.begin, end: best.end, logProbability: best.logit - logSum(begin) - logSum(end) };
}
