/**
 * MaDe's boxes as the Worker runs them, where its host attends to the segments itself, over bytes (functions/grounding/attention-pool.ts).
 *
 * For one video all of X-Pool but two passes over the segments can be moved to its side, so the clip's graph also gives what it asks of every
 * segment, and the ranking graph starts from what the host pooled. A test holds both to the network.
 */

import { outputBlock, relevanceOf, wholeSimilarity } from '../models/grounding/matching.ts';
import type { Made } from '../models/made/made.ts';
import { termsOf } from '../models/made/variants.ts';
import { foldedQuery } from '../nn/attention.ts';
import { expand, reshape } from '../nn/broadcast.ts';
import { add, multiply, scale } from '../nn/elementwise.ts';
import { filled, type Tensor, within } from '../nn/graph.ts';
import { identity, layerNorm, layerNormParameters, linearParameters } from '../nn/layers.ts';
import { matmul, linear as product } from '../nn/linear.ts';

// B videos · N tracks · S segments · D width

/**
 * What a video asks of every segment: its product with a segment that was normalised to mean 0 and deviation 1 is X-Pool's attention
 * before its softmax, but for a number that is the same for all. h(v) [B, D] -> [B, D]
 */
export function segmentQuery(b: Made, h: Tensor): Tensor {
  return within(b.graph, 'matching', () => {
    const { width: d, matching } = b.config;
    if (matching === 'h0') return expand(filled(b.graph, 0, [1, d]), h); // asks nothing: all segments weigh alike
    const { gain } = layerNormParameters(b, 'matching.norm1', d);
    const query = foldedQuery(b, 'matching', layerNorm(b, 'matching.norm1', h));
    return scale(multiply(query, gain), 1 / Math.sqrt(d));
  });
}

/**
 * Relevance (p_s) of one video and every track -> [1, N]
 * @param h h(v) [1, D]; @param h0 [N, D]; @param pooled segments at mean 0 and deviation 1, pooled by attention [N, D]
 */
export function relevanceOfPooled(b: Made, h: Tensor, h0: Tensor, pooled: Tensor): Tensor {
  return within(b.graph, 'matching', () => {
    const { width: d, matching } = b.config;
    if (matching === 'h0') return wholeSimilarity(h, h0);
    const { gain, bias } = layerNormParameters(b, 'matching.norm1', d);
    const keys = add(multiply(pooled, gain), bias); // attention sums to 1, so the bias comes through it whole
    const h1 = outputBlock(b, fusedProjection(b, reshape(keys, [pooled.shape[0], 1, d])), 'matching.final');
    return relevanceOf({ terms: termsOf(matching, h, h0, h1) });
  });
}

/** X-Pool's value and output projection as one matrix, made when the graph is opened: a third of the products of ranking. */
function fusedProjection(b: Made, x: Tensor): Tensor {
  const { width: d } = b.config;
  const [value, out] = ['value', 'out'].map((part) => linearParameters(b, `matching.${part}`, d, d, identity));
  const bias = product(reshape(value.bias, [1, d]), out.weight, out.bias);
  return product(x, matmul(out.weight, value.weight), reshape(bias, [d]));
}
