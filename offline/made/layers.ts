/**
 * The layers that the boxes of the network are made of: linear, layer norm, attention, feed-forward, positions.
 * Names of parameters are joined with dots, like directories.
 */
import type { Dropout } from '../nn/dropout.ts';
import { add, cosine, divide, gelu, multiply, relu, scale, sine, subtract } from '../nn/elementwise.ts';
import { constant, fixed, type Graph, scalar, type Tensor, within } from '../nn/graph.ts';
import { cumulativeSum, reshape, rowsLike, transpose, transposeLast } from '../nn/layout.ts';
import { matmul, linear as product } from '../nn/linear.ts';
import { layerNorm as normalise, softmax } from '../nn/normalise.ts';
import type { Initial, ParameterSource } from '../nn/parameters.ts';
import { sum } from '../nn/reduce.ts';
import type { MadeConfig } from './config.ts';

/** What every box of the network is built with. */
export interface Builder {
  graph: Graph;
  config: MadeConfig;
  parameters: ParameterSource;
  dropout: Dropout;
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
  const inputs = fixed(x.shape.at(-1)!);
  const start: Initial = { kind: 'linear', fanIn: inputs };
  return within(b.graph, name, () =>
    product(
      x,
      b.parameters.get(`${name}.weight`, [outputs, inputs], initial?.weight ?? start),
      b.parameters.get(`${name}.bias`, [outputs], initial?.bias ?? start),
    ),
  );
}

export function layerNorm(b: Builder, name: string, x: Tensor): Tensor {
  const width = fixed(x.shape.at(-1)!);
  const gain = b.parameters.get(`${name}.weight`, [width], one);
  return within(b.graph, name, () => normalise(x, gain, b.parameters.get(`${name}.bias`, [width], zero)));
}

interface Attention {
  /** [B, Q, d] */
  query: Tensor;
  /** [B, K, d] */
  key: Tensor;
  value: Tensor;
  /** [B, K], 1 = a real key; all are real where it is left out. */
  mask?: Tensor;
  heads: number;
  dropout: number;
  /** Begin by attending to what is alike and adding nothing: see `detectionStart` in config.ts. */
  likeness?: boolean;
}

/** Multi-head attention with PyTorch's packed in-projection (rows q, k, v). -> [B, Q, d] */
export function attention(b: Builder, name: string, inputs: Attention): Tensor {
  const { query, key, value, mask, heads, dropout, likeness } = inputs;
  const { width: d } = b.config;
  const head = d / heads;
  const project = (x: Tensor, which: number) => {
    const rows = { start: which * d, count: d };
    const weight = b.parameters.get(`${name}.in.weight`, [3 * d, d], { kind: likeness ? 'likeness' : 'xavier' }, rows);
    const bias = b.parameters.get(`${name}.in.bias`, [3 * d], zero, rows);
    const [batch, length] = x.shape;
    return transpose(reshape(product(x, weight, bias), [batch, length, heads, head]), [0, 2, 1, 3]); // [B, H, L, d/H]
  };
  return within(b.graph, name, () => {
    const q = scale(project(query, 0), 1 / Math.sqrt(head));
    const logits = matmul(q, transposeLast(project(key, 1))); // [B, H, Q, K]
    const weights = softmax(mask ? add(logits, reshape(hide(mask), [mask.shape[0], 1, 1, mask.shape[1]])) : logits);
    const mixed = matmul(b.dropout.apply(weights, dropout), project(value, 2)); // [B, H, Q, d/H]
    const joined = reshape(transpose(mixed, [0, 2, 1, 3]), [query.shape[0], query.shape[1], d]);
    const weight: Initial = likeness ? zero : { kind: 'linear', fanIn: d };
    return linear(b, `${name}.out`, joined, d, { weight, bias: zero });
  });
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
  const active = b.dropout.apply(activation === 'gelu' ? gelu(inner) : relu(inner), dropout);
  return linear(b, `${name}.out`, active, width, initial?.(hidden));
}

/** 0 for a real key, a number no softmax survives for padding. */
export function hide(mask: Tensor): Tensor {
  return scale(subtract(scalar(mask.graph, 1), mask), -1e9);
}

/** x + the fixed sinusoidal position of its row (Vaswani et al., 2017). x [B, L, d], L ≤ maxLength */
export function addRowPosition(b: Builder, x: Tensor, maxLength: number): Tensor {
  const d = fixed(x.shape.at(-1)!);
  const table = new Float32Array(maxLength * d);
  for (let row = 0; row < maxLength; row++)
    for (let i = 0; i < d; i++) {
      const angle = row * Math.exp(-Math.log(10000) * ((i - (i % 2)) / d));
      table[row * d + i] = i % 2 ? Math.cos(angle) : Math.sin(angle);
    }
  return add(x, rowsLike(constant(b.graph, table, [maxLength, d], `row_position_${maxLength}`), x, 1));
}

/**
 * The position of a slot of the fused sequence: its rank among the real slots, as a share of their number, on a circle.
 * It depends on the pair, not on the padding. mask [B, C] -> [B, C, d]
 */
export function slotPosition(b: Builder, mask: Tensor): Tensor {
  const { graph } = mask;
  const d = b.config.width;
  const rank = cumulativeSum(mask, 1);
  const share = divide(rank, add(sum(mask, [1]), scalar(graph, 1e-6)));
  const turns = Float32Array.from({ length: d }, (_, i) => (2 * Math.PI) / 10000 ** ((2 * Math.floor(i / 2)) / d));
  const angle = multiply(reshape(share, [...mask.shape, 1]), constant(graph, turns, [d], 'slot_turns'));
  const even = Float32Array.from({ length: d }, (_, i) => (i % 2 ? 0 : 1));
  const odd = even.map((v) => 1 - v);
  return add(
    multiply(sine(angle), constant(graph, even, [d], 'even_columns')),
    multiply(cosine(angle), constant(graph, odd, [d], 'odd_columns')),
  );
}
