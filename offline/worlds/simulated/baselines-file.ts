/** `baselines.json` in a simulated data folder: what is known of its test split without training; see baselines.ts. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../lib/files.ts';
import { parsedJson } from '../../lib/json.ts';
import type { Metrics } from '../../metrics/metrics.ts';

export type Baselines = Readonly<Record<string, Metrics>>;

export async function writeBaselines(folder: string, baselines: Baselines): Promise<void> {
  await writeFileAtomic(join(folder, NAME), `${JSON.stringify(baselines, null, 1)}\n`);
}

/** @returns undefined where the folder has none. @throws Error when it has another file of that name */
export async function readBaselines(folder: string): Promise<Baselines | undefined> {
  const text = await readFile(join(folder, NAME), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  if (text === undefined) return undefined;
  const baselines = parsedJson(text) as Baselines | undefined;
  if (baselines && Object.values(baselines).every(({ mIoU }) => typeof mIoU === 'number')) return baselines;
  throw new Error(`${join(folder, NAME)}: expected metrics by name, got something else. Delete it, or simulate again.`);
}

const NAME = 'baselines.json';
