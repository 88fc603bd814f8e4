/** What this machine can do: the rate of one float32 matrix product in onnxruntime, to measure whole graphs against. */
import { createGraph, emit, input } from '../../offline/nn/graph.ts';
import { gemm } from '../../offline/nn/linear.ts';
import { openSession } from '../../offline/nn/session.ts';

/** The best of many products of a shape that training has: [5000, 1024] · [1024, 256]. GFLOP/s */
export async function sgemmRate(threads: number): Promise<number> {
  const [rows, inner, columns] = [5000, 1024, 256];
  const graph = createGraph();
  const product = gemm(input(graph, 'a', [rows, inner]), input(graph, 'b', [columns, inner]), { transposeB: true });
  const session = await openSession(emit(graph, { product }), { name: 'sgemm', threads });
  const filled = (shape: readonly number[]) => ({ data: new Float32Array(shape[0] * shape[1]).fill(0.5), shape });
  const [a, b] = [filled([rows, inner]), filled([columns, inner])];
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 30; i++) {
    const start = performance.now();
    await session.run({ a, b });
    best = Math.min(best, performance.now() - start);
  }
  await session.close();
  return (2 * rows * inner * columns) / best / 1e6;
}
