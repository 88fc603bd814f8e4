/**
 * Clipping, Adam and the learning-rate schedule over flat vectors.
 *
 * The reference clips the gradient of each group of parameters to norm 1 and steps with Adam; its rate warms up
 * linearly and then falls along half a cosine.
 */

import { reshape, sum } from './broadcast.ts';
import { add, divide, maximum, multiply, scale, sqrt, subtract } from './elementwise.ts';
import { fixed, type Graph, scalar, type Tensor } from './graph.ts';
import { concat, slice } from './layout.ts';

/** A run of neighbouring values of the flat vector. */
export interface Group {
  name: string;
  start: number;
  count: number;
}

/**
 * Scale each group's gradient to an L2 norm of at most `maxNorm`. gradient [P] -> clipped [P], and the norms before, [number of groups].
 * @param groups in the order of the vector, which they cover
 */
export function clipGroups(
  gradient: Tensor,
  groups: readonly Group[],
  maxNorm: number,
): { clipped: Tensor; norms: Tensor } {
  const norms: Tensor[] = [];
  const parts = groups.map((group) => {
    const { part, norm, factor } = clipFactor(gradient, group, maxNorm);
    norms.push(norm);
    return multiply(part, factor);
  });
  return { clipped: concat(parts, 0), norms: joined(norms) };
}

/** What `clipGroups` multiplies each group by. gradient [P] -> factors and norms, [number of groups] each */
export function clipFactors(
  gradient: Tensor,
  groups: readonly Group[],
  maxNorm: number,
): { factors: Tensor; norms: Tensor } {
  const all = groups.map((group) => clipFactor(gradient, group, maxNorm));
  return { factors: joined(all.map(({ factor }) => factor)), norms: joined(all.map(({ norm }) => norm)) };
}

/** [P] -> the group's part of the gradient, its norm [1], and what scales it down [1] */
function clipFactor(gradient: Tensor, { start, count }: Group, maxNorm: number) {
  const { graph } = gradient;
  const part = slice(gradient, 0, start, count);
  const norm = sqrt(total(multiply(part, part)));
  // PyTorch's clip_grad_norm_, but that a norm below the limit gives 1 exactly, however small it is.
  const factor = divide(scalar(graph, maxNorm), maximum(add(norm, scalar(graph, 1e-6)), scalar(graph, maxNorm)));
  return { part, norm, factor };
}

const joined = (values: readonly Tensor[]): Tensor => reshape(concat(values, 0), [values.length]);

/** Values of a row that is summed by itself. */
const ROW = 1024;

/** [N] -> [1]. In rows first: one running sum over millions of values loses digits, 4e-4 of 8.8 million squares on the CPU. */
function total(values: Tensor): Tensor {
  const count = fixed(values.shape[0]);
  const inRows = count - (count % ROW);
  if (!inRows) return sum(values, [0]);
  const rows = sum(reshape(slice(values, 0, 0, inRows), [inRows / ROW, ROW]), [1]); // [rows, 1]
  const ofRows = reshape(sum(rows, [0]), [1]);
  return inRows === count ? ofRows : add(ofRows, sum(slice(values, 0, inRows, count - inRows), [0]));
}

/** Parameters and moments, [P] each. */
export interface AdamState {
  theta: Tensor;
  /** First and second moments. [P] */
  first: Tensor;
  second: Tensor;
}

/** What a step of Adam takes. */
export interface AdamInputs extends AdamState {
  /** Learning rate, and 1 / (1 - β^t) for both moments: scalars. */
  rate: Tensor;
  firstCorrection: Tensor;
  secondCorrection: Tensor;
}

/** The paper's values, PyTorch's defaults. */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** One step of Adam (Kingma and Ba, 2015). gradient [P] -> parameters and moments after it, [P] each */
export function adam(graph: Graph, gradient: Tensor, inputs: AdamInputs): AdamState {
  const { beta1, beta2, epsilon } = ADAM;
  const first = add(scale(inputs.first, beta1), scale(gradient, 1 - beta1));
  const second = add(scale(inputs.second, beta2), scale(multiply(gradient, gradient), 1 - beta2));
  const step = divide(
    multiply(first, multiply(inputs.firstCorrection, inputs.rate)),
    add(sqrt(multiply(second, inputs.secondCorrection)), scalar(graph, epsilon)),
  );
  return { theta: subtract(inputs.theta, step), first, second };
}

/**
 * The rate of a step, counted from 0: linear from 0 over the first `warmup` share of all steps, then half a cosine to 0.
 * @param peak the highest rate; @param warmup a share, from 0 to 1
 */
export function learningRate(step: number, totalSteps: number, peak: number, warmup: number): number {
  const warmupSteps = warmup * totalSteps;
  if (step < warmupSteps) return (peak * step) / warmupSteps;
  return peak * 0.5 * (1 + Math.cos((Math.PI * (step - warmupSteps)) / (totalSteps - warmupSteps)));
}
