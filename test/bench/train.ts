/**
 * `npm run bench -- train [batch] [--before CHECKOUT]`: how long a training step takes at full size, and how much of the machine's own
 * matrix-product rate is reached: as training does it, with the allocator as the system sets it, and as another checkout of this
 * repository does it, in turn; then against the whole padded batch, and on one thread.
 */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { tunedEnvironment } from '../../offline/lib/allocator.ts';
import { sgemmRate } from './sgemm.ts';
import type { TrainCase, TrainMeasure } from './train-case.ts';
import type { Usage } from './usage-at-exit.ts';

const MICRO = 32;
/** Whose page faults and processor time are compared: the same in every row of a batch. */
const STEPS: Readonly<Record<number, number>> = { 64: 6 };
const [ROUNDS, FEW] = [2, 2];

interface Row extends Pick<TrainCase, 'kind' | 'dropout'> {
  threads: 1 | 2;
  /** How its process is started. */
  as: 'ours' | 'system' | 'before';
}

export async function benchTrain(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(3),
    options: { before: { type: 'string' } },
    allowPositionals: true,
  });
  const before = values.before && resolve(values.before);
  console.log(
    `${cpus().length} × ${cpus()[0].model}, Node ${process.version}; MaDe with all its parts (d 256), MGSV-EC's lengths`,
  );
  console.log(
    'of sgemm: the operations of matrix products over the whole step; in prod.: over what the products take of it.\n' +
      'user, kernel, faults, cores: of the whole process, which opens the models and profiles two steps more.',
  );
  const rates = { 1: await sgemmRate(1), 2: await sgemmRate(2) };
  console.log(`sgemm of onnxruntime: ${rates[1].toFixed(0)} GFLOP/s on one thread, ${rates[2].toFixed(0)} on two\n`);
  console.log(HEAD.map(cell).join(''));
  for (const batch of positionals[0] ? [Number(positionals[0])] : [64, 512]) {
    const as: Row['as'][] = before ? ['ours', 'system', 'before'] : ['ours', 'system'];
    const compared = as.map((as): Row => ({ as, kind: 'trimmed', threads: 2, dropout: 0.1 }));
    const others = (['trimmed', 'padded', 'projected'] as const).map(
      (kind): Row => ({ as: 'ours', kind, threads: 2, dropout: 0 }),
    );
    const one: Row = { as: 'ours', kind: 'trimmed', threads: 1, dropout: 0 };
    const medians = [...inTurn(compared), ...inTurn(others), ...inTurn([one])];
    function inTurn(rows: readonly Row[]): number[] {
      const runs = Array.from({ length: ROUNDS }, (_, round) =>
        // There and back again, so that a machine that slows down does not decide.
        (round % 2 ? rows.toReversed() : rows).map((row) => ({ row, ...run(row, batch, before) })),
      ).flat();
      return rows.map((row) =>
        print(
          row,
          batch,
          runs.filter((one) => one.row === row),
          rates[row.threads],
        ),
      );
    }
    const [ours, ...rest] = medians;
    const [trimmed, padded, projected] = rest.slice(as.length - 1);
    const ratio = (other: number, own = ours): string => (other / own).toFixed(2);
    console.log(
      `batch ${batch}: ${ratio(rest[0])} times as fast as with the system's allocator${before ? `, ${ratio(rest[1])} times as ${before} was` : ''}; ` +
        `trimmed is ${ratio(padded, trimmed)} times as fast as padded, ${ratio(projected, trimmed)} times as padded with every key and value projected\n`,
    );
  }
}

interface Run {
  measured: TrainMeasure;
  usage: Usage;
}

/** A process of its own: memory is counted by process, and its allocator is set when it starts. */
function run({ as, kind, threads, dropout }: Row, batch: number, before?: string): Run {
  const one: TrainCase = { kind, batch, micro: MICRO, threads, dropout, steps: STEPS[batch] ?? FEW };
  const script =
    as === 'before' ? join(before!, 'test/bench/train-case.ts') : join(import.meta.dirname, 'train-case.ts');
  const { GLIBC_TUNABLES: _, ...system } = process.env;
  const { status, stdout, stderr, output } = spawnSync(
    process.execPath,
    ['--import', join(import.meta.dirname, 'usage-at-exit.ts'), script, JSON.stringify(one)],
    {
      encoding: 'utf8',
      env: as === 'ours' ? tunedEnvironment(system) : system,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    },
  );
  if (status !== 0) throw new Error(`bench: ${JSON.stringify(one)} ended with ${status}: ${stderr.slice(-500)}`);
  return {
    measured: JSON.parse(stdout.trim().split('\n').at(-1)!) as TrainMeasure,
    usage: JSON.parse(output[3]!) as Usage,
  };
}

const HEAD = [
  'batch',
  'kind',
  'threads',
  'dropout',
  'ms/step',
  'tokens/s',
  'GFLOP',
  'of sgemm',
  'in prod.',
  'peak GB',
  'user s',
  'kernel s',
  'faults',
  'cores',
];

/** Prints the row; use of the machine is of its first run. @returns its median, ms */
function print({ as, kind, threads, dropout }: Row, batch: number, runs: readonly Run[], sgemm: number): number {
  const ms = runs.flatMap(({ measured }) => measured.ms).sort((a, b) => a - b);
  const median = ms[Math.floor(ms.length / 2)];
  const [{ measured, usage }] = runs;
  const { tokens, gflop, productMs, peakGb } = measured;
  const cells = [
    batch,
    as === 'ours' ? kind : as,
    threads,
    dropout,
    median.toFixed(0),
    ((1000 * tokens) / median).toFixed(0),
    gflop.toFixed(0),
    share(gflop / (median / 1000), sgemm),
    productMs ? share(gflop / (productMs / 1000), sgemm) : '',
    peakGb.toFixed(1),
    usage.userSec.toFixed(1),
    usage.kernelSec.toFixed(1),
    usage.faults,
    ((usage.userSec + usage.kernelSec) / usage.wallSec).toFixed(2),
  ];
  console.log(cells.map(cell).join(''));
  return median;
}

const share = (rate: number, sgemm: number): string => `${((100 * rate) / sgemm).toFixed(0)} %`;
const cell = (value: string | number): string => String(value).padStart(10);
