/**
 * Tracks out of an index: they are marked in the catalogue and in the vectors, and keep their places, so that everything else stays
 * as it is. Their tokens go with the next build. No model is needed.
 */
import type { Track } from '../../index/format/catalogue.ts';
import type { Manifest } from '../../index/format/manifest.ts';
import { changedVectors } from './change-vectors.ts';
import { putCatalogue } from './put-catalogue.ts';
import { putVectors } from './put-vectors.ts';
import { catalogueTracks } from './store/catalogue.ts';
import type { BundleStore } from './store/store.ts';
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
  const found = await findTracks(store, manifest, { tracks, files });
  const { kind, bytes } = await changedVectors(store, manifest, { removed: [...found.keys()] });
  const written = await putCatalogue(store, without(catalogueTracks(store, manifest), found), manifest.shards);
  const changed = completeManifest({
    ...manifest,
    retrieval: { ...manifest.retrieval, kind },
    counts: written.counts,
    columns: written.columns,
    files: { ...manifest.files, ...written.files, vectors: await putVectors(store, bytes) },
    shards: { ...manifest.shards, ...written.shards },
  });
  return { manifest: changed, removed: [...found.values()] };
}

/** By their places, in the order in which they are named. */
async function findTracks(
  store: BundleStore,
  manifest: Manifest,
  { tracks, files }: RemoveOptions,
): Promise<Map<number, Track>> {
  const [byId, byFile] = [placesOf(tracks), placesOf(files)];
  const found = new Map<number, Track>();
  let [place, live] = [0, 0];
  for await (const track of catalogueTracks(store, manifest)) {
    const isMeant = !track.removed && [byId.see(track.id, place), byFile.see(track.file, place)].includes(true);
    if (isMeant) found.set(place, track);
    if (!track.removed) live++;
    place++;
  }
  const checked = (at: readonly number[], what: string): readonly number[] => {
    if (at.length === 0)
      throw new Error(`remove: expected a track of the index, got ${what}. \`GET /v1/tracks\` lists them.`);
    return at;
  };
  const places = new Set([
    ...tracks.flatMap((id) => checked(byId.of(id), `the id "${id}"`)),
    ...files.flatMap((file) => checked(byFile.of(file), `the file "${file}"`)),
  ]);
  if (places.size === live)
    throw new Error(
      `remove: expected a track to stay, got all ${live}. Build an index of other music, or undeploy the Worker.`,
    );
  return new Map(Array.from(places, (at) => [at, found.get(at)!]));
}

/** Where each of these names stands: a file that was replaced and added again has a track of each content. */
function placesOf(names: readonly string[]) {
  const places = new Map<string, number[]>(names.map((name) => [name, []]));
  return {
    /** @returns whether it is wanted */
    see(name: string, place: number): boolean {
      places.get(name)?.push(place);
      return places.has(name);
    },
    of: (name: string): readonly number[] => places.get(name)!,
  };
}

async function* without(catalogue: AsyncIterable<Track>, removed: ReadonlyMap<number, Track>): AsyncGenerator<Track> {
  let place = 0;
  for await (const track of catalogue) {
    if (!removed.has(place++)) yield track;
    else {
      const { preview: _, ...rest } = track; // its audio is published no more
      yield { ...rest, removed: true };
    }
  }
}
