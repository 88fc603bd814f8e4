/** A folder for what a library can only write to disk; it is gone afterwards, and with the next run where this one is killed. */
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { notWritten } from './files.ts';
import { removeLeftoversOnce, temporaryName } from './leftovers.ts';

/** @param below where the folder is made; the system's temporary folder unless said */
export async function inScratch<T>(work: (folder: string) => Promise<T>, below = tmpdir()): Promise<T> {
  const folder = temporaryName(join(below, 'cuepoint'), 'partial');
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw notWritten(folder, error);
  });
  await removeLeftoversOnce(below);
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }); // work that was given up may still write
  }
}
