/** The catalogue of an index in a store, track by track, a few shards in memory at a time; of a format that has it in one file, the file. */
import { openCatalogueShard, type Track } from '../../../index/format/catalogue.ts';
import { isOld, type Manifest } from '../../../index/format/manifest.ts';
import { shardsOf } from '../../../index/format/shard-table.ts';
import { readWholeCatalogue } from '../../../index/format/whole-catalogue.ts';
import { type Columns, columnsOf } from '../../../index/search/columns.ts';
import { openCatalogue } from '../../../index/search/open-catalogue.ts';
import { readAhead } from '../../lib/read-ahead.ts';
import { AHEAD, FaultyFileError, readChecked } from './read-checked.ts';
import { type BundleStore, textOf } from './store.ts';

/** In the order of their places, removed ones included. @throws FaultyFileError when a file is missing, or another than is named */
export async function* catalogueTracks(
  store: BundleStore,
  manifest: Pick<Manifest, 'formatVersion' | 'files' | 'shards'>,
): AsyncGenerator<Track> {
  if (isOld(manifest)) {
    const text = textOf(await readChecked(store, manifest.files.catalogue!));
    yield* readable(() => readWholeCatalogue(text));
    return;
  }
  for (const [, coming] of readAhead(
    shardsOf(manifest.shards.catalogue),
    (shard) => readChecked(store, shard),
    AHEAD,
  )) {
    const { bytes } = await coming;
    const { tracks, trackAt } = readable(() => openCatalogueShard(bytes.buffer));
    for (let track = 0; track < tracks; track++) yield readable(() => trackAt(track));
  }
}

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new FaultyFileError((error as Error).message, { cause: error });
  }
}

/** The columns of some fields, as far as there are such. @throws as catalogueTracks */
export async function storedColumns(
  store: BundleStore,
  manifest: Manifest,
  fields: readonly string[],
): Promise<Columns> {
  if (isOld(manifest)) return columnsOf(await allTracks(store, manifest));
  const catalogue = await openCatalogue({
    manifest,
    read: async (file) => (await readChecked(store, file)).bytes.buffer,
    budgets: { catalogue: 0, columns: Number.POSITIVE_INFINITY, ids: 0, texts: 0 },
    guard: readable,
  });
  return catalogue.columns(fields);
}

/** All at once, for what looks at each of them again and again. */
export async function allTracks(store: BundleStore, manifest: Manifest): Promise<Track[]> {
  const tracks: Track[] = [];
  for await (const track of catalogueTracks(store, manifest)) tracks.push(track);
  return tracks;
}
