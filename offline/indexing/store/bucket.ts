/** The R2 bucket of wrangler.toml as a place of published indexes. */
import { join } from 'node:path';
import { openBoundBucket } from '../../local-worker/bound-bucket.ts';
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

/** @throws Error when wrangler.toml has no such binding, or when the account cannot be reached */
export async function openBucket({ root, binding, remote, state }: BucketOptions): Promise<BundleStore> {
  const missing = (bound: readonly string[]): Error =>
    new Error(
      `--bucket: expected an R2 binding "${binding}" in wrangler.toml, found ${bound.map((name) => `"${name}"`).join(', ') || 'none'}. Create a bucket by \`npx wrangler r2 bucket create NAME\` and add [[r2_buckets]] with binding = "${binding}" and bucket_name = "NAME".`,
    );
  const config = join(root, 'wrangler.toml');
  const { bucket, name, isRemote, close } = await openBoundBucket({ config, binding, remote, state, missing });
  return r2Store(`R2 bucket ${name}${isRemote ? '' : ' (local)'}`, bucket, close);
}
