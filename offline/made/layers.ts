/**
 * The layers that the boxes of the network are made of: linear, layer norm, attention, feed-forward, positions.
 * Names of parameters are joined with dots, like directories.
 */
import type { Dropout } from '../nn/dropout.ts';
import { add, cosine, gelu, multiply, relu, scale, sine, subtract } from '../nn/elementwise.ts';
import { constant, fixed, type Graph, scalar, type Tensor, within } from '../nn/graph.ts';
import { reshape, transpose, transposeLast } from '../nn/layout.ts';
import { matmul, linear as product } from '../nn/linear.ts';
import { layerNorm as normalise, softmax } from '../nn/normalise.ts';
import type { Initial, ParameterSource } from '../nn/parameters.ts';
import type { MadeConfig } from './config.ts';
import { type Arrangement, byPosition, collectedFromHeads, type Sequence, spreadToHeads } from './sequence.ts';

/** What every box of the network is built with. */
export interface Builder {
  graph: Graph;
  config: MadeConfig;
  parameters: ParameterSource;
  dropout: Dropout;
  /** Project every key and value, as the paper writes attention: the same numbers with more work, to measure against. */
  projectAll?: boolean;
}

const zero: Initial = { kind: 'constant', value: 0 };
const one: Initial = { kind: 'constant', value: 1 };

/** Initial values of a linear layer; PyTorch's default unless said. */
export interface LinearInitial {
  weight: Initial;
  bias: Initial;
}

/** Glorot's uniform weight (the reference's choice for the detection transformer) with the default bias. */
export function xavier(inputs: number): LinearInitial {
  return { weight: { kind: 'xavier' }, bias: { kind: 'linear', fanIn: inputs } };
}

export const identity: LinearInitial = { weight: { kind: 'identity' }, bias: zero };

/** x [..., I] -> [..., outputs] */
export function linear(b: Builder, name: string, x: Tensor, outputs: number, initial?: LinearInitial): Tensor {
  return within(b.graph, name, () => {
    const { weight, bias } = linearParameters(b, name, fixed(x.shape.at(-1)!), outputs, initial);
    return product(x, weight, bias);
  });
}

/** weight [outputs, inputs], bias [outputs] */
export function linearParameters(b: Builder, name: string, inputs: number, outputs: number, initial?: LinearInitial) {
  const start: Initial = { kind: 'linear', fanIn: inputs };
  return {
    weight: b.parameters.get(`${name}.weight`, [outputs, inputs], initial?.weight ?? start),
    bias: b.parameters.get(`${name}.bias`, [outputs], initial?.bias ?? start),
  };
}

export function layerNorm(b: Builder, name: string, x: Tensor): Tensor {
  const { gain, bias } = layerNormParameters(b, name, fixed(x.shape.at(-1)!));
  return within(b.graph, name, () => normalise(x, gain, bias));
}

/** [width] each */
export function layerNormParameters(b: Builder, name: string, width: number): { gain: Tensor; bias: Tensor } {
  return {
    gain: b.parameters.get(`${name}.weight`, [width], one),
    bias: b.parameters.get(`${name}.bias`, [width], zero),
  };
}

interface SelfAttention {
  /** Rows of one sequence each, in the same arrangement. */
  query: Tensor;
  key: Tensor;
  value: Tensor;
  /** Where the rows stand; all of [B, L, d] are real where it is left out. */
  at?: Arrangement;
  heads: number;
  dropout: number;
  likeness?: boolean;
}

/** Multi-head attention of a sequence to itself, with PyTorch's packed in-projection (rows q, k, v). -> rows */
export function selfAttention(b: Builder, name: string, inputs: SelfAttention): Tensor {
  const { query, key, value, at, heads, dropout, likeness } = inputs;
  const { width: d } = b.config;
  const head = d / heads;
  const project = (x: Tensor, part: Part) => {
    const { weight, bias } = inProjection(b, name, part, likeness);
    return spreadToHeads(product(x, weight, bias), heads, at); // [B, H, L, d/H]
  };
  return within(b.graph, name, () => {
    const q = scale(project(query, 'query'), 1 / Math.sqrt(head));
    const logits = matmul(q, transposeLast(project(key, 'key'))); // [B, H, L, L]
    const [batch, , length] = logits.shape;
    const weights = softmax(at ? add(logits, reshape(hide(at.mask), [batch, 1, 1, length])) : logits);
    const mixed = matmul(b.dropout.apply(weights, dropout, `${name}.weights`), project(value, 'value'));
    return outProjection(b, name, collectedFromHeads(mixed, at), likeness);
  });
}

interface CrossAttention {
  /** A few queries per pair [B, Q, d]. */
  query: Tensor;
  /** [B, L, d] each */
  keys: Tensor;
  values: Tensor;
  /** [B, L], 1 = a real key */
  mask: Tensor;
  heads: number;
  dropout: number;
  likeness?: boolean;
}

/**
 * Multi-head attention of a few queries to a long sequence. -> [B, Q, d]
 *
 * The key and value projections are moved to the side of the queries, q · (W x) = (Wᵀ q) · x and Σ a W x = W Σ a x, which
 * saves projecting the whole sequence in every layer. The key's bias shifts all logits alike and drops out of the softmax.
 */
export function crossAttention(b: Builder, name: string, inputs: CrossAttention): Tensor {
  const { query, keys, values, mask, heads, dropout, likeness } = inputs;
  if (b.projectAll) return projectedCrossAttention(b, name, inputs);
  const { width: d } = b.config;
  const head = d / heads;
  const [batch, queries] = [query.shape[0], fixed(query.shape[1])];
  const rows = queries === 1 ? batch : 'B·Q';
  const perHead = (weight: Tensor) => reshape(weight, [heads, head, d]);
  return within(b.graph, name, () => {
    const { weight: wq, bias: bq } = inProjection(b, name, 'query', likeness);
    const q = scale(product(reshape(query, [rows, d]), wq, bq), 1 / Math.sqrt(head));
    const byHead = transpose(reshape(q, [rows, heads, head]), [1, 0, 2]); // [H, BQ, d/H]
    const asked = matmul(byHead, perHead(inProjection(b, name, 'key', likeness).weight)); // [H, BQ, d]
    const questions = reshape(transpose(asked, [1, 0, 2]), [batch, queries * heads, d]);
    const hidden = reshape(hide(mask), [batch, 1, mask.shape[1]]);
    const weights = b.dropout.apply(
      softmax(add(matmul(questions, transposeLast(keys)), hidden)), // [B, QH, L]
      dropout,
      `${name}.weights`,
    );
    const mixed = reshape(matmul(weights, values), [rows, heads, d]);
    const { weight: wv, bias: bv } = inProjection(b, name, 'value', likeness);
    const read = matmul(transpose(mixed, [1, 0, 2]), transposeLast(perHead(wv))); // [H, BQ, d/H]
    const share = reshape(matmul(weights, reshape(mask, [batch, mask.shape[1], 1])), [rows, heads, 1]); // 1 but for dropout
    const biased = add(transpose(read, [1, 0, 2]), multiply(share, reshape(bv, [heads, head])));
    const out = outProjection(b, name, reshape(biased, [rows, d]), likeness);
    return reshape(out, [batch, queries, d]);
  });
}

/** The same, with every key and value projected. */
function projectedCrossAttention(b: Builder, name: string, inputs: CrossAttention): Tensor {
  const { query, keys, values, mask, heads, dropout, likeness } = inputs;
  const project = (x: Tensor, part: Part) => {
    const { weight, bias } = inProjection(b, name, part, likeness);
    return spreadToHeads(product(x, weight, bias), heads); // [B, H, Q or L, d/H]
  };
  return within(b.graph, name, () => {
    const q = scale(project(query, 'query'), 1 / Math.sqrt(b.config.width / heads));
    const hidden = reshape(hide(mask), [mask.shape[0], 1, 1, mask.shape[1]]);
    const weights = softmax(add(matmul(q, transposeLast(project(keys, 'key'))), hidden));
    const mixed = matmul(b.dropout.apply(weights, dropout, `${name}.weights`), project(values, 'value'));
    return outProjection(b, name, collectedFromHeads(mixed), likeness);
  });
}

type Part = 'query' | 'key' | 'value';

function inProjection(b: Builder, name: string, part: Part, likeness = false): { weight: Tensor; bias: Tensor } {
  const { width: d } = b.config;
  const rows = { start: ['query', 'key', 'value'].indexOf(part) * d, count: d };
  return {
    weight: b.parameters.get(`${name}.in.weight`, [3 * d, d], { kind: likeness ? 'likeness' : 'xavier' }, rows),
    bias: b.parameters.get(`${name}.in.bias`, [3 * d], zero, rows),
  };
}

function outProjection(b: Builder, name: string, x: Tensor, likeness = false): Tensor {
  const { width: d } = b.config;
  return linear(b, `${name}.out`, x, d, { weight: likeness ? zero : { kind: 'linear', fanIn: d }, bias: zero });
}

interface FeedForward {
  hidden: number;
  activation: 'gelu' | 'relu';
  dropout: number;
  initial?: (inputs: number) => LinearInitial;
}

/** Two linear layers around a non-linearity. x [..., d] -> [..., d] */
export function feedForward(
  b: Builder,
  name: string,
  x: Tensor,
  { hidden, activation, dropout, initial }: FeedForward,
): Tensor {
  const width = fixed(x.shape.at(-1)!);
  const inner = linear(b, `${name}.in`, x, hidden, initial?.(width));
  const active = b.dropout.apply(activation === 'gelu' ? gelu(inner) : relu(inner), dropout, `${name}.hidden`);
  return linear(b, `${name}.out`, active, width, initial?.(hidden));
}

/** 0 for a real key, a number no softmax survives for padding. */
export function hide(mask: Tensor): Tensor {
  return scale(subtract(scalar(mask.graph, 1), mask), -1e9);
}

/** Each row + the fixed sinusoidal position of its number in the sequence (Vaswani et al., 2017), L ≤ maxLength. -> rows */
export function addRowPosition(b: Builder, x: Sequence, maxLength: number): Tensor {
  const d = b.config.width;
  const table = new Float32Array(maxLength * d);
  for (let row = 0; row < maxLength; row++)
    for (let i = 0; i < d; i++) {
      const angle = row * Math.exp(-Math.log(10000) * ((i - (i % 2)) / d));
      table[row * d + i] = i % 2 ? Math.cos(angle) : Math.sin(angle);
    }
  return add(x.rows, byPosition(constant(b.graph, table, [maxLength, d], `row_position_${maxLength}`), x));
}

/**
 * The position of a slot of the fused sequence: its rank among the real slots, as a share of their number, on a circle.
 * It depends on the pair, not on the padding. -> rows
 */
export function slotPosition(b: Builder, { share }: Arrangement): Tensor {
  const { graph } = share;
  const d = b.config.width;
  const turns = Float32Array.from({ length: d }, (_, i) => (2 * Math.PI) / 10000 ** ((2 * Math.floor(i / 2)) / d));
  const angle = multiply(share, constant(graph, turns, [d], 'slot_turns'));
  const even = Float32Array.from({ length: d }, (_, i) => (i % 2 ? 0 : 1));
  const odd = even.map((v) => 1 - v);
  return add(
    multiply(sine(angle), constant(graph, even, [d], 'even_columns')),
    multiply(cosine(angle), constant(graph, odd, [d], 'odd_columns')),
  );
}
