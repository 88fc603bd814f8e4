/** Run a small graph once on one thread. */
import { emit, type Graph, type Tensor } from '../../../offline/nn/graph.ts';
import { type Input, openSession, type Values } from '../../../offline/nn/session.ts';

export async function run(
  graph: Graph,
  outputs: Record<string, Tensor>,
  inputs: Readonly<Record<string, Input>> = {},
): Promise<Record<string, Values>> {
  const session = await openSession(emit(graph, outputs), { name: 'test', threads: 1 });
  try {
    return await session.run(inputs);
  } finally {
    await session.close();
  }
}

/** Values of a shape, in row order. */
export function values(shape: readonly number[], ...data: number[]): Values {
  return { shape, data: Float32Array.from(data) };
}

/** Row numbers of a shape, in row order. */
export function integers(shape: readonly number[], ...data: number[]): Input {
  return { shape, data: Int32Array.from(data) };
}

/** Each number within float32's reach of the expected one. */
export function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-6): void {
  if (actual.length !== expected.length) throw new Error(`expected ${expected.length} values, got ${actual.length}`);
  for (let i = 0; i < expected.length; i++)
    if (!(Math.abs(actual[i] - expected[i]) <= tolerance * Math.max(1, Math.abs(expected[i]))))
      throw new Error(`value ${i}: expected ${expected[i]}, got ${actual[i]}`);
}
