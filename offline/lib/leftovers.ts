/**
 * What a run that was killed leaves half written, found and removed by a later one.
 *
 * A file or folder that is being written has a name that says so and by whom: NAME.<machine>-<process>-<random>.tmp. Where that
 * process is gone, it will not be finished. Of another machine's (a shared folder, a container) nothing is known but the age; the
 * same goes for a process of ours that is there, since numbers are given again.
 */
import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';

/** Nothing is written for so long without its date changing. */
const ABANDONED_MS = 24 * 3600_000;
/** Also the names that earlier versions gave: no machine, no process. */
const LEFTOVER = /\.(?:[0-9a-f]{8}-\d+-)?[0-9a-f]{12}\.(?:tmp|partial)(?:\.\w+)?$/;

/** Within a container process numbers are its own, and its host's name is mostly its own, too. */
const machine = crc32(`${hostname()} ${processNumbers()}`).toString(16).padStart(8, '0');

/** Beside `path`, and never twice. @param ending of a folder `partial` */
export function temporaryName(path: string, ending: 'tmp' | 'partial' = 'tmp'): string {
  return `${path}.${machine}-${process.pid}-${randomBytes(6).toString('hex')}.${ending}`;
}

/** Remove what will not be finished, of the files and folders directly in `folder`. Nothing happens where it cannot be read. */
export async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []); // the write itself reports that
  for (const name of names) {
    const path = join(folder, name);
    if (await isLeftOver(path, name)) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

const looked = new Set<string>();

/** The same, the first time that this process writes into the folder. */
export async function removeLeftoversOnce(folder: string): Promise<void> {
  const place = resolve(folder);
  if (looked.has(place)) return;
  looked.add(place);
  await removeLeftovers(place);
}

async function isLeftOver(path: string, name: string): Promise<boolean> {
  if (!LEFTOVER.test(name)) return false;
  if (isOfDeadProcess(name)) return true;
  const { mtimeMs } = (await lstat(path).catch(() => undefined)) ?? { mtimeMs: Date.now() };
  return Math.abs(Date.now() - mtimeMs) > ABANDONED_MS; // also one dated in the future
}

/** Whether the name is temporaryName's, given by a process of this machine that has ended. */
export function isOfDeadProcess(name: string): boolean {
  const [, of, pid] = /\.([0-9a-f]{8})-(\d+)-[0-9a-f]{12}\.(?:tmp|partial)/.exec(name) ?? [];
  return of === machine && !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // another user's
  }
}

/** Linux: which set of process numbers this one is from. */
function processNumbers(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
