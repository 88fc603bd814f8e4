import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Track } from '../../../index/format/catalogue.ts';
import { type ColumnContent, openColumn, writeColumn } from '../../../index/format/column.ts';
import { hashId, openIds, partOf, writeIds } from '../../../index/format/ids.ts';
import type { BundleFile, Manifest } from '../../../index/format/manifest.ts';
import { objectPath } from '../../../index/format/pointer.ts';
import { bytesOf, shardCount } from '../../../index/format/shard-table.ts';
import { hasWords, wordsOf } from '../../../index/format/texts.ts';
import { createCatalogueWriter } from '../../../index/search/catalogue-writer.ts';
import { columnsOf, numberAt } from '../../../index/search/columns.ts';
import { facetsOf } from '../../../index/search/facets.ts';
import { compileFilter, type Filters } from '../../../index/search/filter.ts';
import { type OpenCatalogue, openCatalogue, wholeCatalogue } from '../../../index/search/open-catalogue.ts';
import { sha256Hex } from '../../../offline/lib/files.ts';
import { someTrack } from './some-track.ts';

/** Every fifth removed, some by two artists, with a number, words and both in fields of their own. */
const library = (count: number): Track[] =>
  Array.from({ length: count }, (_, i) =>
    someTrack(`track-${i}`, {
      title: `Piece ${i % 7} No. ${i}`,
      artist: i % 3 ? `Artist ${i % 50}` : `Artist ${i % 50}, Guest`,
      ...(i % 3 ? {} : { artists: [`Artist ${i % 50}`, 'Guest'] }),
      album: i % 2 ? `Album ${i % 400}` : undefined,
      tags: i % 4 ? ['calm', `mood ${i % 9}`] : undefined,
      bpm: i % 11 ? 60 + (i % 1200) / 10 : null,
      durationMs: 1000 * (1 + (i % 300)),
      fields: { year: 1990 + (i % 30), shelf: i % 2 ? `A${i % 20}` : i },
      ...(i % 5 === 4 ? { removed: true as const } : {}),
    }),
  );

async function written(tracks: readonly Track[]) {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const writer = createCatalogueWriter(async (role, extension, content) => {
    const bytes = Uint8Array.from(typeof content === 'string' ? new TextEncoder().encode(content) : content);
    const sha256 = sha256Hex(bytes);
    const path = objectPath(role, sha256, extension);
    files.set(path, bytes);
    return { path, bytes: bytes.length, sha256 };
  });
  for (const track of tracks) await writer.append(track);
  return { ...(await writer.close()), stored: files };
}

const ALL = Number.POSITIVE_INFINITY;
async function opened(tracks: readonly Track[], budgets = { catalogue: ALL, columns: ALL, ids: ALL, texts: ALL }) {
  const { stored, ...manifest } = await written(tracks);
  const read: string[] = [];
  const catalogue = await openCatalogue({
    manifest: manifest as unknown as Pick<Manifest, 'counts' | 'files' | 'columns' | 'shards'>,
    async read({ path }: BundleFile) {
      read.push(path.replace(/^objects\/(\w+)-.*$/, '$1'));
      return stored.get(path)!.buffer;
    },
    budgets,
    guard: (open) => open(),
  });
  return { catalogue, read, manifest };
}

const found = async ({ texts, live }: OpenCatalogue, question: string, from = 0): Promise<number[]> => {
  const labels: number[] = [];
  for await (const { first, lines } of texts(from))
    for (const [i, line] of lines.entries())
      if (first + i >= from && live[first + i] && hasWords(line, wordsOf(question))) labels.push(first + i);
  return labels;
};

describe('a catalogue that is read by need', () => {
  test('answers as one that is in memory: tracks, ids, filters, facets and words', async () => {
    const tracks = library(3000);
    const { catalogue } = await opened(tracks);
    const whole = wholeCatalogue(tracks);
    expect([catalogue.count, catalogue.liveCount, catalogue.fields]).toEqual([3000, 2400, whole.fields]);
    expect(catalogue.live).toEqual(whole.live);
    const labels = [2999, 0, 1500, 1501, 4];
    expect(await catalogue.of(labels)).toEqual(labels.map((label) => tracks[label]));
    const ids = ['track-0', 'track-4', 'track-2998', 'nobody', ''];
    expect(await catalogue.labelsOf(ids)).toEqual([0, undefined, 2998, undefined, undefined]);
    expect(await catalogue.facets()).toEqual(await whole.facets());
    const asked: Filters[] = [
      { artist: 'guest' },
      { artist: 'artist 3, guest', bpm: { range: { min: 70, max: 100.5 } } },
      { tags: { in: ['calm'], not: 'mood 3' }, year: { range: { min: 2000 } } },
      { shelf: '6', album: { not: 'album 1' } },
    ];
    for (const filters of asked) {
      const excluded = { tracks: ids, artists: ['ARTIST 7'] };
      const columns = await catalogue.columns([...Object.keys(filters), 'artist'], ids);
      const { accepted, count } = compileFilter(filters, excluded, columns);
      expect(accepted).toEqual(compileFilter(filters, excluded, await whole.columns([])).accepted);
      expect(count).toBeGreaterThan(0);
      expect(facetsOf(await catalogue.columns(catalogue.fields), filters)).toEqual(
        facetsOf(await whole.columns([]), filters),
      );
    }
    for (const question of ['no. 2998', 'PIECE  3 guest', 'album 39', 'nobody'])
      expect(await found(catalogue, question)).toEqual(await found(whole, question));
    expect(await found(catalogue, 'no. 2998')).toEqual([2998]);
  });

  test('reads the lengths when it is opened, and of the rest what is asked for, once', async () => {
    const { catalogue, read, manifest } = await opened(library(3000));
    expect(shardCount(manifest.shards.catalogue)).toBeGreaterThan(10);
    expect(read.splice(0)).toEqual(['column']);
    await catalogue.of([0, 1, 2999]);
    await catalogue.of([1]);
    expect(read.splice(0)).toEqual(['catalogue', 'catalogue']);
    await catalogue.columns(['bpm', 'artist', 'gone', 'bpm']);
    await catalogue.columns(['bpm', 'durationMs']);
    expect(read.splice(0)).toEqual(['column', 'column']);
    await catalogue.labelsOf(['track-1', 'track-2']);
    expect(read.splice(0)).toEqual(['ids']);
    await catalogue.facets();
    await catalogue.facets();
    expect(read.splice(0)).toEqual(['facets']);
  });

  test('keeps no more than its budgets, and answers all the same', async () => {
    const { catalogue, manifest } = await opened(library(3000), {
      catalogue: 200_000,
      columns: 9000,
      ids: 0,
      texts: 0,
    });
    expect(bytesOf(manifest.shards.catalogue)).toBeGreaterThan(1e6);
    const { catalogue: lines, columns } = catalogue.counts;
    for (let label = 0; label < 3000; label += 50) {
      expect((await catalogue.of([label]))[0].id).toBe(`track-${label}`);
      expect(lines?.bytes).toBeLessThan(200_000);
    }
    for (const field of catalogue.fields) expect((await catalogue.columns([field])).column(field)?.field).toBe(field);
    expect(columns?.bytes).toBeLessThan(20_000); // the last one is kept whatever its size
  });

  test('equal tracks give equal files; a changed one changes its shard, and the shards of others stay', async () => {
    const tracks = library(3000);
    const [one, two] = [await written(tracks), await written(tracks)];
    expect(two).toEqual(one);
    const before = { catalogue: one.shards.catalogue, texts: one.shards.texts };
    const files: string[] = [];
    const writer = createCatalogueWriter(async (role, extension, content) => {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      const path = objectPath(role, sha256Hex(bytes), extension);
      if (!one.stored.has(path)) files.push(role);
      return { path, bytes: bytes.length, sha256: sha256Hex(bytes) };
    }, before);
    for (const track of [...tracks.with(1700, { ...tracks[1700], removed: true }), someTrack('new')])
      await writer.append(track);
    const { shards } = await writer.close();
    expect(files.filter((role) => role === 'catalogue')).toHaveLength(2);
    expect(shards.catalogue.first.slice(0, -1)).toEqual(one.shards.catalogue.first);
  });

  test('two live tracks of one id are refused, and a removed one beside a live one is not', async () => {
    const twice = [someTrack('a'), someTrack('b'), someTrack('a')];
    await expect(written(twice)).rejects.toThrow(
      'ids: expected each track to have its own, got one for the tracks 0 and 2',
    );
    const { catalogue } = await opened(twice.with(0, someTrack('a', { removed: true })));
    expect(await catalogue.labelsOf(['a', 'b'])).toEqual([2, 1]);
  });

  test('a track that there is not is a range error, and a field is not looked at before it is loaded', async () => {
    const { catalogue } = await opened(library(10));
    for (const label of [-1, 10, 0.5]) await expect(catalogue.of([label])).rejects.toThrow(RangeError);
    const columns = await catalogue.columns(['bpm']);
    expect(() => columns.column('artist')).toThrow('internal: column artist was not loaded');
    expect(columns.column('nothing')).toBeUndefined();
  });

  test('an index without a track opens', async () => {
    const { catalogue } = await opened([]);
    expect([catalogue.count, await catalogue.labelsOf(['a']), await found(catalogue, 'a')]).toEqual([
      0,
      [undefined],
      [],
    ]);
  });
});

describe('a column', () => {
  const numbers = (values: readonly number[]) => writeColumn({ kind: 'number', values: Float64Array.from(values) });
  const back = (bytes: Uint8Array<ArrayBuffer>, count: number): number[] => {
    const column = openColumn(bytes.buffer, 'n');
    if (column.kind !== 'number') throw new Error('expected numbers');
    return Array.from({ length: count }, (_, label) => numberAt(column, label));
  };

  test.each([
    ['small whole numbers', [0, 254, Number.NaN], 1],
    ['tenths', [101.3, 60, Number.NaN, 6553.4], 2],
    ['lengths in milliseconds', [86_400_000, 1, Number.NaN], 4],
    ['negative numbers', [-14.13, 2, Number.NaN], 8],
    ['thirds', [1 / 3, Number.NaN], 8],
    ['infinities', [Number.POSITIVE_INFINITY, 5], 8],
  ])('of %s takes as few bytes as give them back', (_, values, bytes) => {
    expect(numbers(values).length).toBe(48 + bytes * values.length);
    expect(back(numbers(values), values.length)).toEqual(values);
  });

  test('of any numbers gives each back to the last digit', () => {
    const value = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.integer().map((whole) => whole / 100),
    );
    fc.assert(
      fc.property(fc.array(value), (values) => {
        expect(back(numbers(values), values.length)).toEqual(values);
      }),
    );
  });

  test('of words takes a byte a track while they are few', () => {
    const tracks = Array.from({ length: 1000 }, (_, i) => someTrack(`${i}`, { licence: `CC ${i % 200}` }));
    const column = columnsOf(tracks).column('licence');
    expect(column?.kind === 'text' && column.codes.BYTES_PER_ELEMENT).toBe(1);
  });

  test('that is cut, or of another version, is refused by its field', () => {
    const content: ColumnContent = {
      kind: 'list',
      words: ['b', 'a'],
      counts: Uint16Array.of(2, 0, 1),
      places: Uint32Array.of(0, 1, 1),
      also: { labels: new Uint32Array(0), places: new Uint32Array(0) },
    };
    const whole = writeColumn(content);
    expect(openColumn(whole.slice().buffer, 'tags')).toMatchObject({ kind: 'list', count: 3 });
    for (const length of [0, 47, whole.length - 1])
      expect(() => openColumn(whole.slice(0, length).buffer, 'tags')).toThrow(/^column "tags": expected .+, got .+\./);
    const other = whole.slice();
    other[4] = 9;
    expect(() => openColumn(other.buffer, 'tags')).toThrow('column "tags": expected version 1, got 9.');
  });
});

test('20,000 ids are found each in its part, and no other', () => {
  const ids = Array.from({ length: 20_000 }, (_, i) => `artist-album-${i}-0f${(i * 7919).toString(16)}`);
  const hashes = ids.map(hashId);
  const parts = writeIds(
    Uint32Array.from(hashes, ({ high }) => high),
    Uint32Array.from(hashes, ({ low }) => low),
    Uint32Array.from(ids.keys()),
  );
  expect(parts.length).toBe(3);
  const opened = parts.map(({ bytes }) => openIds(bytes.buffer, ids.length));
  for (const [label, hash] of hashes.entries()) expect(opened[partOf(hash, 3)].find(hash)).toBe(label);
  for (let i = 0; i < 20_000; i++) {
    const hash = hashId(`other-${i}`);
    expect(opened[partOf(hash, 3)].find(hash)).toBeUndefined();
  }
});
