/**
 * Published indexes in an R2 bucket, through its binding (local-worker/bound-bucket.ts).
 *
 * A put there is whole or not at all and seen by every later read, and it can be made to depend on the object's etag, which is all
 * that publishing needs.
 */
import { createHash } from 'node:crypto';
import type { Bucket, BucketEntry } from '../../local-worker/bucket.ts';
import type { BundleStore, Listed } from './store.ts';

/** @param close what must happen when the program needs the bucket no more */
export function r2Store(name: string, bucket: Bucket, close: () => Promise<void> = async () => {}): BundleStore {
  const listed = ({ key, size, uploaded, etag }: BucketEntry): Listed => ({
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
