/**
 * How well a track suits a clip, from the enhanced tokens of both: as a whole (h0), and by the passage that the clip attends to
 * (h1, by X-Pool).
 *
 * Source: "Music Grounding by Short Video" (ICCV 2025) §3.2. Shared by the networks that ground; the losses are matching-losses.ts.
 */
import { type AttentionPoolInputs, attentionPool } from '../../nn/attention.ts';
import { reshape } from '../../nn/broadcast.ts';
import { add } from '../../nn/elementwise.ts';
import { fixed, type Tensor, within } from '../../nn/graph.ts';
import { type Builder, identity, layerNorm, linear } from '../../nn/layers.ts';
import { transpose } from '../../nn/layout.ts';
import { matmul } from '../../nn/linear.ts';
import { cosineWith, l2Normalise } from '../../nn/normalise.ts';
import { meanOf, type Sequence } from '../../nn/sequence.ts';

// B videos · N tracks · S segments · D width

/** Mean of the tokens, L2-normalised. -> [B, D] */
export function meanVector(tokens: Sequence): Tensor {
  return l2Normalise(meanOf(tokens));
}

/** How well each track suits each video. */
export interface Similarities {
  /** What relevance is the sum of, each with a loss of its own: cos(h(v), h0(M)) and cos(h(v), h1(M | v)), [B, N] each. */
  terms: readonly Tensor[];
  /** X-Pool's attention before its softmax: how well each segment suits each video. [N, B, S], where there is X-Pool */
  attention?: Tensor;
}

/**
 * A track suits a video by how it sounds as a whole (h0) and by its passage that the video attends to (h1).
 * @param h h(v) [B, D]; @param h0 h0(M) [N, D]; @param s s~ [N, S, D]; @param dropout within X-Pool
 */
export function match(b: Builder, h: Tensor, h0: Tensor, s: Sequence, dropout: number): Similarities {
  return within(b.graph, 'matching', () => {
    const { h1, attention } = xPool(b, h, s, { each: 'query', projectionSide: 'keys', dropout }); // [N, B, D]
    const pooled = pooledSimilarity(h, h1);
    return { terms: [wholeSimilarity(h, h0), pooled], attention };
  });
}

/** How X-Pool is run. */
export interface XPoolOptions extends Pick<AttentionPoolInputs, 'each' | 'projectionSide'> {
  /** Share of the output block's values that are dropped; none unless said. */
  dropout?: number;
}

/**
 * X-Pool (Gorti et al., CVPR 2022): the video attends to the track's segments with one head, so that a track with one fitting passage
 * is not averaged away. -> h1(M | v) [N, B, D], not L2-normalised; attention before its softmax [N, B, S]
 */
export function xPool(
  b: Builder,
  h: Tensor,
  { rows, packing }: Sequence,
  { dropout, ...how }: XPoolOptions,
): { h1: Tensor; attention: Tensor } {
  const query = layerNorm(b, 'matching.norm1', h); // one norm for both sides
  const keys = { rows: layerNorm(b, 'matching.norm1', rows), packing };
  const { pooled, logits } = attentionPool(b, 'matching', { query, keys, ...how });
  const site = how.each === 'query' ? 'matching.final' : 'content.final';
  return { h1: outputBlock(b, pooled, site, dropout), attention: logits };
}

/** What follows X-Pool's attention; no residual from the query. [N, B, D] -> h1 [N, B, D] */
export function outputBlock(b: Builder, attended: Tensor, dropoutSite: string, dropout = 0): Tensor {
  const y = layerNorm(b, 'matching.norm2', attended);
  const final = linear(b, 'matching.final', y, fixed(y.shape.at(-1)!), identity);
  return layerNorm(b, 'matching.norm3', add(y, b.dropout.apply(final, dropout, dropoutSite)));
}

/** cos(h(v), h0(M)); both have length 1. -> [B, N] */
export const wholeSimilarity = (h: Tensor, h0: Tensor): Tensor => matmul(h, transpose(h0, [1, 0]));

/** cos(h(v), h1(M | v)) of what every video pooled of every track. h [B, D], h1 [N, B, D] -> [B, N] */
export function pooledSimilarity(h: Tensor, h1: Tensor): Tensor {
  const [tracks, batch, d] = h1.shape;
  const perTrack = cosineWith(h1, reshape(h, [1, batch, d])); // [N, B, 1]
  return transpose(reshape(perTrack, [tracks, batch]), [1, 0]);
}

/** Relevance (p_s) = the sum of the similarities. -> [B, N] */
export function relevanceOf({ terms }: Similarities): Tensor {
  return terms.reduce((total, term) => add(total, term));
}

/** The learned scale of the matching losses, used as exp(). @param start the softmax temperature that it starts from. -> [1] */
export function logScaleOf(b: Builder, start: number): Tensor {
  return b.parameters.get('matching.log_scale', [1], { kind: 'constant', value: Math.log(1 / start) });
}
