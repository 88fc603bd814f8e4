/**
 * Hold the gradient that autodiff builds against the slope of the same graph, measured.
 *
 * The loss is a fixed random weighting of the operator's values, summed here in double precision, so that values a nudge does
 * not reach cancel exactly. Central differences at two steps give an error of the fourth order (Richardson's extrapolation);
 * what float32 leaves over is some 1e-5 of the largest slope, a hundredth of what the tests allow.
 */
import { gradients } from '../../../offline/nn/autodiff.ts';
import { multiply } from '../../../offline/nn/elementwise.ts';
import { constant, createGraph, elements, emit, input, type Tensor } from '../../../offline/nn/graph.ts';
import { sum } from '../../../offline/nn/reduce.ts';
import { openSession, type Session, type Values } from '../../../offline/nn/session.ts';
import { createRandom } from '../../../offline/random.ts';

export interface Slope {
  /** By autodiff, one array per input. */
  built: Float32Array[];
  /** By differences. */
  measured: Float64Array[];
}

const STEP = 2 ** -5;

/** @param values drawn uniformly between these, for every input */
export async function slopes(
  shapes: readonly (readonly number[])[],
  build: (inputs: Tensor[]) => Tensor,
  [low, high]: readonly [number, number],
): Promise<Slope> {
  const random = createRandom(`slopes ${shapes.map((shape) => shape.join('x')).join(' ')}`);
  const at: Record<string, Values> = {};
  shapes.forEach((shape, i) => {
    at[`x${i}`] = { shape, data: Float32Array.from({ length: elements(shape) }, () => random.uniform(low, high)) };
  });

  const graph = createGraph();
  const inputs = shapes.map((shape, i) => input(graph, `x${i}`, shape));
  const y = build(inputs);
  const shape = y.shape as readonly number[];
  const weights = Float32Array.from({ length: elements(shape) }, () => random.uniform(0.5, 1.5) * random.pick([-1, 1]));
  const loss = sum(
    multiply(y, constant(graph, weights, shape)),
    shape.map((_, i) => i),
  );
  const found = gradients(loss, inputs);
  const outputs = Object.fromEntries(found.map((d, i) => [`d${i}`, d!]));
  const backward = await openSession(emit(graph, outputs), { name: 'backward', threads: 1 });
  const forward = await openSession(emit(graph, { y }), { name: 'forward', threads: 1 });
  try {
    const d = await backward.run(at);
    const measured: Float64Array[] = [];
    for (const key of Object.keys(at)) measured.push(await measure(forward, at, key, weights));
    return { built: shapes.map((_, i) => d[`d${i}`].data), measured };
  } finally {
    await backward.close();
    await forward.close();
  }
}

async function measure(session: Session, at: Record<string, Values>, key: string, weights: Float32Array) {
  const { data, shape } = at[key];
  const values = async (i: number, nudge: number): Promise<{ y: Float32Array; x: number }> => {
    const moved = data.slice();
    moved[i] += nudge;
    return { y: (await session.run({ ...at, [key]: { data: moved, shape } })).y.data, x: moved[i] };
  };
  const difference = async (i: number, step: number): Promise<number> => {
    const [up, down] = [await values(i, step), await values(i, -step)];
    const rise = weights.reduce((total, w, j) => total + w * (up.y[j] - down.y[j]), 0);
    return rise / (up.x - down.x); // the step as float32 took it
  };
  const out = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++)
    out[i] = (4 * (await difference(i, STEP / 2)) - (await difference(i, STEP))) / 3;
  return out;
}

/** The largest difference, as a share of the largest slope. */
export function worst(built: ArrayLike<number>, measured: ArrayLike<number>): number {
  if (built.length !== measured.length) throw new Error(`expected ${measured.length} values, got ${built.length}`);
  const largest = Math.max(...Array.from(measured, Math.abs));
  return Math.max(...Array.from(built, (value, i) => Math.abs(value - measured[i]))) / largest;
}
