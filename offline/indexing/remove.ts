/**
 * Tracks out of an index: they are marked in the catalogue and in the vectors, and keep their places, so that everything else stays
 * as it is. Their tokens go with the next build. No model is needed.
 */
import type { Track } from '../../index/format/catalogue.ts';
import type { Manifest } from '../../index/format/manifest.ts';
import { changedVectors } from './change-vectors.ts';
import { putCatalogue } from './put-catalogue.ts';
import { allTracks } from './store/catalogue.ts';
import type { BundleStore } from './store/store.ts';
import { putVectors } from './vectors.ts';
import { completeManifest } from './version.ts';

export interface RemoveOptions {
  /** Ids of tracks, and files as the catalogue names them. */
  tracks: readonly string[];
  files: readonly string[];
}

/**
 * Write the objects of the index without them.
 * @returns its manifest, which is not written yet, and what was removed
 * @throws Error when one of them is not in the index, or when nothing would stay
 */
export async function removeFromIndex(
  store: BundleStore,
  manifest: Manifest,
  { tracks, files }: RemoveOptions,
): Promise<{ manifest: Manifest; removed: Track[] }> {
  const before = await allTracks(store, manifest);
  const live = [...before.keys()].filter((place) => !before[place].removed);
  const find = (what: string, is: (track: Track) => boolean): number => {
    const place = live.find((at) => is(before[at]));
    if (place === undefined)
      throw new Error(`remove: expected a track of the index, got ${what}. \`GET /v1/tracks\` lists them.`);
    return place;
  };
  const places = new Set([
    ...tracks.map((id) => find(`the id "${id}"`, (track) => track.id === id)),
    ...files.map((file) => find(`the file "${file}"`, (track) => track.file === file)),
  ]);
  if (places.size === live.length)
    throw new Error(
      `remove: expected a track to stay, got all ${live.length}. Build an index of other music, or undeploy the Worker.`,
    );
  const catalogue = before.map((track, place): Track => {
    if (!places.has(place)) return track;
    const { preview: _, ...rest } = track; // its audio is published no more
    return { ...rest, removed: true };
  });
  const { kind, bytes } = await changedVectors(store, manifest, { removed: [...places] });
  const written = await putCatalogue(store, catalogue, manifest.shards);
  const changed = completeManifest({
    ...manifest,
    retrieval: { ...manifest.retrieval, kind },
    counts: written.counts,
    columns: written.columns,
    files: { ...manifest.files, ...written.files, vectors: await putVectors(store, bytes) },
    shards: { ...manifest.shards, ...written.shards },
  });
  return { manifest: changed, removed: [...places].map((place) => before[place]) };
}
