/** A folder for what a library can only write to disk; it is gone afterwards. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @param below where the folder is made; the system's temporary folder unless said */
export async function inScratch<T>(work: (folder: string) => Promise<T>, below = tmpdir()): Promise<T> {
  await mkdir(below, { recursive: true });
  const folder = await mkdtemp(join(below, 'cuepoint-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }); // work that was given up may still write
  }
}
