/**
 * Old indexes and what is left of killed writers, deleted: but for the newest few, the current one and the one before it.
 *
 * What no kept manifest names may be another writer's, whose manifest or pointer is still to come. So nothing is deleted that was
 * written within a day, which no publish takes: neither an object nor a manifest nor a report. What is named and what is there is
 * looked at once. Before each deletion the pointer is looked at again, and a process that has moved it does its own tidying; what was
 * given a fresh date meanwhile stays.
 */
import { MANIFESTS, OBJECTS, POINTER_PATH, REPORTS, rankingPath, reportPath } from '../../../index/format/pointer.ts';
import type { BundleStore } from './store.ts';
import { filesIfKnown, readCurrent, versionsIn } from './versions.ts';

export const ORPHAN_MS = 24 * 3600_000;

/** @param keep how many indexes stay, the current one included */
export async function tidy(store: BundleStore, keep: number, now: Date): Promise<void> {
  await store.sweep();
  const { pointer, tag } = await readCurrent(store);
  const manifests = await store.list(MANIFESTS);
  const all = [...manifests, ...(await store.list(OBJECTS)), ...(await store.list(REPORTS))];
  const versions = versionsIn(manifests, pointer);
  const pinned = versions.filter(({ isCurrent, isPrevious }) => isCurrent || isPrevious);
  const others = versions.filter((version) => !pinned.includes(version));
  const kept = [...pinned, ...others.slice(0, Math.max(0, keep - pinned.length))];
  const named = new Set<string>();
  for (const version of kept) {
    const files = await filesIfKnown(store, version.indexVersion);
    if (!files && pinned.includes(version)) return; // nothing can be called superfluous
    for (const path of files ?? []) named.add(path);
    for (const pathOf of [reportPath, rankingPath]) named.add(pathOf(version.indexVersion));
  }
  const before = now.getTime() - ORPHAN_MS;
  for (const { path } of all.filter(({ path, writtenAt }) => writtenAt < before && !named.has(path))) {
    if ((await store.read(POINTER_PATH))?.tag !== tag) return;
    await store.remove(path, before);
  }
}
