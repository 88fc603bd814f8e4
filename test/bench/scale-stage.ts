/** What a stage of a long piece of work takes, told by the process that does it: a line of JSON each, to descriptor 1. Run with --expose-gc. */
import { existsSync, readFileSync } from 'node:fs';
import type { Progress } from '../../offline/lib/progress.ts';

export interface Stage {
  stage: string;
  wallSec: number;
  /** Of this process, and of those that it has started and that have ended (Linux). */
  cpuSec: number;
  /** In memory when the stage is over and what nobody holds is gone. */
  liveMb: number;
  note?: string;
}

let last = marks();

/** Since the stage before. */
export async function stage(
  name: string,
  work: () => Promise<string | undefined> = async () => undefined,
): Promise<void> {
  const note = await work();
  const here = marks();
  const [wallSec, cpuSec] = [here.wallSec - last.wallSec, here.cpuSec - last.cpuSec];
  console.log(JSON.stringify({ stage: name, wallSec, cpuSec, liveMb: liveMb(), note } satisfies Stage));
  last = marks();
}

/** A step of the program's own: what it took goes out when it is over. */
export function stageProgress(label: string): Progress {
  return { tick: () => {}, skip: () => {}, done: () => void (label && stage(label)) };
}

function liveMb(): number {
  globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

function marks(): { wallSec: number; cpuSec: number } {
  const { user, system } = process.cpuUsage();
  return { wallSec: performance.now() / 1000, cpuSec: (user + system) / 1e6 + childrenSec() };
}

/** cutime and cstime of proc_pid_stat(5), in the hundredths of a second that Linux counts in for programs. */
function childrenSec(): number {
  if (!existsSync('/proc/self/stat')) return 0;
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)!.split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}
