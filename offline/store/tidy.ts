/**
 * Old indexes and what is left of killed writers, deleted: but for the newest few, the current one and the one before it.
 *
 * An object that no kept manifest names may be another writer's, whose manifest is still to come. So nothing is deleted that was
 * written within a day, which no publish takes.
 */
import { MANIFESTS, OBJECTS } from '../../index/pointer.ts';
import type { BundleStore } from './store.ts';
import { filesIfKnown, listVersions } from './versions.ts';

export const ORPHAN_MS = 24 * 3600_000;

/** @param keep how many indexes stay, the current one included */
export async function tidy(store: BundleStore, keep: number, now: Date): Promise<void> {
  const versions = await listVersions(store);
  const pinned = versions.filter(({ isCurrent, isPrevious }) => isCurrent || isPrevious);
  const others = versions.filter((version) => !pinned.includes(version));
  const kept = [...pinned, ...others.slice(0, Math.max(0, keep - pinned.length))];
  const named = new Set<string>();
  for (const version of kept) {
    const files = await filesIfKnown(store, version.indexVersion);
    if (!files && pinned.includes(version)) return; // nothing can be called superfluous
    for (const path of files ?? []) named.add(path);
  }
  for (const { path } of await store.list(MANIFESTS))
    if (path.endsWith('.json') && !named.has(path)) await store.remove(path);
  for (const folder of [OBJECTS, MANIFESTS])
    for (const { path, writtenAt } of await store.list(folder))
      if (!named.has(path) && now.getTime() - writtenAt > ORPHAN_MS) await store.remove(path);
}
