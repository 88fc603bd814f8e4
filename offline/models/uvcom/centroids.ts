/**
 * Centroids of a sequence's rows by expectation and maximisation: the dual branches of UVCOM's intra-modality aggregation (Xiao et al., CVPR 2024), and
 * the random walk by which what centroids know reaches every row.
 *
 * Distances are of rows brought to length 1, so that ‖μ - x‖² = 2 - 2 cos and one product gives them all. What stands behind a sequence's end has no share in
 * anything; in the official code it has.
 */

import { argminMask } from '../../nn/argmin.ts';
import { reshape, sum } from '../../nn/broadcast.ts';
import { add, divide, multiply, negate, scale } from '../../nn/elementwise.ts';
import type { Tensor } from '../../nn/graph.ts';
import type { Builder } from '../../nn/layers.ts';
import { transposeLast } from '../../nn/layout.ts';
import { matmul } from '../../nn/linear.ts';
import { l2Normalise, softmax } from '../../nn/normalise.ts';
import { forEachSequence, pack, type Sequence, unpack } from '../../nn/sequence.ts';

// B pairs · L rows · K centroids · D width

/** The width of the Gaussian by whose likelihood rows are shared out among centroids: the official one (σ). */
const DEVIATION = 1.2;

/** The rows shared out and averaged, so many times. -> [B, K, D] @param name of the centroids that it starts from, [K, D] */
export function centroidsOf(
  b: Builder,
  name: string,
  { rows, packing }: Sequence,
  count: number,
  steps: number,
): Tensor {
  const x = unpack(rows, packing); // [B, L, D]
  const [batch, length, d] = x.shape;
  const unit = l2Normalise(x);
  const mask = reshape(packing.mask, [batch, length, 1]);
  let centroids = forEachSequence(b.parameters.get(name, [count, Number(d)], { kind: 'normal' }), packing); // μ
  for (let i = 0; i < steps; i++) {
    const cosine = matmul(unit, transposeLast(l2Normalise(centroids))); // [B, L, K]
    const shares = multiply(softmax(scale(cosine, 1 / DEVIATION ** 2)), mask); // z
    centroids = matmul(transposeLast(divide(shares, sum(shares, [1]))), x);
  }
  return centroids;
}

/** Of some centroids the one that is most alike to others, by its mean cosine with them. own [B, K, D], others [B, J, D] -> [B, D] */
export function mostAlike(own: Tensor, others: Tensor): Tensor {
  const [batch, count, d] = own.shape;
  const cosine = matmul(l2Normalise(own), transposeLast(l2Normalise(others))); // [B, K, J]
  const chosen = argminMask(negate(reshape(sum(cosine, [2]), [batch, count])));
  return reshape(matmul(reshape(chosen, [batch, 1, count]), own), [batch, d]);
}

/** How sharply rows are shared out among centroids, and how much a step of the walk keeps of them (w): the official values. */
const WALK = { sharpness: 5, weight: 0.5 };

/**
 * Steps of the iteration below. The matrix that is inverted differs from the identity by one whose rows sum to 1/4, so each step divides
 * the error by 4: after ten it is less than float32 can hold.
 */
const STEPS = 10;

/** Rows after a random walk between them and the centroids: (1 - w) (I - w² Zᵀ Z̄)⁻¹ (w Zᵀ y + x), without inverting a matrix. -> rows */
export function walk({ rows, packing }: Sequence, centroids: Tensor): Tensor {
  const { sharpness, weight } = WALK;
  const x = unpack(rows, packing); // [B, L, D]
  const [batch, length] = packing.mask.shape;
  const cosine = matmul(l2Normalise(x), transposeLast(l2Normalise(centroids))); // [B, L, K]
  const toCentroids = multiply(softmax(scale(cosine, sharpness)), reshape(packing.mask, [batch, length, 1])); // Zᵀ
  const toRows = transposeLast(divide(toCentroids, sum(toCentroids, [1]))); // Z̄ [B, K, L]
  const start = add(scale(matmul(toCentroids, centroids), weight), x);
  let walked = start;
  for (let i = 0; i < STEPS; i++)
    walked = add(start, scale(matmul(toCentroids, matmul(toRows, walked)), weight * weight));
  return pack(scale(walked, 1 - weight), packing);
}
