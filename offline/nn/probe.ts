/** Measure what a device does not report: how large a tensor it computes rightly, and how fast it is. */

import { sum } from './broadcast.ts';
import type { Device } from './device.ts';
import { apply, createGraph, emit, type Graph, input, integers, type Tensor } from './graph.ts';
import { slice } from './layout.ts';
import { matmul } from './linear.ts';
import { softmax } from './normalise.ts';
import { openSession, type Session } from './session.ts';

const COLUMNS = 1024;

/**
 * Whether a tensor of so many bytes is computed to its end. WebGPU binds a tensor beyond its limit in several pieces, and Softmax
 * writes to the first one only: of equal values the last row must still be 1 / columns.
 */
export async function fits(device: Device, bytes: number, threads: number): Promise<boolean> {
  const rows = Math.ceil(bytes / (4 * COLUMNS));
  const graph = createGraph();
  const x = apply('Expand', [input(graph, 'x', [1, 1]), integers(graph, [rows, COLUMNS])], [rows, COLUMNS]);
  const last = slice(softmax(x), 0, rows - 1, 1);
  const session = await open(device, graph, { last }, threads);
  try {
    const out = await session.run({ x: { data: Float32Array.of(bytes % 7), shape: [1, 1] } });
    return out.last.data.every((value) => Math.abs(value * COLUMNS - 1) < 1e-3);
  } catch {
    return false; // too large to be made at all
  } finally {
    await session.close();
  }
}

const SIZE = 1024;
const PRODUCTS = 4;
const RUNS = 3;

/**
 * Billions of multiplications and additions per second in products of 1024 × 1024 matrices, the best of a few runs.
 * @param enough a device that does not reach half of it when it is warm is not run again: on a slow one each run takes seconds
 * @throws Error when the device is not there
 */
export async function matrixRate(device: Device, threads: number, enough = 0): Promise<number> {
  const graph = createGraph();
  const x = input(graph, 'x', [SIZE, SIZE]);
  let product = x;
  for (let i = 0; i < PRODUCTS; i++) product = matmul(product, x);
  const session = await open(device, graph, { y: sum(product, [0, 1]) }, threads);
  const data = new Float32Array(SIZE * SIZE).fill(1 / SIZE);
  try {
    let best = 0;
    for (let i = 0; i <= RUNS; i++) {
      const start = performance.now();
      await session.run({ x: { data, shape: [SIZE, SIZE] } });
      const rate = (2 * PRODUCTS * SIZE ** 3) / (performance.now() - start) / 1e6;
      if (i === 0) continue; // it also compiles
      best = Math.max(best, rate);
      if (best < enough / 2) break;
    }
    return best;
  } finally {
    await session.close();
  }
}

function open(device: Device, graph: Graph, outputs: Record<string, Tensor>, threads: number): Promise<Session> {
  return openSession(emit(graph, outputs), { name: 'probe', threads, device });
}
