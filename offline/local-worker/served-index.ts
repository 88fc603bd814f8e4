/** The Worker on this machine, on an index that lies in a folder, for as long as it is asked. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { POINTER_PATH } from '../../index/format/pointer.ts';
import { withTempDir } from '../lib/temp-dir.ts';
import { startWorker } from './local-worker.ts';
import { prepareWorker } from './prepare.ts';
import { writeWorkerConfig } from './worker-config.ts';

export interface ServedIndex {
  directory: string;
  /** Stops it. */
  signal?: AbortSignal;
}

/**
 * @param root the project's folder
 * @param ask is given the Worker's address, without a slash at its end
 * @throws Error when there is no index in the folder, or the Worker does not start; what asking throws
 */
export async function withServedIndex<T>(
  root: string,
  { directory, signal }: ServedIndex,
  ask: (url: string) => Promise<T>,
): Promise<T> {
  await access(join(directory, POINTER_PATH)).catch((cause) => {
    throw new Error(
      `${directory}: expected an index, found no ${POINTER_PATH} in it. Build one with \`cuepoint index build\`, or give --url of a service.`,
      { cause },
    );
  });
  return withTempDir(
    async (folder) => {
      await prepareWorker();
      const config = join(folder, 'wrangler.json');
      await writeWorkerConfig(config, { root, directory });
      const worker = await startWorker(root, { config, signal });
      try {
        return await ask(worker.url);
      } finally {
        await worker.stop();
      }
    },
    join(root, '.wrangler/tmp'),
  );
}
