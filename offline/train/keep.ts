/**
 * Which checkpoints of a run are kept: the newest few, to continue from, and the best by each metric, to use.
 *
 * `last.safetensors` is the newest and always whole; `last-1.safetensors` the one before it, and so on. `best-mIoU.safetensors` and
 * its like hold the parameters without Adam's moments. A file that is damaged is passed over for the one before it, and never takes
 * its place.
 */
import { existsSync } from 'node:fs';
import { copyFile, link, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from '../models/checkpoint.ts';

const KEEP = 2;
export const BEST = ['r1', 'mIoU', 'moR1'] as const;
type BestMetric = (typeof BEST)[number];

export async function saveNewest(folder: string, checkpoint: Checkpoint, keep = KEEP): Promise<void> {
  // Two names of one file: a save that was killed had moved the older ones on already.
  const moved = (await inode(newest(folder, 0))) === (await inode(newest(folder, 1)));
  if (!moved && (await isWhole(newest(folder, 0))))
    for (let age = keep - 1; age > 0; age--)
      if (existsSync(newest(folder, age - 1))) await replaceBy(newest(folder, age), newest(folder, age - 1));
  await saveCheckpoint(newest(folder, 0), checkpoint);
  saved.set(newest(folder, 0), await stateOf(newest(folder, 0)));
}

/** What this process has saved itself, to be read again only when something has touched it since. */
const saved = new Map<string, string>();

async function isWhole(path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  if (saved.get(path) === (await stateOf(path))) return true;
  return loadCheckpoint(path).then(
    () => true,
    () => false,
  );
}

async function stateOf(path: string): Promise<string> {
  const { ino, size, mtimeNs } = await stat(path, { bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}

/** NaN, equal to nothing, where there is no file. */
async function inode(path: string): Promise<number> {
  return existsSync(path) ? (await stat(path)).ino : Number.NaN;
}

/**
 * Save the parameters when the latest validation is the best so far by this metric; of equals the first is kept. A metric that the network
 * does not answer to is NaN, and null once it was read from a file.
 */
export async function saveBest(folder: string, checkpoint: Checkpoint, metric: BestMetric): Promise<void> {
  const values = checkpoint.history.flatMap(({ validation }) => (validation ? [validation[metric]] : []));
  const latest = values.at(-1)!;
  if (Number.isFinite(latest) && values.slice(0, -1).every((value) => value < latest))
    await saveCheckpoint(bestPath(folder, metric), checkpoint, { moments: false });
}

function bestPath(folder: string, metric: BestMetric): string {
  return join(folder, `best-${metric}.safetensors`);
}

/**
 * The newest checkpoint of this run that can be read, if there is any. What a killed save left half written is removed.
 * @param onDamaged told of each newer one that cannot be read, when an older one is taken
 * @throws Error when the folder holds another run, unless that is to be replaced, or when nothing in it can be read
 */
export async function findRun(
  folder: string,
  run: string,
  otherRun: 'refuse' | 'replace' = 'refuse',
  onDamaged: (message: string) => void = () => {},
): Promise<Checkpoint | undefined> {
  if (!existsSync(folder)) return undefined;
  const names = await readdir(folder);
  for (const name of names.filter((name) => /^(last|best|report).*\.tmp$/.test(name))) await rm(join(folder, name));
  const damages: Error[] = [];
  const ages = names.flatMap((name) => {
    const found = /^last(?:-(\d+))?\.safetensors$/.exec(name);
    return found ? [Number(found[1] ?? 0)] : [];
  });
  for (const age of ages.sort((a, b) => a - b)) {
    try {
      const checkpoint = await loadCheckpoint(newest(folder, age));
      for (const { message } of damages) onDamaged(`${message} It is passed over for ${newest(folder, age)}.`);
      if (checkpoint.run === run) return checkpoint;
      if (otherRun === 'replace') return undefined;
      const { config, step, seed } = checkpoint;
      throw new OtherRunError(
        `${folder}: expected a folder for this run, found step ${step} of another (preset ${config.preset}, seed ${seed}; other data, settings or length). Give another folder, or move this one away.`,
      );
    } catch (error) {
      if (error instanceof OtherRunError) throw error;
      damages.push(error as Error);
    }
  }
  if (damages.length && otherRun === 'refuse') throw damages[0];
  return undefined;
}

class OtherRunError extends Error {}

/** A sentence on what is left when a run must stop. @param saved whether this run has saved anything */
export function lastGood(folder: string, saved = existsSync(newest(folder, 0))): string {
  return saved ? `The last good checkpoint is kept: ${newest(folder, 0)}` : 'No checkpoint has been saved yet.';
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
  await rm(temporary, { force: true }); // renaming to another name of the same file leaves it
}
