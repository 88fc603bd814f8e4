/**
 * `npm run bench -- scale-build [tracks=4000,50000] [preset=cuepoint] [width=N]`: an index of a made-up library (scale-tracks.ts) built, added to, published and
 * verified: what each stage takes, and the most memory of the process and of all its processes together.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { tunedEnvironment } from '../../offline/lib/allocator.ts';
import type { ScaleBuildCase, Stage } from './scale-build-case.ts';

const SAMPLED_MS = 100;

export async function benchScaleBuild(): Promise<void> {
  const args = process.argv.slice(3);
  const of = (name: string, usual: string): string =>
    args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? usual;
  console.log(`${cpus().length} × ${cpus()[0].model}, Node ${process.version}, load ${loadavg()[0].toFixed(1)}`);
  for (const tracks of of('tracks', '4000,50000').split(',').map(Number)) {
    const folder = await mkdtemp(join(of('below', tmpdir()), 'cuepoint-scale-'));
    try {
      const width = Number(of('width', '0')) || undefined;
      await measure({ tracks, preset: of('preset', 'cuepoint'), width, threads: cpus().length, folder });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function measure(one: ScaleBuildCase): Promise<void> {
  console.log(`\n${one.tracks.toLocaleString('en')} tracks, ${one.preset}${one.width ? `, width ${one.width}` : ''}`);
  console.log(['wall s', 'CPU s', 'peak MB', 'with others'].map((head) => head.padStart(12)).join(''));
  const child = spawn(process.execPath, [join(import.meta.dirname, 'scale-build-case.ts'), JSON.stringify(one)], {
    env: tunedEnvironment(process.env),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let [own, all, most] = [0, 0, { own: 0, all: 0 }];
  const sampler = setInterval(() => {
    const found = residentMb(child.pid!);
    [own, all] = [Math.max(own, found.own), Math.max(all, found.all)];
  }, SAMPLED_MS);
  for await (const line of createInterface(child.stdout)) {
    const { stage, wallSec, cpuSec, note } = JSON.parse(line) as Stage;
    const cells = [wallSec.toFixed(1), cpuSec.toFixed(1), own.toFixed(0), all.toFixed(0)];
    console.log(`${cells.map((cell) => cell.padStart(12)).join('')}  ${stage}${note ? `: ${note}` : ''}`);
    most = { own: Math.max(most.own, own), all: Math.max(most.all, all) };
    [own, all] = [0, 0];
  }
  clearInterval(sampler);
  console.log(`at most ${most.own.toFixed(0)} MB, ${most.all.toFixed(0)} MB with the processes that it starts`);
  if (child.exitCode) throw new Error(`bench: ${one.tracks} tracks ended with ${child.exitCode}.`);
}

/** Resident memory of a process, and of it with its children, from /proc; sampled, so a short peak may be missed. */
function residentMb(pid: number): { own: number; all: number } {
  const own = rssMb(pid);
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
  return { own, all: own + children.reduce((sum, child) => sum + rssMb(Number(child)), 0) };
}

function rssMb(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(textOf(`/proc/${pid}/status`));
  return found ? Number(found[1]) / 1024 : 0;
}

const parentOf = (pid: string): number => Number(textOf(`/proc/${pid}/stat`).split(') ').at(-1)!.split(' ')[1]);

/** Of a process that may be gone. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
