/**
 * A network that grounds as the Worker runs it: the clip once, relevance for many candidates, the moment of the few best.
 *
 * The Worker's host attends to the segments itself, over bytes (functions/grounding/attention-pool.ts). For one video all of X-Pool but two
 * passes over the segments can be moved to its side, so the clip's graph also gives what it asks of every segment, and the ranking graph
 * starts from what the host pooled. A test holds both to the network.
 */
import { foldedQuery } from '../../nn/attention.ts';
import { reshape } from '../../nn/broadcast.ts';
import { add, multiply, scale } from '../../nn/elementwise.ts';
import { fixed, input, type Tensor, within } from '../../nn/graph.ts';
import { type Builder, identity, layerNorm, layerNormParameters, linearParameters } from '../../nn/layers.ts';
import { matmul, linear as product } from '../../nn/linear.ts';
import type { BaseConfig, ServedGraph, Serving } from '../family.ts';
import { tokenInputs } from '../pair-inputs.ts';
import { openGrounder } from './grounder.ts';
import { outputBlock, pooledSimilarity, relevanceOf, wholeSimilarity } from './matching.ts';
import type { Grounding, GroundingNetwork } from './network.ts';
import { groundingOfPair } from './parts.ts';

// B videos · N tracks · F frames · S segments · D width

/** In what networks differ when they are served. */
export interface ServedParts<C extends BaseConfig, G extends Grounding> {
  network(config: C): GroundingNetwork<G>;
  /** Outputs of the graph `moment`, by name: where in its track the moment of a pair lies. */
  found(grounding: G): Readonly<Record<string, Tensor>>;
  /** As Serving says it. */
  inBytes: Serving['inBytes'];
  /** How tracks are matched; as matching.ts has it unless given. */
  matching?(config: C): ServedMatching;
}

/** Matching in two halves, before and after the host attends to the segments. */
export interface ServedMatching {
  /** What a video asks of every segment. h(v) [B, D] -> [B, D] */
  question(b: Builder, h: Tensor): Tensor;
  /** Relevance (p_s) of one video and every track. h(v) [1, D], h0 [N, D], pooled [N, D] -> [1, N] */
  relevance(b: Builder, h: Tensor, h0: Tensor, pooled: Tensor): Tensor;
}

const PLAIN: ServedMatching = {
  question: segmentQuery,
  relevance: (b, h, h0, pooled) =>
    relevanceOfPooled(b, pooled, (h1) => [wholeSimilarity(h, h0), pooledSimilarity(h, h1)]),
};

/** How a family of such networks is served. */
export function servingOf<C extends BaseConfig, G extends Grounding>(parts: ServedParts<C, G>): Serving<C> {
  const { network, inBytes } = parts;
  return {
    outputs: (graph, b, config) => OUTPUTS[graph](parts, b, config),
    inBytes,
    open: (config, layout, theta, runtime) => openGrounder(network(config), layout, theta, runtime),
  };
}

type Outputs = <C extends BaseConfig, G extends Grounding>(
  parts: ServedParts<C, G>,
  b: Builder,
  config: C,
) => Readonly<Record<string, Tensor>>;

const OUTPUTS: Readonly<Record<ServedGraph, Outputs>> = {
  /** frames [B, F, d_v], frame_mask [B, F] -> frame_tokens [B, F, D], h_v [B, D], question [B, D] */
  enhanceVideo({ network, matching }, b, config) {
    const { f, h } = network(config).forward(b, tokenInputs(b.graph, config, 'padded'));
    return { frame_tokens: f.rows, h_v: h, question: (matching?.(config) ?? PLAIN).question(b, h) };
  },
  /** h_v [1, D], h_0 [N, D], pooled [N, D] -> relevance [1, N]; without the input `pooled` where no one looks at it */
  relevance({ matching }, b, config) {
    const row = (name: string, rows: number | 'N') => input(b.graph, name, [rows, config.width]);
    const { relevance } = matching?.(config) ?? PLAIN;
    return { relevance: relevance(b, row('h_v', 1), row('h_0', 'N'), row('pooled', 'N')) };
  },
  /** frame_tokens [B, F, D], frame_mask, segment_tokens [B, S, D], segment_mask, h_v [B, D] -> where the moment lies */
  moment: ({ network, found }, b, config) => found(groundingOfPair(network(config), b, 'padded')),
};

/**
 * What a video asks of every segment: its product with a segment that was normalised to mean 0 and deviation 1 is X-Pool's attention
 * before its softmax, but for a number that is the same for all. h(v) [B, D] -> [B, D]
 */
export function segmentQuery(b: Builder, h: Tensor): Tensor {
  return within(b.graph, 'matching', () => {
    const d = fixed(h.shape[1]);
    const { gain } = layerNormParameters(b, 'matching.norm1', d);
    const query = foldedQuery(b, 'matching', layerNorm(b, 'matching.norm1', h));
    return scale(multiply(query, gain), 1 / Math.sqrt(d));
  });
}

/**
 * Relevance (p_s) of one video and every track -> [1, N]
 * @param pooled segments at mean 0 and deviation 1, pooled by attention [N, D]
 * @param terms what it is the sum of, by h1 [N, 1, D]
 */
export function relevanceOfPooled(b: Builder, pooled: Tensor, terms: (h1: Tensor) => readonly Tensor[]): Tensor {
  return within(b.graph, 'matching', () => {
    const d = fixed(pooled.shape[1]);
    const { gain, bias } = layerNormParameters(b, 'matching.norm1', d);
    const keys = add(multiply(pooled, gain), bias); // attention sums to 1, so the bias comes through it whole
    const h1 = outputBlock(b, fusedProjection(b, reshape(keys, [pooled.shape[0], 1, d])), 'matching.final');
    return relevanceOf({ terms: terms(h1) });
  });
}

/** X-Pool's value and output projection as one matrix, made when the graph is opened: a third of the products of ranking. */
function fusedProjection(b: Builder, x: Tensor): Tensor {
  const d = fixed(x.shape[2]);
  const [value, out] = ['value', 'out'].map((part) => linearParameters(b, `matching.${part}`, d, d, identity));
  const bias = product(reshape(value.bias, [1, d]), out.weight, out.bias);
  return product(x, matmul(out.weight, value.weight), reshape(bias, [d]));
}
