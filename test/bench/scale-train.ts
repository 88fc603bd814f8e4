/**
 * `npm run bench -- scale-train [size=paper] [preset=cuepoint,paper] [batch=512] [steps=4] [--before CHECKOUT]`: a training on more tokens
 * than should be in memory: seconds of a step, and the most memory of the process; the same with no token kept in memory; and the same of another
 * checkout of this repository, in turn.
 *
 * The data are those of `cuepoint simulate --size`, made once in .cuepoint/bench (`paper`: 1.7 GB and some minutes), or any folder (data=FOLDER).
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { tunedEnvironment } from '../../offline/lib/allocator.ts';
import { createProgress } from '../../offline/lib/progress.ts';
import { simulatedEncoders, WIDTHS } from '../../offline/worlds/simulated/tokens.ts';
import { createSimulation, SIZES } from '../../offline/worlds/simulated/world.ts';
import { writeSimulation } from '../../offline/worlds/simulated/write.ts';
import type { ScaleTrainCase, ScaleTrainMeasure } from './scale-train-case.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MICRO = 32;
const ROUNDS = 2;

export async function benchScaleTrain(): Promise<void> {
  const args = process.argv.slice(3);
  const of = (name: string, usual: string): string =>
    args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? usual;
  const at = args.indexOf('--before');
  const before = at < 0 ? undefined : resolve(args[at + 1]);
  const data = of('data', '') || (await simulated(of('size', 'paper')));
  const sizes = { batch: Number(of('batch', '512')), steps: Number(of('steps', '4')), micro: MICRO };
  const threads = Number(of('threads', String(cpus().length)));
  console.log(`${cpus().length} × ${cpus()[0].model}, Node ${process.version}, load ${loadavg()[0].toFixed(1)}`);
  console.log(HEAD.map(cell).join(''));
  for (const preset of of('preset', 'cuepoint,paper').split(',')) {
    const programs: Record<string, Pick<ScaleTrainCase, 'root' | 'keptBytes'>> = {
      ours: { root: ROOT },
      'none kept': { root: ROOT, keptBytes: 0 },
      ...(before ? { before: { root: before } } : {}),
    };
    const names = Object.keys(programs);
    const runs = Array.from({ length: ROUNDS }, (_, round) =>
      // There and back again, so that a machine that slows down does not decide.
      (round % 2 ? names.toReversed() : names).map((name) => ({
        name,
        measured: run({ ...programs[name], data: resolve(data), preset, threads, ...sizes }),
      })),
    ).flat();
    for (const name of names)
      print(
        name,
        preset,
        sizes.batch,
        runs.filter((one) => one.name === name).map(({ measured }) => measured),
      );
  }
}

async function simulated(size: string): Promise<string> {
  if (!SIZES[size]) throw new Error(`bench: expected a size of ${Object.keys(SIZES).join(', ')}, got "${size}".`);
  const folder = join(ROOT, '.cuepoint/bench', `simulated-${size}`);
  if (existsSync(folder)) return folder;
  const world = createSimulation(1, SIZES[size]);
  const start = (label: string, total: number) => createProgress({ label, total });
  await writeSimulation(folder, { world, encoders: simulatedEncoders(world), widths: WIDTHS, start });
  return folder;
}

function run(one: ScaleTrainCase): ScaleTrainMeasure {
  const script = join(import.meta.dirname, 'scale-train-case.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, JSON.stringify(one)], {
    encoding: 'utf8',
    env: tunedEnvironment(process.env),
  });
  if (status !== 0) throw new Error(`bench: ${JSON.stringify(one)} ended with ${status}: ${stderr.slice(-500)}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as ScaleTrainMeasure;
}

const HEAD = ['program', 'preset', 'pairs', 'batch', 's/step', 'CPU s/step', 'start CPU s', 'peak GB'];

function print(program: string, preset: string, batch: number, runs: readonly ScaleTrainMeasure[]): void {
  const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];
  const cells = [
    program,
    preset,
    runs[0].pairs,
    batch,
    median(runs.flatMap(({ wall }) => wall)).toFixed(2),
    median(runs.flatMap(({ cpu }) => cpu)).toFixed(2),
    median(runs.map(({ startCpu }) => startCpu)).toFixed(1),
    Math.max(...runs.map(({ peakGb }) => peakGb)).toFixed(2),
  ];
  console.log(cells.map(cell).join(''));
}

const cell = (value: string | number): string => String(value).padStart(13);
