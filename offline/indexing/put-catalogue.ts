/** The catalogue of an index into a store: index/search/catalogue-writer.ts with its files named by their content. */
import type { Track } from '../../index/format/catalogue.ts';
import type { BundleShards } from '../../index/format/manifest.ts';
import {
  type CatalogueWriter,
  createCatalogueWriter,
  type WrittenCatalogue,
} from '../../index/search/catalogue-writer.ts';
import { putObject } from './store/publish.ts';
import type { BundleStore } from './store/store.ts';

/** @param before of the index that is changed, whose tracks come first */
export function catalogueWriter(store: BundleStore, before?: BundleShards): CatalogueWriter {
  return createCatalogueWriter((role, extension, content) => putObject(store, role, extension, content), before);
}

export async function putCatalogue(
  store: BundleStore,
  tracks: Iterable<Track> | AsyncIterable<Track>,
  before?: BundleShards,
): Promise<WrittenCatalogue> {
  const writer = catalogueWriter(store, before);
  for await (const track of tracks) await writer.append(track);
  return writer.close();
}
