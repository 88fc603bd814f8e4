/**
 * How long a training step takes at full size: trimmed micro-batches against the whole padded batch, on one thread and two,
 * and how much of the machine's own matrix-product rate is reached.
 */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createGraph, emit, input } from '../../offline/nn/graph.ts';
import { gemm } from '../../offline/nn/linear.ts';
import { openSession } from '../../offline/nn/session.ts';
import type { TrainCase, TrainMeasure } from './train-case.ts';

const MICRO = 32;

export async function benchTrain(): Promise<void> {
  console.log(
    `${cpus().length} × ${cpus()[0].model}, Node ${process.version}; preset cuepoint (d 256), MGSV-EC's lengths`,
  );
  const rates = { 1: await sgemmRate(1), 2: await sgemmRate(2) };
  console.log(`sgemm of onnxruntime: ${rates[1].toFixed(0)} GFLOP/s on one thread, ${rates[2].toFixed(0)} on two\n`);
  console.log(
    ['batch', 'kind', 'threads', 'dropout', 'ms/step', 'tokens/s', 'GFLOP', 'GFLOP/s', 'of sgemm', 'peak GB']
      .map(cell)
      .join(''),
  );
  for (const batch of [64, 512]) {
    const steps = batch === 64 ? 5 : 2;
    const of = (kind: TrainCase['kind'], threads: 1 | 2, dropout = 0) => ({
      kind,
      batch,
      micro: MICRO,
      threads,
      dropout,
      steps,
    });
    // There and back again, so that a machine that slows down does not decide.
    const cases = [of('trimmed', 2), of('padded', 2), of('projected', 2)];
    const runs = [...cases, ...cases.toReversed()].map((one) => ({ one, measured: run(one) }));
    const medians = cases.map((one) => {
      const both = runs.filter((r) => r.one === one).map((r) => r.measured);
      return row(one, { ...both[0], ms: both.flatMap(({ ms }) => ms) }, rates[2]);
    });
    for (const one of [of('trimmed', 2, 0.1), of('trimmed', 1)]) row(one, run(one), rates[one.threads as 1 | 2]);
    console.log(
      `batch ${batch}: trimmed is ${(medians[1] / medians[0]).toFixed(2)} times as fast as padded, ${(medians[2] / medians[0]).toFixed(2)} times as padded with every key and value projected\n`,
    );
  }
}

function run(one: TrainCase): TrainMeasure {
  const child = join(import.meta.dirname, 'train-case.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [child, JSON.stringify(one)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`bench: ${JSON.stringify(one)} ended with ${status}: ${stderr.slice(-500)}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as TrainMeasure;
}

/** Prints the case. @returns its median, ms */
function row(
  { kind, batch, threads, dropout }: TrainCase,
  { ms, tokens, gflop, peakGb }: TrainMeasure,
  sgemm: number,
): number {
  const median = ms.toSorted((a, b) => a - b)[Math.floor(ms.length / 2)];
  const rate = gflop / (median / 1000);
  const cells = [
    batch,
    kind,
    threads,
    dropout,
    median.toFixed(0),
    ((1000 * tokens) / median).toFixed(0),
    gflop.toFixed(0),
  ];
  console.log(
    [...cells, rate.toFixed(0), `${((100 * rate) / sgemm).toFixed(0)} %`, peakGb.toFixed(1)].map(cell).join(''),
  );
  return median;
}

const cell = (value: string | number): string => String(value).padStart(10);

/** The best of many products of a shape that training has: [5000, 1024] · [1024, 256]. GFLOP/s */
async function sgemmRate(threads: number): Promise<number> {
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
