/** What a shard's report says is encoded, brought into this machine's cache whole; of a folder that is the store nothing is copied. */
import { join } from 'node:path';
import { mapConcurrent } from '../../../index/map-concurrent.ts';
import { FILES_AT_ONCE } from '../../lib/files.ts';
import type { Settled } from '../each.ts';
import type { Medium } from '../medium.ts';
import type { TokenStore } from './token-store.ts';

/** @returns false where something is missing or damaged: the shard must be done again */
export async function gather(report: readonly Settled[], medium: Medium, store: TokenStore): Promise<boolean> {
  const contents = report.flatMap(({ sha256, outcome }) => (outcome.ok && sha256 ? [sha256] : []));
  const found = await mapConcurrent(FILES_AT_ONCE, contents, async (content) => {
    if (await medium.kept(store.cache, content)) return true;
    const paths = medium.folders.map((folder) => join(folder, `${content}.safetensors`));
    return (await store.pull(paths)) && Boolean(await medium.kept(store.cache, content));
  });
  return found.every(Boolean);
}
