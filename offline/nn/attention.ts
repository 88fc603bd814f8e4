/**
 * Multi-head attention (Vaswani et al., 2017), with PyTorch's packed in-projection: `name.in.weight` [3d, d] holds q, k and v.
 *
 * Cross-attention is written twice. `crossAttention` is what papers write; `foldedCrossAttention` gives the same numbers with less work
 * where a few queries read a long sequence, and is what networks use. `attentionPool` is the one-headed attention in which every
 * query reads every sequence.
 */

import { reshape } from './broadcast.ts';
import { add, multiply, scale, subtract } from './elementwise.ts';
import { fixed, scalar, type Tensor, within } from './graph.ts';
import { type Builder, identity, type LinearInitial, linear, linearParameters, zero } from './layers.ts';
import { transpose, transposeLast } from './layout.ts';
import { gemm, matmul, linear as product } from './linear.ts';
import { softmax } from './normalise.ts';
import { type Packing, packHeads, type Sequence, unpack, unpackHeads } from './sequence.ts';

// B sequences · L places · Q queries · H heads · d width

/** Rows [B, L, d], or [T, d] when packed. */
export interface SelfAttentionInputs {
  /** Rows of one sequence each, all packed alike; padded queries may be fewer, [B, Q, d]. */
  query: Tensor;
  key: Tensor;
  value: Tensor;
  /** Where the rows stand; all of [B, L, d] are real where it is left out. */
  packing?: Packing;
  heads: number;
  /** Share of the weights that are dropped. */
  dropout: number;
  /** q and k start as the identity and the output as zero: a row first reads what is alike, and changes nothing. */
  identityInit?: boolean;
}

/** Attention of a sequence to itself. -> rows */
export function selfAttention(b: Builder, name: string, inputs: SelfAttentionInputs): Tensor {
  const { query, key, value, packing, heads, dropout, identityInit } = inputs;
  const head = fixed(query.shape.at(-1)!) / heads;
  const project = (x: Tensor, part: Part) => {
    const { weight, bias } = inProjection(b, name, part, fixed(x.shape.at(-1)!), identityInit);
    return unpackHeads(product(x, weight, bias), heads, packing); // [B, H, L, d/H]
  };
  return within(b.graph, name, () => {
    const q = scale(project(query, 'query'), 1 / Math.sqrt(head));
    const logits = matmul(q, transposeLast(project(key, 'key'))); // [B, H, Q or L, L]
    const [batch, , , length] = logits.shape;
    const weights = softmax(packing ? add(logits, reshape(maskBias(packing.mask), [batch, 1, 1, length])) : logits);
    const mixed = matmul(b.dropout.apply(weights, dropout, `${name}.weights`), project(value, 'value'));
    return outProjection(b, name, packHeads(mixed, packing), identityInit);
  });
}

/** Queries, and what they read. */
export interface CrossAttentionInputs {
  /** A few queries per sequence [B, Q, d]. */
  query: Tensor;
  /** [B, L, d] each */
  keys: Tensor;
  values: Tensor;
  /** [B, L], 1 = a real key */
  mask: Tensor;
  heads: number;
  dropout: number;
  identityInit?: boolean;
}

/** Either way of writing cross-attention. -> [B, Q, d] */
export type CrossAttention = (b: Builder, name: string, inputs: CrossAttentionInputs) => Tensor;

/** Attention of a few queries to a long sequence, every key and value projected. -> [B, Q, d] */
export function crossAttention(b: Builder, name: string, inputs: CrossAttentionInputs): Tensor {
  const { query, keys, values, mask, heads, dropout, identityInit } = inputs;
  const d = fixed(query.shape[2]);
  const project = (x: Tensor, part: Part) => {
    const { weight, bias } = inProjection(b, name, part, d, identityInit);
    return unpackHeads(product(x, weight, bias), heads); // [B, H, Q or L, d/H]
  };
  return within(b.graph, name, () => {
    const q = scale(project(query, 'query'), 1 / Math.sqrt(d / heads));
    const bias = reshape(maskBias(mask), [mask.shape[0], 1, 1, mask.shape[1]]);
    const weights = softmax(add(matmul(q, transposeLast(project(keys, 'key'))), bias));
    const mixed = matmul(b.dropout.apply(weights, dropout, `${name}.weights`), project(values, 'value'));
    return outProjection(b, name, packHeads(mixed), identityInit);
  });
}

/**
 * The same with the key and value projections on the side of the queries, q · (W x) = (Wᵀ q) · x and Σ a W x = W Σ a x, which saves
 * projecting the whole sequence in every layer. The key's bias shifts all logits alike and drops out of the softmax. -> [B, Q, d]
 */
export function foldedCrossAttention(b: Builder, name: string, inputs: CrossAttentionInputs): Tensor {
  const { query, keys, values, mask, heads, dropout, identityInit } = inputs;
  const d = fixed(query.shape[2]);
  const head = d / heads;
  const [batch, queries] = [query.shape[0], fixed(query.shape[1])];
  const rows = queries === 1 ? batch : 'B·Q';
  const perHead = (weight: Tensor) => reshape(weight, [heads, head, d]);
  return within(b.graph, name, () => {
    const { weight: wq, bias: bq } = inProjection(b, name, 'query', d, identityInit);
    const q = scale(product(reshape(query, [rows, d]), wq, bq), 1 / Math.sqrt(head));
    const byHead = transpose(reshape(q, [rows, heads, head]), [1, 0, 2]); // [H, BQ, d/H]
    const folded = matmul(byHead, perHead(inProjection(b, name, 'key', d, identityInit).weight)); // [H, BQ, d]
    const perQuery = reshape(transpose(folded, [1, 0, 2]), [batch, queries * heads, d]);
    const bias = reshape(maskBias(mask), [batch, 1, mask.shape[1]]);
    const weights = b.dropout.apply(
      softmax(add(matmul(perQuery, transposeLast(keys)), bias)), // [B, QH, L]
      dropout,
      `${name}.weights`,
    );
    const mixed = reshape(matmul(weights, values), [rows, heads, d]);
    const { weight: wv, bias: bv } = inProjection(b, name, 'value', d, identityInit);
    const read = matmul(transpose(mixed, [1, 0, 2]), transposeLast(perHead(wv))); // [H, BQ, d/H]
    const kept = reshape(matmul(weights, reshape(mask, [batch, mask.shape[1], 1])), [rows, heads, 1]); // 1 but for dropout
    const biased = add(transpose(read, [1, 0, 2]), multiply(kept, reshape(bv, [heads, head])));
    const out = outProjection(b, name, reshape(biased, [rows, d]), identityInit);
    return reshape(out, [batch, queries, d]);
  });
}

type Part = 'query' | 'key' | 'value';

function inProjection(b: Builder, name: string, part: Part, d: number, identityInit = false) {
  const rows = { start: ['query', 'key', 'value'].indexOf(part) * d, count: d };
  const initial = { kind: identityInit ? 'attention-identity' : 'xavier' } as const;
  return {
    weight: b.parameters.get(`${name}.in.weight`, [3 * d, d], initial, rows),
    bias: b.parameters.get(`${name}.in.bias`, [3 * d], zero, rows),
  };
}

function outProjection(b: Builder, name: string, x: Tensor, identityInit = false): Tensor {
  const d = fixed(x.shape.at(-1)!);
  const initial: LinearInitial = { weight: identityInit ? zero : { kind: 'linear', fanIn: d }, bias: zero };
  return linear(b, `${name}.out`, x, d, initial);
}

/** Queries, and the sequences that they pool. */
export interface AttentionPoolInputs {
  /** The queries, normed [Q, d]. */
  query: Tensor;
  /** N sequences, normed. */
  keys: Sequence;
  /** Every sequence is read by every query; or by the one query of its own number, N = Q. */
  each: 'query' | 'own';
  /**
   * Where the value and output projections stand: on the keys, which is less work when many queries read a sequence, or on what each query
   * pooled, which is less when one does. Both give the same numbers, since the weights sum to 1.
   */
  projectionSide: 'keys' | 'pooled';
}

/**
 * One-headed attention without dropout of queries to whole sequences, its four linear layers starting as the identity: the pooling of
 * X-Pool (Gorti et al., CVPR 2022). The key's projection stands on the side of the query, as in `foldedCrossAttention`.
 * @returns what each query pooled of each sequence [N, Q, d] (Q = 1 where each has its own), and the logits of its attention [N, Q, L]
 */
export function attentionPool(
  b: Builder,
  name: string,
  { query, keys, each, projectionSide }: AttentionPoolInputs,
): { pooled: Tensor; logits: Tensor } {
  const d = fixed(query.shape[1]);
  const [count, length] = keys.packing.mask.shape;
  const folded = foldedQuery(b, name, query); // [Q, d]
  const rows = unpack(keys.rows, keys.packing); // [N, L, d]
  const columns = each === 'query' ? transpose(folded, [1, 0]) : reshape(folded, [count, d, 1]);
  const similarity = scale(transposeLast(matmul(rows, columns)), 1 / Math.sqrt(d)); // [N, Q, L]
  const logits = add(similarity, reshape(maskBias(keys.packing.mask), [count, 1, length]));
  const weights = softmax(logits);
  const pooled =
    projectionSide === 'keys'
      ? matmul(weights, unpack(valueProjection(b, name, keys.rows), keys.packing))
      : valueProjection(b, name, matmul(weights, rows));
  return { pooled, logits };
}

/** The query of `attentionPool` with the key's projection moved to its side. [Q, d] -> [Q, d] */
export function foldedQuery(b: Builder, name: string, query: Tensor): Tensor {
  const d = fixed(query.shape[1]);
  const projected = linear(b, `${name}.query`, query, d, identity);
  return gemm(projected, linearParameters(b, `${name}.key`, d, d, identity).weight);
}

function valueProjection(b: Builder, name: string, x: Tensor): Tensor {
  const d = fixed(x.shape.at(-1)!);
  return linear(b, `${name}.out`, linear(b, `${name}.value`, x, d, identity), d, identity);
}

/** What is added to logits: 0 for a real key, for padding a number whose exponential is 0. */
export function maskBias(mask: Tensor): Tensor {
  return scale(subtract(scalar(mask.graph, 1), mask), -1e9);
}
