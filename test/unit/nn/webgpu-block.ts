/** A small piece of a network with its gradient, in the operators of ours that training needs, for comparing devices. */
import { gradients } from '../../../offline/nn/autodiff.ts';
import { reshape, sum } from '../../../offline/nn/broadcast.ts';
import { abs, add, gelu, multiply, scale, sigmoid } from '../../../offline/nn/elementwise.ts';
import { filled, type Graph, input, scalar, type Tensor } from '../../../offline/nn/graph.ts';
import { concat, transposeLast } from '../../../offline/nn/layout.ts';
import { linear, matmul } from '../../../offline/nn/linear.ts';
import { layerNorm, logSoftmax, softmax } from '../../../offline/nn/normalise.ts';
import type { Dim } from '../../../offline/nn/onnx.ts';
import { spread } from '../../../offline/nn/rows.ts';

// B sequences · L places of the longest · T rows in all

const WIDTH = 16;
export const PARAMETERS: Record<string, number[]> = {
  up: [WIDTH, 8],
  upBias: [WIDTH],
  mix: [WIDTH, WIDTH],
  mixBias: [WIDTH],
  gain: [WIDTH],
  bias: [WIDTH],
  head: [5, WIDTH],
  headBias: [5],
};

/** T packed rows of B sequences through a feed-forward, a residual norm and an attention: the loss and its gradients. */
export function block(graph: Graph, [B, L, T, both]: readonly Dim[]): Record<string, Tensor> {
  const names = Object.keys(PARAMETERS);
  const p = Object.fromEntries(names.map((name) => [name, input(graph, name, PARAMETERS[name])]));
  const mask = input(graph, 'mask', [B, L]);
  const places = {
    mask,
    index: input(graph, 'index', [B, L], 'int32'),
    place: input(graph, 'place', [T], 'int32'),
    position: input(graph, 'position', [T], 'int32'),
  };

  const hidden = gelu(linear(input(graph, 'x', [T, 8]), p.up, p.upBias)); // [T, 16]
  const rows = layerNorm(add(hidden, linear(hidden, p.mix, p.mixBias)), p.gain, p.bias);
  const tokens = spread(rows, places); // [B, L, 16]
  const hide = scale(add(reshape(mask, [B, 1, L]), scalar(graph, -1)), 1e9);
  const attended = matmul(softmax(add(matmul(tokens, transposeLast(tokens)), hide)), tokens);
  const pooled = matmul(reshape(mask, [B, 1, L]), attended);
  const joined = concat([reshape(pooled, [B, WIDTH]), rows], 0, both); // [B + T, 16]
  const scores = logSoftmax(linear(joined, p.head, p.headBias));
  const loss = sum(multiply(input(graph, 'target', [both, 5]), multiply(scores, sigmoid(abs(scores)))), [0, 1]);

  const found = gradients(
    new Map([[loss, filled(graph, 1, [1, 1])]]),
    names.map((name) => p[name]),
  );
  return { loss, ...Object.fromEntries(names.map((name, i) => [`d_${name}`, found[i]!])) };
}
