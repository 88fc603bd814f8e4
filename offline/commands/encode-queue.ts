/** What `cuepoint encode` does otherwise when workers of a queue encode. */
import type { MediaFolderOptions } from '../encode/media-folder.ts';
import { isBucketAddress } from '../encode/queue/bucket.ts';
import { byQueue } from '../encode/queue/by-queue.ts';
import { print, progress } from './command.ts';
import { openQueue, openStore } from './queue-options.ts';

/** @throws Error when flags of this machine and of a queue are given together, or half of those of a queue */
export function refuseMixed(args: Readonly<Record<string, unknown>>): void {
  const isFolder = typeof args.store === 'string' && !isBucketAddress(args.store);
  const fault =
    args.queue && !args.store
      ? '--queue: expected --store, too, where the workers put what they encode. Give a folder that all machines see, or s3://bucket/folder.'
      : args.queue && args.workers
        ? '--workers: expected without --queue. Give it to `cuepoint worker`, on each machine.'
        : args.queue && args['file-limit']
          ? '--file-limit: expected without --queue. Give it to `cuepoint worker`, on each machine.'
          : args.queue && args.cache && isFolder
            ? '--cache: expected without a folder as --store, which is the cache. Leave it out.'
            : undefined;
  if (fault) throw new Error(fault);
  if (args.queue) return;
  for (const flag of ['store', 'shard-files'])
    if (args[flag]) throw new Error(`--${flag}: expected with --queue only. Give the queue's address, too.`);
  for (const flag of ['music', 'clips'])
    if (isBucketAddress(String(args[flag] ?? '')))
      throw new Error(
        `--${flag}: expected a folder, got a bucket, which workers of a queue read. Give --queue and --store, too.`,
      );
}

/** The store of a folder is the cache; of a bucket, what is gathered goes into this machine's. */
export async function withQueue<T>(
  queue: string,
  place: string,
  { cache, shardFiles }: { cache: string; shardFiles: number },
  work: (options: Pick<MediaFolderOptions, 'cache' | 'by'>) => Promise<T>,
): Promise<T> {
  const store = await openStore(place, cache);
  const connection = await openQueue(queue);
  const by = byQueue({ connection, store, shardFiles, start: progress, say: (line) => print(`note: ${line}`) });
  try {
    return await work({ cache: store.cache, by });
  } finally {
    by.close();
    await connection.close();
    store.close();
  }
}
