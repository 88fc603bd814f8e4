/**
 * `npm run bench -- scale-build [tracks=4000,50000] [preset=cuepoint] [width=N] [gates=yes]`: an index of a made-up library (scale-tracks.ts) built, added to,
 * published and verified: what each stage takes, the most memory of the process and of all its processes together, and the disk that was said
 * beforehand beside what was used. `gates=yes` measures the index, too, as every build ends with; `library=yes` begins with files and a catalogue instead.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { tunedEnvironment } from '../../offline/lib/allocator.ts';
import type { ScaleBuildCase } from './scale-build-case.ts';
import type { ScaleLibraryCase } from './scale-library-case.ts';
import type { Stage } from './scale-stage.ts';

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
      const threads = Number(of('threads', '0')) || cpus().length;
      const one = { tracks, preset: of('preset', 'cuepoint'), width, threads, folder };
      const gates = of('gates', 'no') === 'yes';
      await (of('library', 'no') === 'yes'
        ? measure('scale-library-case.ts', one)
        : measure('scale-build-case.ts', { ...one, gates }));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function measure(script: string, one: ScaleBuildCase | ScaleLibraryCase): Promise<void> {
  console.log(`\n${one.tracks.toLocaleString('en')} tracks, ${one.preset}${one.width ? `, width ${one.width}` : ''}`);
  console.log(['wall s', 'CPU s', 'live MB', 'peak MB', 'with others'].map((head) => head.padStart(12)).join(''));
  const child = spawn(process.execPath, ['--expose-gc', join(import.meta.dirname, script), JSON.stringify(one)], {
    env: tunedEnvironment(process.env),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  let [own, all, most] = [0, 0, { own: 0, all: 0 }];
  let work = 0;
  const samplers = [
    setInterval(() => {
      const found = residentMb(child.pid!);
      [own, all] = [Math.max(own, found.own), Math.max(all, found.all)];
    }, SAMPLED_MS),
    setInterval(() => {
      work = Math.max(work, bytesIn(join(one.folder, 'work')));
    }, 10 * SAMPLED_MS),
  ];
  for await (const line of createInterface(child.stdout)) {
    const { stage, wallSec, cpuSec, liveMb, note } = JSON.parse(line) as Stage;
    const cells = [wallSec.toFixed(1), cpuSec.toFixed(1), liveMb.toFixed(0), own.toFixed(0), all.toFixed(0)];
    console.log(`${cells.map((cell) => cell.padStart(12)).join('')}  ${stage}${note ? `: ${note}` : ''}`);
    most = { own: Math.max(most.own, own), all: Math.max(most.all, all) };
    [own, all] = [0, 0];
  }
  for (const sampler of samplers) clearInterval(sampler);
  console.log(
    `at most ${most.own.toFixed(0)} MB, ${most.all.toFixed(0)} MB with the processes that it starts; at most ${(work / 1e6).toFixed(0)} MB of disk for the work`,
  );
  const [code] = await ended;
  if (code) throw new Error(`bench: ${one.tracks} tracks ended with ${code}.`);
}

/** Resident memory of a process, and of it with its children, from /proc; sampled, so a short peak may be missed. */
function residentMb(pid: number): { own: number; all: number } {
  const own = rssMb(pid);
  const children = textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
  return { own, all: own + children.reduce((sum, child) => sum + rssMb(Number(child)), 0) };
}

function rssMb(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(textOf(`/proc/${pid}/status`));
  return found ? Number(found[1]) / 1024 : 0;
}

/** Files that may come and go meanwhile. */
function bytesIn(folder: string): number {
  try {
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  } catch {
    return 0;
  }
}

/** Of a process that may be gone. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
