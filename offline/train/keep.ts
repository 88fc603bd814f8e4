/**
 * Which checkpoints of a run are kept: the newest few, to continue from, and the best by each metric, to use.
 *
 * `last.safetensors` is the newest and always whole; `last-1.safetensors` the one before it, and so on. `best-mIoU.safetensors` and
 * its like hold the parameters without Adam's moments. A file that is damaged is passed over for the one before it.
 */
import { existsSync } from 'node:fs';
import { copyFile, link, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checkpoint, loadCheckpoint, readRun, saveCheckpoint } from './checkpoint.ts';

const KEEP = 2;
export const BEST = ['r1', 'mIoU', 'moR1'] as const;
export type BestMetric = (typeof BEST)[number];

export async function saveNewest(folder: string, checkpoint: Checkpoint, keep = KEEP): Promise<void> {
  for (let age = keep - 1; age > 0; age--)
    if (existsSync(newest(folder, age - 1))) await replaceBy(newest(folder, age), newest(folder, age - 1));
  await saveCheckpoint(newest(folder, 0), checkpoint);
}

/** Save the parameters when the latest validation is the best so far by this metric; of equals the first is kept. */
export async function saveBest(folder: string, checkpoint: Checkpoint, metric: BestMetric): Promise<void> {
  const values = checkpoint.history.flatMap(({ validation }) => (validation ? [validation[metric]] : []));
  const latest = values.at(-1)!;
  if (values.slice(0, -1).every((value) => value < latest))
    await saveCheckpoint(bestPath(folder, metric), checkpoint, { moments: false });
}

export function bestPath(folder: string, metric: BestMetric): string {
  return join(folder, `best-${metric}.safetensors`);
}

/** The newest checkpoint of this run that can be read, if there is any. @throws Error when none of several can be read */
export async function findRun(folder: string, run: string): Promise<Checkpoint | undefined> {
  let damage: unknown;
  for (let age = 0; existsSync(newest(folder, age)); age++) {
    try {
      return (await readRun(newest(folder, age))) === run ? await loadCheckpoint(newest(folder, age)) : undefined;
    } catch (error) {
      damage ??= error;
    }
  }
  if (damage) throw damage;
  return undefined;
}

/** A sentence on what is left when a run must stop. */
export function lastGood(folder: string): string {
  const path = newest(folder, 0);
  return existsSync(path) ? `The last good checkpoint is kept: ${path}` : 'No checkpoint has been saved yet.';
}

function newest(folder: string, age: number): string {
  return join(folder, age ? `last-${age}.safetensors` : 'last.safetensors');
}

/** Give a file a second name, in place of what had it: the file never misses. */
async function replaceBy(path: string, source: string): Promise<void> {
  const temporary = `${path}.tmp`;
  await rm(temporary, { force: true });
  await link(source, temporary).catch(() => copyFile(source, temporary)); // not every file system has links
  await rename(temporary, path);
}
