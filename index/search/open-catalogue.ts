/**
 * A catalogue that is read by need: the lines of the tracks that are answered, the columns of the fields that are asked for, the part of
 * the ids that an id stands in, the texts that words are looked for in. Held whole is one column: how long each track is, which every
 * answer asks.
 *
 * What is read is kept while there is room for it. How a file is read and checked is the caller's function. An index of an old format has
 * all tracks in one file: wholeCatalogue answers the same of it.
 */
import { type CatalogueShard, openCatalogueShard, type Track } from '../format/catalogue.ts';
import { type Column, type NumberColumn, openColumn } from '../format/column.ts';
import { type Facet, readFacets } from '../format/facets.ts';
import { hashId, openIds, partOf } from '../format/ids.ts';
import type { BundleFile, Manifest } from '../format/manifest.ts';
import { type Cache, createCache, createShardCache, isGivenBack } from '../format/shard-cache.ts';
import { shardAt, shardCount } from '../format/shard-table.ts';
import { readTexts, textOf } from '../format/texts.ts';
import { fromUtf8 } from '../utf8.ts';
import { type Columns, columnsOf, countIn, withoutValue } from './columns.ts';
import { facetsOf } from './facets.ts';

/** A part of the texts: of the tracks from `first` on, a line each. */
export interface TextsPart {
  first: number;
  lines: readonly string[];
}

export interface OpenCatalogue {
  /** Places: removed tracks included. Labels are below. */
  count: number;
  /** By label: 1 = in the index, 0 = removed. */
  live: Uint8Array;
  liveCount: number;
  /** How long each track is, in milliseconds. */
  durations: NumberColumn;
  /** Every field there is, the built-in ones first. */
  fields: readonly string[];
  /** In the order asked. @throws RangeError when there is no such track; what reading a shard throws */
  of(labels: readonly number[]): Promise<Track[]>;
  /**
   * Of tracks in the index, in the order asked; undefined where there is none. A made-up id may be taken for another's (index/format/ids.ts).
   */
  labelsOf(ids: readonly string[]): Promise<(number | undefined)[]>;
  /** These fields, as far as there are such, and the places of these ids, to be looked at without waiting. */
  columns(fields: Iterable<string>, ids?: readonly string[]): Promise<Columns>;
  /** Of all tracks. */
  facets(): Promise<readonly Facet[]>;
  /** The texts of all tracks, from the part on that has this one. */
  texts(from: number): AsyncGenerator<TextsPart>;
  /** Reads so far and bytes held, by what was read. */
  readonly counts: Readonly<Partial<Record<CatalogueRole, Cache<never>['counts']>>>;
}

/** What is read of it by need. */
export const CATALOGUE_ROLES = ['catalogue', 'columns', 'ids', 'texts'] as const;
export type CatalogueRole = (typeof CATALOGUE_ROLES)[number];
/** Bytes that are kept at most of each. */
export type CatalogueBudgets = Record<CatalogueRole, number>;

export interface OpenCatalogueOptions {
  manifest: Pick<Manifest, 'counts' | 'files' | 'columns' | 'shards'>;
  /** @throws when the file is not what the manifest says it is */
  read(file: BundleFile): Promise<ArrayBuffer>;
  budgets: CatalogueBudgets;
  /** Makes what a reader throws the error that the caller wants. */
  guard: <T>(open: () => T) => T;
}

const DURATIONS = 'durationMs';

/** @throws Error when the files do not belong together; what `read` and the files' own readers throw, by `guard` */
export async function openCatalogue({ manifest, read, budgets, guard }: OpenCatalogueOptions): Promise<OpenCatalogue> {
  const { counts, files, columns: columnFiles, shards } = manifest;
  const count = counts.tracks;
  const placeOf = new Map(columnFiles.map(({ field }, place) => [field, place]));

  async function readColumn(place: number): Promise<{ column: Column; bytes: number; buffer: ArrayBuffer }> {
    const file = columnFiles[place];
    const buffer = await read(file);
    const column = guard(() => {
      const column = openColumn(buffer, file.field);
      same(`tracks in the column ${JSON.stringify(file.field)}`, count, column.count);
      same(`kind of the column ${JSON.stringify(file.field)}`, file.kind, column.kind);
      return column;
    });
    return { column, bytes: buffer.byteLength, buffer };
  }

  const lengths = placeOf.get(DURATIONS);
  const durations = lengths === undefined ? undefined : (await readColumn(lengths)).column;
  const opened = guard(() => {
    if (durations?.kind !== 'number') throw new Error(`catalogue: expected the column "${DURATIONS}", got none.`);
    const live = withoutValue(durations, new Uint8Array(count).fill(1)).map((removed) => removed ^ 1);
    const liveCount = countIn(live); // a track that was removed has no length, and every other one has
    same('tracks that were not removed', count - counts.removed, liveCount);
    return { durations, live, liveCount };
  });

  const lines = createShardCache<CatalogueShard & { buffer: ArrayBuffer }>(
    shards.catalogue,
    async (shard) => {
      const buffer = await read(shard);
      return guard(() => {
        const opened = openCatalogueShard(buffer);
        same(`tracks in ${shard.path}`, shard.tracks, opened.tracks);
        return { ...opened, buffer };
      });
    },
    budgets.catalogue,
  );
  const columns = createCache(readColumn, budgets.columns);
  const ids = createCache(async (place) => {
    const shard = shardAt(shards.ids, place);
    const buffer = await read(shard);
    return guard(() => {
      const part = openIds(buffer, count);
      same(`ids in ${shard.path}`, shard.tracks, part.count);
      return { part, bytes: buffer.byteLength, buffer };
    });
  }, budgets.ids);
  const texts = createCache(async (place) => {
    const shard = shardAt(shards.texts, place);
    const buffer = await read(shard);
    return { shard, bytes: buffer.byteLength, buffer };
  }, budgets.texts);
  let counted: readonly Facet[] | undefined;

  async function labelsOf(asked: readonly string[]): Promise<(number | undefined)[]> {
    const parts = shardCount(shards.ids);
    if (parts === 0) return asked.map(() => undefined);
    const hashes = asked.map(hashId);
    const held = await ids.get(hashes.map((hash) => partOf(hash, parts)));
    return hashes.map((hash, i) => held[i].part.find(hash));
  }

  const fields = columnFiles.map(({ field }) => field);
  return {
    count,
    ...opened,
    fields,
    of: (labels) => lines.copies(labels, (shard, track) => guard(() => shard.trackAt(track))),
    labelsOf,
    async columns(wanted, asked = []) {
      const places = [...new Set(wanted)].flatMap((field) => (field === DURATIONS ? [] : (placeOf.get(field) ?? [])));
      const held = await columns.get(places);
      const byField = new Map<string, Column>([[DURATIONS, opened.durations]]);
      for (const { column } of held) byField.set(column.field, column);
      const labels = asked.length ? await labelsOf(asked) : [];
      const byId = new Map(asked.map((id, i) => [id, labels[i]]));
      return {
        count,
        ...opened,
        fields,
        kindOf: (field) => columnFiles[placeOf.get(field) ?? -1]?.kind,
        column(field) {
          const column = byField.get(field);
          if (!column && placeOf.has(field)) throw new Error(`internal: column ${field} was not loaded.`);
          return column;
        },
        labelOf(id) {
          if (!byId.has(id)) throw new Error('internal: an id was not looked up.');
          return byId.get(id);
        },
      };
    },
    async facets() {
      if (counted) return counted;
      const text = fromUtf8(await read(files.facets!));
      counted = guard(() => readFacets(text));
      return counted;
    },
    async *texts(from) {
      const { first } = shards.texts;
      for (let place = 0; place < shardCount(shards.texts); place++) {
        if (first[place + 1] <= from) continue;
        let [part] = await texts.get([place]);
        while (isGivenBack(part)) [part] = await texts.get([place]);
        const { shard, buffer } = part;
        const lines = guard(() => readTexts(buffer, shard.tracks));
        texts.free(); // lines are texts of their own
        yield { first: shard.first, lines };
      }
    },
    counts: { catalogue: lines.counts, columns: columns.counts, ids: ids.counts, texts: texts.counts },
  };
}

/** The same of tracks that are in memory, which must not change. */
export function wholeCatalogue(tracks: readonly Track[]): OpenCatalogue {
  const columns = columnsOf(tracks);
  const { live, liveCount, fields, labelOf } = columns;
  return {
    count: tracks.length,
    live,
    liveCount,
    durations: columns.column(DURATIONS) as NumberColumn,
    fields,
    async of(labels) {
      return labels.map((label) => {
        if (!tracks[label]) throw new RangeError(`catalogue: expected a track of the index, got ${label}.`);
        return tracks[label];
      });
    },
    labelsOf: async (ids) => ids.map(labelOf),
    columns: async () => columns,
    facets: async () => facetsOf(columns),
    async *texts(from) {
      yield { first: from, lines: tracks.slice(from).map(textOf) };
    },
    counts: {},
  };
}

function same(what: string, expected: unknown, got: unknown): void {
  if (expected !== got) throw new Error(`bundle: expected ${expected} ${what}, got ${got}. Build the index again.`);
}
