/** What a stage of a long piece of work takes, told by the process that does it: a line of JSON each, to descriptor 1. Run with --expose-gc. */
import type { Progress } from '../../offline/lib/progress.ts';

export interface Stage {
  stage: string;
  wallSec: number;
  /** Of this process; a graph of many vectors is linked in another. */
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
  return { wallSec: performance.now() / 1000, cpuSec: (user + system) / 1e6 };
}
