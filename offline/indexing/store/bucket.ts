/**
 * The R2 bucket of wrangler.toml, from outside the Worker: the local one of `wrangler dev`, or the account's own.
 *
 * A Worker that has this binding and nothing else is started for it (bucket-worker.ts). A binding marked `remote` goes to the account, with
 * the login of `wrangler login` or CLOUDFLARE_API_TOKEN.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startBucketWorker } from './bucket-worker.ts';
import { r2Store } from './r2-store.ts';
import type { BundleStore } from './store.ts';

export interface BucketOptions {
  /** The project's folder, whose wrangler.toml is read. */
  root: string;
  /** Its name there. */
  binding: string;
  /** The account's bucket, not this machine's. */
  remote: boolean;
  /** Of local buckets; where `wrangler dev` has them unless given. */
  state?: string;
}

/** What is used of the configuration; wrangler's own types of it need a Worker's globals. */
interface Configured {
  r2_buckets: { binding: string; bucket_name?: string; jurisdiction?: string }[];
  compatibility_date?: string;
  account_id?: string;
}

/** @throws Error when wrangler.toml has no such binding, or when the account cannot be reached */
export async function openBucket({ root, binding, remote, state }: BucketOptions): Promise<BundleStore> {
  const { unstable_readConfig } = await import('wrangler'); // 0.6 s, which no other command should wait
  const { r2_buckets, compatibility_date, account_id } = unstable_readConfig({
    config: join(root, 'wrangler.toml'),
  }) as Configured;
  const named = r2_buckets.find((bucket) => bucket.binding === binding);
  if (!named?.bucket_name)
    throw new Error(
      `--bucket: expected an R2 binding "${binding}" in wrangler.toml, found ${r2_buckets.map((bucket) => `"${bucket.binding}"`).join(', ') || 'none'}. Create a bucket by \`npx wrangler r2 bucket create NAME\` and add [[r2_buckets]] with binding = "${binding}" and bucket_name = "NAME".`,
    );
  const below = join(root, '.wrangler/tmp');
  await mkdir(below, { recursive: true });
  const folder = await mkdtemp(join(below, 'publish-'));
  try {
    const { bucket, close } = await startBucketWorker({
      folder,
      bucket: { bucket_name: named.bucket_name, jurisdiction: named.jurisdiction, remote },
      compatibilityDate: compatibility_date,
      accountId: account_id,
      state: state ?? join(root, '.wrangler/state'),
    });
    return r2Store(`R2 bucket ${named.bucket_name}${remote ? '' : ' (local)'}`, bucket, async () => {
      await close();
      await rm(folder, { recursive: true, force: true });
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
