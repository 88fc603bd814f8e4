/**
 * `npm run bench -- ground [--before CHECKOUT]`: how long grounding takes at full size, as in the paper's Table 8: 512 clips and 512 tracks, tokens
 * given; every clip against every track in matching, 512 pairs in detection. In CPU seconds, since the figure it is compared with is.
 * First as another checkout of this repository does it, then MaDe and the preset cuepoint.
 */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { tunedEnvironment } from '../../offline/lib/allocator.ts';
import { cpuOf, type GroundCase, PAIRS, STAGES, type Times } from './ground-case.ts';
import { sgemmRate } from './sgemm.ts';

/** The reference implementation, padded, PyTorch and OpenBLAS, on a machine of this kind. Measured elsewhere. */
const REFERENCE_CPU_SEC = 17;

export async function benchGround(): Promise<void> {
  const { values } = parseArgs({ args: process.argv.slice(3), options: { before: { type: 'string' } } });
  if (values.before) runBefore(resolve(values.before));
  console.log(
    `${cpus().length} × ${cpus()[0].model}, Node ${process.version}; MaDe (d 256) and cuepoint (d 128), ${PAIRS} pairs, MGSV-EC's lengths`,
  );
  console.log(`sgemm of onnxruntime: ${(await sgemmRate(1)).toFixed(0)} GFLOP/s on one thread`);
  console.log(`${'CPU seconds (seconds)'.padEnd(28)}${[...STAGES, 'total'].map((name) => name.padStart(16)).join('')}`);
  for (const network of ['MaDe', 'cuepoint'] as const)
    for (const threads of [1, 2])
      for (const precision of ['fp32', 'int8'] as const) {
        const name = `${network}, ${precision}, ${threads} thread${threads > 1 ? 's' : ''}`;
        row(name, measured({ network, precision, threads }));
      }
  console.log(`The reference needs about ${REFERENCE_CPU_SEC} CPU seconds (padded, PyTorch; not measured here).`);
}

/** The other checkout's own benchmark. */
function runBefore(checkout: string): void {
  console.log(`${checkout}:`);
  const { status } = spawnSync(process.execPath, ['test/bench/bench.ts', 'ground'], {
    cwd: checkout,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`bench: expected ${checkout} to be a checkout with its packages installed.`);
  console.log('\nHere:');
}

function measured(one: GroundCase): Times {
  const script = join(import.meta.dirname, 'ground-case.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, JSON.stringify(one)], {
    encoding: 'utf8',
    env: tunedEnvironment(process.env),
  });
  if (status !== 0) throw new Error(`bench: ${JSON.stringify(one)} ended with ${status}: ${stderr.slice(-500)}`);
  return JSON.parse(stdout) as Times;
}

function row(name: string, times: Times): void {
  const total = { cpuSec: cpuOf(times), sec: STAGES.reduce((sum, stage) => sum + times[stage].sec, 0) };
  const cell = ({ cpuSec, sec }: Times['matching']) => `${cpuSec.toFixed(2)} (${sec.toFixed(2)})`.padStart(16);
  console.log(
    `${name.padEnd(28)}${[...STAGES.map((stage) => times[stage]), total].map(cell).join('')}   1/${(REFERENCE_CPU_SEC / total.cpuSec).toFixed(1)} of the reference`,
  );
}
