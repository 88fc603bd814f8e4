/**
 * An R2 bucket that a wrangler configuration binds, from outside the Worker: the local one of `wrangler dev`, or the account's own.
 *
 * A Worker that has this binding and nothing else is started for it (bucket-worker.ts). A binding marked `remote` goes to the account, with
 * the login of `wrangler login` or CLOUDFLARE_API_TOKEN.
 */
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { removeLeftovers, temporaryName } from '../lib/leftovers.ts';
import type { Bucket } from './bucket.ts';
import { startBucketWorker } from './bucket-worker.ts';

export interface BoundBucketOptions {
  /** wrangler's configuration. */
  config: string;
  /** The binding's name there. */
  binding: string;
  /** The account's bucket, not this machine's; as the configuration has it unless given. */
  remote?: boolean;
  /** Of local buckets; where `wrangler dev` has them unless given. */
  state?: string;
  /** What to say where there is no such binding. @param bound the names of those that there are */
  missing(bound: readonly string[]): Error;
}

export interface BoundBucket {
  bucket: Bucket;
  /** The bucket's own name. */
  name: string;
  isRemote: boolean;
  close(): Promise<void>;
}

/** What is used of the configuration; wrangler's own types of it need a Worker's globals. */
interface Configured {
  r2_buckets: { binding: string; bucket_name?: string; jurisdiction?: string; remote?: boolean }[];
  compatibility_date?: string;
  account_id?: string;
}

/** @throws Error as `missing` makes it, or when the account cannot be reached */
export async function openBoundBucket(options: BoundBucketOptions): Promise<BoundBucket> {
  const { config, binding, state = join(dirname(config), '.wrangler/state'), missing } = options;
  const { unstable_readConfig } = await import('wrangler'); // 0.6 s, which no other command should wait
  const { r2_buckets, compatibility_date, account_id } = unstable_readConfig({ config }) as Configured;
  const named = r2_buckets.find((bucket) => bucket.binding === binding);
  if (!named?.bucket_name) throw missing(r2_buckets.map((bucket) => bucket.binding));
  const isRemote = options.remote ?? named.remote ?? false;
  const below = join(dirname(config), '.wrangler/tmp');
  await removeLeftovers(below); // of those that were killed: their key is in them
  const folder = temporaryName(join(below, 'bucket'), 'partial');
  await mkdir(folder, { recursive: true });
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  try {
    const { bucket, close } = await startBucketWorker({
      folder,
      bucket: { bucket_name: named.bucket_name, jurisdiction: named.jurisdiction, remote: isRemote },
      compatibilityDate: compatibility_date,
      accountId: account_id,
      state,
    });
    return { bucket, name: named.bucket_name, isRemote, close: () => close().then(removeFolder) };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}
