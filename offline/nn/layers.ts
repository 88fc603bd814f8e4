/**
 * The layers that act on each row alone: linear, layer norm, feed-forward.
 *
 * A layer asks for its parameters by name where it uses them; names are joined with dots, like directories. Sizes are read from what a
 * layer is given: nothing here knows a model or its config. Attention is in attention.ts, positions in positions.ts.
 */
import type { Dropout } from './dropout.ts';
import { gelu, prelu, relu } from './elementwise.ts';
import { fixed, type Graph, type Tensor, within } from './graph.ts';
import { linear as product } from './linear.ts';
import { layerNorm as normalise } from './normalise.ts';
import type { Initial, ParameterSource } from './parameters.ts';

/** What a layer is built with. */
export interface Builder {
  graph: Graph;
  parameters: ParameterSource;
  dropout: Dropout;
}

/** Starts at 0. */
export const zero: Initial = { kind: 'constant', value: 0 };
const one: Initial = { kind: 'constant', value: 1 };

/** Initial values of a linear layer; PyTorch's default unless another is given. */
export interface LinearInitial {
  weight: Initial;
  bias: Initial;
}

/** Glorot's uniform weight (Glorot and Bengio, 2010; DETR's choice) with the default bias. @param inputs of the layer */
export function xavier(inputs: number): LinearInitial {
  return { weight: { kind: 'xavier' }, bias: { kind: 'linear', fanIn: inputs } };
}

/** A linear layer that starts as the identity, with bias 0. */
export const identity: LinearInitial = { weight: { kind: 'identity' }, bias: zero };

/** x [..., I] -> [..., outputs], by the parameters `name.weight` [outputs, I] and `name.bias` [outputs]. */
export function linear(b: Builder, name: string, x: Tensor, outputs: number, initial?: LinearInitial): Tensor {
  return within(b.graph, name, () => {
    const { weight, bias } = linearParameters(b, name, fixed(x.shape.at(-1)!), outputs, initial);
    return product(x, weight, bias);
  });
}

/** The parameters of `linear`, for callers that multiply by them in another way: weight [outputs, inputs], bias [outputs]. */
export function linearParameters(
  b: Builder,
  name: string,
  inputs: number,
  outputs: number,
  initial?: LinearInitial,
): { weight: Tensor; bias: Tensor } {
  const start: Initial = { kind: 'linear', fanIn: inputs };
  return {
    weight: b.parameters.get(`${name}.weight`, [outputs, inputs], initial?.weight ?? start),
    bias: b.parameters.get(`${name}.bias`, [outputs], initial?.bias ?? start),
  };
}

/** Each row brought to mean 0 and deviation 1, then scaled and shifted by `name.weight` and `name.bias`. [..., d] -> [..., d] */
export function layerNorm(b: Builder, name: string, x: Tensor): Tensor {
  const { gain, bias } = layerNormParameters(b, name, fixed(x.shape.at(-1)!));
  return within(b.graph, name, () => normalise(x, gain, bias));
}

/** gain `name.weight`, starting at 1, and bias `name.bias`, starting at 0: [width] each. */
export function layerNormParameters(b: Builder, name: string, width: number): { gain: Tensor; bias: Tensor } {
  return {
    gain: b.parameters.get(`${name}.weight`, [width], one),
    bias: b.parameters.get(`${name}.bias`, [width], zero),
  };
}

/** The non-linearity of a feed-forward; the slope of 'prelu' is its parameter `slope`. */
export type Activation = 'gelu' | 'relu' | 'prelu';

/** Size, activation and start of a feed-forward. */
export interface FeedForwardOptions {
  /** Width of the inner layer. */
  hidden: number;
  activation: Activation;
  /** Share of the inner values that are dropped. */
  dropout: number;
  /** Of both linear layers, by how many inputs each has. */
  initial?: (inputs: number) => LinearInitial;
  /** The outer layer starts as zero: beside a residual connection it changes nothing at first. */
  silent?: boolean;
}

/** Two linear layers around a non-linearity. [..., d] -> [..., d] */
export function feedForward(b: Builder, name: string, x: Tensor, options: FeedForwardOptions): Tensor {
  const { hidden, activation, dropout, initial, silent } = options;
  const width = fixed(x.shape.at(-1)!);
  const inner = linear(b, `${name}.in`, x, hidden, initial?.(width));
  const active = b.dropout.apply(activated(b, name, inner, activation), dropout, `${name}.hidden`);
  return linear(b, `${name}.out`, active, width, silent ? { weight: zero, bias: zero } : initial?.(hidden));
}

function activated(b: Builder, name: string, x: Tensor, activation: Activation): Tensor {
  if (activation === 'gelu') return gelu(x);
  if (activation === 'relu') return relu(x);
  return prelu(x, b.parameters.get(`${name}.slope`, [1], { kind: 'constant', value: 0.25 })); // PyTorch's start
}
