/**
 * Published indexes in an R2 bucket, through its binding: https://developers.cloudflare.com/r2/api/workers/workers-api-reference/
 *
 * A put there is whole or not at all and seen by every later read, and it can be made to depend on the object's etag, which is all
 * that publishing needs. How a program outside a Worker comes by a binding is in bucket.ts.
 */
import { createHash } from 'node:crypto';
import type { BundleStore, Listed } from './store.ts';

interface R2Entry {
  key: string;
  size: number;
  etag: string;
  uploaded: Date;
}

/** What is used of the binding. */
export interface Bucket {
  get(key: string): Promise<(R2Entry & { arrayBuffer(): Promise<ArrayBuffer> }) | null>;
  head(key: string): Promise<R2Entry | null>;
  /** Null when the condition does not hold. */
  put(
    key: string,
    value: Uint8Array | string,
    options?: { onlyIf?: { etagMatches: string } | { etagDoesNotMatch: string } },
  ): Promise<R2Entry | null>;
  list(options: {
    prefix: string;
    cursor?: string;
  }): Promise<{ objects: R2Entry[]; truncated: boolean; cursor?: string }>;
  delete(key: string): Promise<void>;
}

/** @param close what must happen when the program needs the bucket no more */
export function r2Store(name: string, bucket: Bucket, close: () => Promise<void> = async () => {}): BundleStore {
  const listed = ({ key, size, uploaded, etag }: R2Entry): Listed => ({
    path: key,
    bytes: size,
    writtenAt: uploaded.getTime(),
    tag: etag,
  });

  async function find(path: string): Promise<Listed | undefined> {
    const found = await bucket.head(path);
    return found ? listed(found) : undefined;
  }

  return {
    name,
    async read(path) {
      const found = await bucket.get(path);
      return found ? { bytes: new Uint8Array(await found.arrayBuffer()), tag: found.etag } : undefined;
    },
    find,
    async list(folder) {
      const all: Listed[] = [];
      let cursor: string | undefined;
      do {
        const page = await bucket.list({ prefix: `${folder}/`, cursor });
        all.push(...page.objects.map(listed));
        cursor = page.truncated ? page.cursor : undefined;
      } while (cursor);
      return all;
    },
    async holds(path, bytes, known) {
      const found = known ?? (await find(path));
      // The etag of an object that was put at once is the MD5 of its bytes; of any other it is something else, and that is written again.
      return found?.bytes === bytes.length && found.tag === createHash('md5').update(bytes).digest('hex');
    },
    async write(path, bytes) {
      await bucket.put(path, bytes);
    },
    async replace(path, bytes, tag) {
      const onlyIf = tag === undefined ? { etagDoesNotMatch: '*' } : { etagMatches: tag };
      return (await bucket.put(path, bytes, { onlyIf })) !== null;
    },
    async freshen(path) {
      const found = await bucket.get(path);
      // Only if it is still that, or something newer would be written over.
      return (
        found !== null &&
        (await bucket
          .put(path, new Uint8Array(await found.arrayBuffer()), { onlyIf: { etagMatches: found.etag } })
          .then(() => true))
      );
    },
    sweep: async () => {}, // an upload that was broken off leaves nothing
    async remove(path, writtenBefore) {
      // The one step between the two is all that a bucket leaves to chance: it has no delete on condition.
      if (writtenBefore !== undefined && ((await bucket.head(path))?.uploaded.getTime() ?? 0) >= writtenBefore) return;
      await bucket.delete(path);
    },
    close,
  };
}
