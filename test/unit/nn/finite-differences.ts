/**
 * Hold the gradient that autodiff builds against the slope of the same graph, measured.
 *
 * The loss is a fixed random weighting of the operator's values; the weights enter autodiff as its seed. Both the slope and the
 * gradient are evaluated in double precision (in-doubles.ts). Central differences at two steps give an error of the fourth order
 * (Richardson's extrapolation), some 1e-10 of the largest slope; what is left over comes from constants of the graph, which are
 * float32. The runtime's own values and gradients are held against the doubles too.
 */

import { createRandom } from '../../../offline/lib/random.ts';
import { gradients } from '../../../offline/nn/autodiff.ts';
import { constant, createGraph, elements, input, type Shape, type Tensor } from '../../../offline/nn/graph.ts';
import type { Input } from '../../../offline/nn/session.ts';
import { evaluate, type Wide } from './in-doubles.ts';
import { run } from './run.ts';

export interface Question {
  /** Of the inputs that vary, as numbers. */
  shapes: readonly (readonly number[])[];
  /** The same as the graph declares them, where some sizes are to be names. */
  names?: readonly Shape[];
  build: (inputs: Tensor[]) => Tensor;
  /** Values of further inputs that `build` declares: masks and row numbers. */
  given?: Readonly<Record<string, Input>>;
  /** Where the values lie; around zero where it is left out. */
  between?: readonly [number, number];
}

export interface Slope {
  /** By autodiff, evaluated in doubles; one array per input. */
  built: Float64Array[];
  /** By differences. */
  measured: Float64Array[];
  /** By autodiff, as the runtime gives it. */
  run: Float32Array[];
  /** The largest difference of the operator's values between the runtime and the doubles, as a share of the largest value. */
  forward: number;
}

const STEP = 1e-3;

export async function slopes({ shapes, names = shapes, build, given = {}, between }: Question): Promise<Slope> {
  const random = createRandom(`slopes ${shapes.map((shape) => shape.join('x')).join(' ')}`);
  const [low, high] = between ?? [-1.5, 1.5];
  const at: Record<string, Input> = { ...given };
  for (const [i, shape] of shapes.entries())
    at[`x${i}`] = { shape, data: Float32Array.from({ length: elements(shape) }, () => random.uniform(low, high)) };
  const wide = Object.fromEntries(Object.entries(at).map(([key, value]) => [key, inDoubles(value)]));

  const graph = createGraph();
  const inputs = names.map((shape, i) => input(graph, `x${i}`, shape));
  const y = build(inputs);
  const [value] = evaluate(graph, [y], wide);
  const weights = Float32Array.from(value.data, () => random.uniform(0.5, 1.5) * random.pick([-1, 1]));
  const seed = { ...constant(graph, weights, value.shape, 'seed'), shape: y.shape };
  const found = gradients(new Map([[y, seed]]), inputs).map((d) => d!);

  const outputs = Object.fromEntries([y, ...found].map((tensor, i) => [`out${i}`, tensor]));
  const out = await run(graph, outputs, at);
  const measured = inputs.map(({ name }) =>
    differences(wide, name, (moved) =>
      evaluate(graph, [y], moved)[0].data.reduce((total, each, i) => total + each * weights[i], 0),
    ),
  );
  return {
    built: evaluate(graph, found, wide).map(({ data }) => data),
    measured,
    run: found.map((_, i) => out[`out${i + 1}`].data),
    forward: worst(out.out0.data, value.data),
  };
}

function differences(at: Record<string, Wide>, key: string, loss: (at: Record<string, Wide>) => number): Float64Array {
  const { data, shape } = at[key];
  return data.map((_, i) => {
    const nudged = (by: number) => {
      const moved = data.slice();
      moved[i] += by;
      return loss({ ...at, [key]: { data: moved, shape } });
    };
    const difference = (step: number) => (nudged(step) - nudged(-step)) / (2 * step);
    return (4 * difference(STEP / 2) - difference(STEP)) / 3;
  });
}

function inDoubles({ data, shape }: Input): Wide {
  return { data: Float64Array.from(data), shape };
}

/** The largest difference, as a share of the largest expected value. */
export function worst(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) throw new Error(`expected ${expected.length} values, got ${found.length}`);
  const largest = Math.max(...Array.from(expected, Math.abs));
  return Math.max(...Array.from(found, (value, i) => Math.abs(value - expected[i]))) / largest;
}
