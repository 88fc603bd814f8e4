/**
 * `baselines.json` in a simulated data folder: what is known of its test split without training; see baselines.ts. Beside it
 * `baselines-by-tracks.json` tells seen and new tracks apart, where there are both (metrics/track-groups.ts). Worlds of earlier programs
 * have only the first, and it is the same to the byte.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../lib/files.ts';
import { parsedJson } from '../../lib/json.ts';
import type { Metrics, MetricsApart } from '../../metrics/metrics.ts';
import type { Apart } from '../../metrics/track-groups.ts';

export type Baselines = Readonly<Record<string, MetricsApart>>;

const [ALL, APART] = ['baselines.json', 'baselines-by-tracks.json'];

export async function writeBaselines(folder: string, baselines: Baselines): Promise<void> {
  const entries = Object.entries(baselines);
  const all = Object.fromEntries(entries.map(([name, { groups: _, ...metrics }]) => [name, metrics]));
  const apart = Object.fromEntries(entries.flatMap(([name, { groups }]) => (groups ? [[name, groups]] : [])));
  const write = (file: string, content: object) =>
    writeFileAtomic(join(folder, file), `${JSON.stringify(content, null, 1)}\n`);
  await write(ALL, all);
  if (Object.keys(apart).length) await write(APART, apart);
}

/** @returns undefined where the folder has none. @throws Error when it has another file of that name */
export async function readBaselines(folder: string): Promise<Baselines | undefined> {
  const all = await read<Metrics>(folder, ALL, isMetrics);
  const areApart = (groups: Apart<Metrics>) => Object.values(groups).every(isMetrics);
  const apart = await read<Apart<Metrics>>(folder, APART, areApart);
  const entries = Object.entries(all ?? {}).map(([name, metrics]): [string, MetricsApart] => {
    const groups = apart?.[name];
    return [name, groups ? { ...metrics, groups } : metrics];
  });
  return all && Object.fromEntries(entries);
}

const isMetrics = ({ mIoU }: Metrics): boolean => typeof mIoU === 'number';

async function read<T>(
  folder: string,
  file: string,
  isRight: (value: T) => boolean,
): Promise<Record<string, T> | undefined> {
  const path = join(folder, file);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  if (text === undefined) return undefined;
  const found = parsedJson(text) as Record<string, T> | undefined;
  if (found && Object.values(found).every(isRight)) return found;
  throw new Error(`${path}: expected metrics by name, got something else. Delete it, or simulate again.`);
}
