/**
 * The Worker under workerd on an index that is made for it, for as long as it is asked.
 *
 * The index lies where wrangler keeps its own temporary files. When the work ends, fails or is interrupted, the Worker is stopped and
 * the folder is gone.
 */
import { join } from 'node:path';
import { orAborted, untilInterrupted } from '../lib/interrupt.ts';
import { inScratch } from '../lib/temp-dir.ts';
import { startWorker } from './local-worker.ts';
import { prepareWorker } from './prepare.ts';
import { writeWorkerConfig } from './worker-config.ts';

export interface ScratchWork<Built, Result> {
  /** Puts an index into an empty folder, answered from. */
  build(folder: string): Promise<Built>;
  /** @param url of the Worker, without a slash at its end */
  ask(url: string, built: Built): Promise<Result>;
}

/** @param root the project's folder @throws Error when the Worker does not start, and what the work throws */
export function withScratchWorker<Built, Result>(
  root: string,
  { build, ask }: ScratchWork<Built, Result>,
): Promise<Result> {
  return untilInterrupted((interrupted) =>
    inScratch(
      async (folder) => {
        const directory = join(folder, 'assets');
        const built = await orAborted(build(directory), interrupted);
        await prepareWorker();
        const config = join(folder, 'wrangler.json');
        await writeWorkerConfig(config, { root, directory });
        const worker = await startWorker(root, { config, signal: interrupted });
        try {
          return await orAborted(ask(worker.url, built), interrupted);
        } finally {
          await worker.stop();
        }
      },
      join(root, '.wrangler/tmp'),
    ),
  );
}
