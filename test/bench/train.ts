/**
 * `npm run bench -- train [batch]`: how long a training step takes at full size: trimmed micro-batches against the whole padded batch, on one thread and two,
 * and how much of the machine's own matrix-product rate is reached.
 */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { sgemmRate } from './sgemm.ts';
import type { TrainCase, TrainMeasure } from './train-case.ts';

const MICRO = 32;

export async function benchTrain(): Promise<void> {
  console.log(`${cpus().length} × ${cpus()[0].model}, Node ${process.version}; MaDe (d 256), MGSV-EC's lengths`);
  console.log(
    'of sgemm: the operations of matrix products over the whole step; in prod.: over what the products take of it',
  );
  const rates = { 1: await sgemmRate(1), 2: await sgemmRate(2) };
  console.log(`sgemm of onnxruntime: ${rates[1].toFixed(0)} GFLOP/s on one thread, ${rates[2].toFixed(0)} on two\n`);
  console.log(
    [
      'batch',
      'kind',
      'threads',
      'dropout',
      'ms/step',
      'tokens/s',
      'GFLOP',
      'GFLOP/s',
      'of sgemm',
      'in prod.',
      'peak GB',
    ]
      .map(cell)
      .join(''),
  );
  for (const batch of process.argv[3] ? [Number(process.argv[3])] : [64, 512]) {
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
  { ms, tokens, gflop, productMs, peakGb }: TrainMeasure,
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
    [
      ...cells,
      rate.toFixed(0),
      share(rate, sgemm),
      productMs ? share(gflop / (productMs / 1000), sgemm) : '',
      peakGb.toFixed(1),
    ]
      .map(cell)
      .join(''),
  );
  return median;
}

const share = (rate: number, sgemm: number): string => `${((100 * rate) / sgemm).toFixed(0)} %`;
const cell = (value: string | number): string => String(value).padStart(10);
