/**
 * What vision transformers are made of: parameters by name, tokens in front of the patches, pre-norm blocks.
 *
 * Dosovitskiy et al., "An Image is Worth 16x16 Words" (ICLR 2021). CLIP's image tower (clip-vision.ts), the perception encoder (pe-tower.ts), the
 * audio spectrogram transformer (ast-tower.ts) and CED (ced-tower.ts) differ in their first and last layers, in constants, in where positions
 * enter and in what they call things. They only ever run forward.
 */

import { expand, reshape } from '../nn/broadcast.ts';
import { add, scale } from '../nn/elementwise.ts';
import { constant, elements, type Graph, type Tensor, within } from '../nn/graph.ts';
import { concat, slice, transpose, transposeLast } from '../nn/layout.ts';
import { matmul, linear as product } from '../nn/linear.ts';
import { layerNorm, softmax } from '../nn/normalise.ts';

// N pictures · L tokens of each · D width · H heads. Rows [N·L, D] are one token each, picture by picture.

/** The values of a parameter, in the order PyTorch stores them. */
export type Weights = (name: string, shape: readonly number[]) => Float32Array;

export interface Tower {
  graph: Graph;
  weights: Weights;
  width: number;
  heads: number;
  /** Width within the feed-forward. */
  hidden: number;
  /** Of the layer norms. */
  epsilon: number;
  activation: (x: Tensor) => Tensor;
  /** What a block calls its parts, below its own name. */
  names: BlockNames;
  /** Turns queries and keys by their places, where they are (rotary positions). x [N, H, L, D/H] -> the same */
  turn?: (x: Tensor) => Tensor;
}

export interface BlockNames {
  query: string;
  key: string;
  value: string;
  attentionOut: string;
  attentionNorm: string;
  feedForwardIn: string;
  feedForwardOut: string;
  feedForwardNorm: string;
}

/** @throws Error when the weights have another number of values than the shape says */
export function parameter({ graph, weights }: Tower, name: string, shape: readonly number[]): Tensor {
  const values = weights(name, shape);
  if (values.length !== elements(shape))
    throw new Error(
      `tower: expected ${name} of [${shape.join(', ')}], got ${values.length} values. Take the weights of this tower.`,
    );
  return constant(graph, values, shape, name);
}

/** The same tokens in front of every picture's patches. tokens [1, K, D], patches [N, L, D] -> [N, K + L, D] */
export function inFront(tokens: Tensor, patches: Tensor): Tensor {
  const spread = expand(tokens, first(patches, tokens.shape[1] as number));
  return concat([spread, patches], 1);
}

/** Feature maps to tokens, row by row. maps [N, D, h, w] -> [N, h·w, D] */
export function asTokens(maps: Tensor): Tensor {
  const [batch, width, height, length] = maps.shape;
  return transpose(reshape(maps, [batch, width, elements([height, length])]), [0, 2, 1]);
}

/** All blocks, one behind the other. Of the last, only the first `kept` tokens are made. x [N, L, D] -> [N, kept, D] */
export function blocks(tower: Tower, names: readonly string[], x: Tensor, kept: number): Tensor {
  return names.reduce((tokens, name, i) => {
    const count = i === names.length - 1 ? kept : (tokens.shape[1] as number);
    return within(tower.graph, name, () => block(tower, name, tokens, count));
  }, x);
}

/** Attention and feed-forward, each of normed tokens and added to what was there. x [N, L, D] -> [N, kept, D] */
function block(tower: Tower, name: string, x: Tensor, kept: number): Tensor {
  const { names, width, hidden } = tower;
  const at = (part: keyof BlockNames) => `${name}.${names[part]}`;
  const normed = norm(tower, at('attentionNorm'), x);
  const attended = add(first(x, kept), attention(tower, at, normed, kept));
  const rows = asRows(norm(tower, at('feedForwardNorm'), attended));
  const inner = tower.activation(linear(tower, at('feedForwardIn'), rows, hidden));
  return add(attended, reshape(linear(tower, at('feedForwardOut'), inner, width), attended.shape));
}

/** Multi-head attention of the first `kept` tokens to all. x [N, L, D] -> [N, kept, D] */
function attention(tower: Tower, at: (part: keyof BlockNames) => string, x: Tensor, kept: number): Tensor {
  return attend(tower, at, first(x, kept), x);
}

/**
 * Multi-head attention. asking [N, K, D], asked [N, L, D] -> [N, K, D]
 * @param at the name of a part: query, key, value and attentionOut are asked for
 */
export function attend(tower: Tower, at: (part: keyof BlockNames) => string, asking: Tensor, asked: Tensor): Tensor {
  const { width, heads, turn } = tower;
  const [batch, length] = asked.shape;
  const kept = asking.shape[1] as number;
  const head = width / heads;
  const rows = asRows(asked);
  const project = (part: keyof BlockNames, from: Tensor, count: number | string, perm: readonly number[]): Tensor =>
    transpose(reshape(linear(tower, at(part), from, width), [batch, count, heads, head]), perm);
  const query = turned(project('query', asRows(asking), kept, [0, 2, 1, 3]), turn); // [N, H, K, D/H]
  const key = turn
    ? transposeLast(turn(project('key', rows, length, [0, 2, 1, 3])))
    : project('key', rows, length, [0, 2, 3, 1]); // [N, H, D/H, L]
  const value = project('value', rows, length, [0, 2, 1, 3]); // [N, H, L, D/H]
  const shares = softmax(matmul(scale(query, 1 / Math.sqrt(head)), key)); // [N, H, kept, L]
  const mixed = reshape(transpose(matmul(shares, value), [0, 2, 1, 3]), [batch, kept, width]);
  return reshape(linear(tower, at('attentionOut'), asRows(mixed), width), mixed.shape);
}

const turned = (x: Tensor, turn: Tower['turn']): Tensor => (turn ? turn(x) : x);

/** x [..., D], by its own gain and bias */
export function norm(tower: Tower, name: string, x: Tensor): Tensor {
  const gain = parameter(tower, `${name}.weight`, [tower.width]);
  return layerNorm(x, gain, parameter(tower, `${name}.bias`, [tower.width]), tower.epsilon);
}

/** rows [N·L, I] -> [N·L, outputs] */
export function linear(tower: Tower, name: string, rows: Tensor, outputs: number): Tensor {
  const weight = parameter(tower, `${name}.weight`, [outputs, rows.shape[1] as number]);
  return product(rows, weight, parameter(tower, `${name}.bias`, [outputs]));
}

/** The first tokens of every picture. [N, L, D] -> [N, count, D] */
function first(x: Tensor, count: number): Tensor {
  return count === x.shape[1] ? x : slice(x, 1, 0, count);
}

/** One matrix product over all rows is faster than one per picture. [N, L, D] -> [N·L, D] */
export function asRows(x: Tensor): Tensor {
  return reshape(x, [x.shape.slice(0, 2).join('·'), x.shape[2]]);
}
