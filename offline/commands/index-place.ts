/** Where an index is published: the folder of the Worker's static assets, or an R2 bucket of wrangler.toml. */
import { openBucket } from '../indexing/store/bucket.ts';
import { folderStore } from '../indexing/store/folder-store.ts';
import type { BundleStore } from '../indexing/store/store.ts';

const assetsOrR2: string[] = ['assets', 'r2'];

export const placeArgs = {
  in: { type: 'enum', options: assetsOrR2, default: 'assets', description: "the Worker's static assets, or R2" },
  bucket: { type: 'string', default: 'BUCKET', description: 'binding of the R2 bucket in wrangler.toml' },
  remote: {
    type: 'boolean',
    description: "the account's bucket (after `wrangler login`), not the local one of `wrangler dev`",
  },
} as const;

interface Place {
  in: string;
  bucket: string;
  remote?: boolean;
  /** The project's, whose wrangler.toml is read. */
  root: string;
  /** Of the static assets. */
  folder: string;
}

export async function withPlace<T>(place: Place, work: (store: BundleStore) => Promise<T>): Promise<T> {
  const { root, bucket: binding, remote = false } = place;
  if (place.in === 'assets' && remote)
    throw new Error('--remote: expected it with R2, got it with assets. Add --in r2.');
  const store = place.in === 'r2' ? await openBucket({ root, binding, remote }) : folderStore(place.folder);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
