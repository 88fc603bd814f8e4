import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Track } from '../../../index/format/catalogue.ts';
import { columnsOf } from '../../../index/search/columns.ts';
import { compileFilter, type Exclude, type Filters } from '../../../index/search/filter.ts';
import {
  filterBytes,
  labelOfVector,
  toVectorizeFilter,
  vectorIdOf,
  vectorizeMetadata,
  vectorizeTypes,
} from '../../../index/search/vectorize-record.ts';
import { createVectorizeDouble } from '../../doubles/vectorize.ts';
import { someTrack } from './some-track.ts';

const track = (id: string, more: Partial<Track> = {}): Track => someTrack(id, { durationMs: 60_000, ...more });
const A_MINOR = { tonic: 'A', mode: 'minor', confidence: 1 } as const;
const TRACKS = [
  track('a', { bpm: 90, artist: 'Ana ', tags: ['calm'], instrumental: true, key: A_MINOR, fields: { year: 2019 } }),
  track('b', { bpm: 120, artist: 'ANA', licence: 'CC BY', explicit: false, fields: { year: 2020 } }),
  track('c', { bpm: 90.5, artist: 'Bo', licence: 'x'.repeat(70), durationMs: 90_000, fields: { year: 2021 } }),
  track('d', { artist: 'Bo', removed: true, bpm: 90 }),
  track('e', { artist: 'Çelik', licence: 'cc by', instrumental: false, fields: { year: 2019 } }),
];
const columns = columnsOf(TRACKS);
const FIELDS = ['bpm', 'key', 'durationMs', 'instrumental', 'explicit', 'licence', 'artist', 'year'];
const compile = (filters?: Filters, exclude?: Exclude) => toVectorizeFilter(filters, exclude, columns, FIELDS);

describe('ids', () => {
  test('name a version and a label, and are read back for this version only', () => {
    expect(vectorIdOf('a1b2', 17)).toBe('a1b2/17');
    expect(labelOfVector('a1b2', 'a1b2/17', 18)).toBe(17);
    expect(labelOfVector('a1b2', 'a1b2/17', 17)).toBeUndefined();
    for (const id of ['a1b3/17', 'a1b2/017', 'a1b2/1.5', 'a1b2/', 'a1b2/-1', 'a1b2/1e1', '17'])
      expect(labelOfVector('a1b2', id, 100), id).toBeUndefined();
  });
});

describe('metadata', () => {
  test('holds what filters compare: numbers, truths, texts without case and spaces around; of removed tracks nothing', () => {
    expect(TRACKS.map((_, label) => vectorizeMetadata(columns, FIELDS, label))).toEqual([
      { _place: 0, bpm: 90, key: 'a minor', durationMs: 60_000, instrumental: true, artist: 'ana', year: 2019 },
      { _place: 1, bpm: 120, durationMs: 60_000, explicit: false, licence: 'cc by', artist: 'ana', year: 2020 },
      { _place: 2, bpm: 90.5, durationMs: 90_000, licence: 'x'.repeat(70), artist: 'bo', year: 2021 },
      { _place: 3 },
      { _place: 4, durationMs: 60_000, instrumental: false, licence: 'cc by', artist: 'çelik', year: 2019 },
    ]);
  });

  test('has properties of three types; lists, unknown and too many fields are refused', () => {
    expect(Object.fromEntries(vectorizeTypes(columns, FIELDS))).toEqual({
      _place: 'number',
      bpm: 'number',
      key: 'string',
      durationMs: 'number',
      instrumental: 'boolean',
      explicit: 'boolean',
      licence: 'string',
      artist: 'string',
      year: 'number',
    });
    expect(() => vectorizeTypes(columns, ['tags'])).toThrow(
      'got "tags" (list). Filters by it work without being indexed.',
    );
    expect(() => vectorizeTypes(columns, ['moood'])).toThrow(
      'got "moood" (unknown). GET /v1/filters lists the fields.',
    );
    const many = columnsOf([
      track('a', { fields: Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`f${i}`, i])) }),
    ]);
    expect(() =>
      vectorizeTypes(
        many,
        Array.from({ length: 10 }, (_, i) => `f${i}`),
      ),
    ).toThrow('expected at most 9 fields, got 10');
  });
});

test('artists are a list, which Vectorize cannot index, once a track has several; filters by them are left to us', () => {
  const duets = columnsOf([track('a', { artist: 'Ana, Bo', artists: ['Ana', 'Bo'] }), track('b', { artist: 'Bo' })]);
  expect(() => vectorizeTypes(duets, ['artist'])).toThrow(
    'got "artist" (list). Filters by it work without being indexed.',
  );
  expect([0, 1].map((label) => vectorizeMetadata(duets, ['artist'], label))).toEqual([{ _place: 0 }, { _place: 1 }]);
  expect(toVectorizeFilter({ artist: 'Bo' }, { artists: ['Ana'] }, duets, ['artist'])).toBeUndefined();
});

describe('filters in the words of Vectorize', () => {
  test.each<[Filters, unknown]>([
    [{ bpm: 90 }, { bpm: { $eq: 90 } }],
    [{ artist: ' ANA' }, { artist: { $eq: 'ana' } }],
    [{ key: 'a Minor' }, { key: { $eq: 'a minor' } }],
    [{ bpm: { range: { min: 80, max: 100 } } }, { bpm: { $gte: 80, $lte: 100 } }],
    [{ bpm: { range: { max: 100 } } }, { bpm: { $lte: 100 } }],
    [
      { instrumental: true, licence: { in: ['CC BY'] } },
      { instrumental: { $eq: true }, licence: { $in: ['cc by'] } },
    ],
    [{ bpm: { in: [90, 120], range: { min: 100 } } }, { bpm: { $in: [90, 120] } }],
    [{ artist: { not: 'Bo' } }, { artist: { $ne: 'bo' } }],
    [{ artist: { not: { in: ['Bo', 'Ana'] } } }, { artist: { $nin: ['bo', 'ana'] } }],
  ])('%j', (filters, expected) => {
    expect(compile(filters)).toEqual(expected);
  });

  test.each<[string, Filters]>([
    ['lists', { tags: 'calm' }],
    ['texts of which it compares the beginning only', { licence: 'x'.repeat(70) }],
    ['negations where a track has no value', { licence: { not: 'CC BY' } }],
    ['negated ranges', { year: { not: { range: { min: 2020 } } } }],
  ])('what it cannot apply without losing a track is left out: %s', (_, filters) => {
    expect(compile(filters)).toBeUndefined();
  });

  test('artists to leave out are left out there', () => {
    expect(compile(undefined, { artists: ['ANA', 'nobody'] })).toEqual({ artist: { $nin: ['ana', 'nobody'] } });
    expect(compile({ artist: 'Bo' }, { artists: ['Ana'] })).toEqual({ artist: { $eq: 'bo' } });
  });

  test('what would make the filter too long is left out', () => {
    const long = { year: { in: Array.from({ length: 450 }, (_, i) => 1000 + i) } };
    expect(compile({ ...long, bpm: 90 })).toEqual({ bpm: { $eq: 90 } });
    const short = compile({ year: { in: Array.from({ length: 380 }, (_, i) => 1000 + i) } });
    expect(filterBytes({ ...short, _place: { $gte: 9_999_999, $lt: 9_999_999 } })).toBeLessThan(2048);
  });

  test('every track that the filters accept passes in Vectorize, whatever the filters', async () => {
    const index = createVectorizeDouble(1);
    for (const [property, type] of vectorizeTypes(columns, FIELDS)) index.createMetadataIndex(property, type);
    const metadata = TRACKS.map((_, label) => vectorizeMetadata(columns, FIELDS, label));
    await index.upsert(metadata.map((record, label) => ({ id: `${label}`, values: [1], metadata: record })));
    index.settle();
    const value = {
      bpm: fc.constantFrom(90, 90.5, 120),
      year: fc.constantFrom(2019, 2020, 2021),
      durationMs: fc.constantFrom(60_000, 90_000),
      artist: fc.constantFrom('ana', 'Bo', 'ÇELIK', 'nobody'),
      licence: fc.constantFrom('CC BY', 'x'.repeat(70)),
      instrumental: fc.boolean(),
    };
    const asked = <T>(of: fc.Arbitrary<T>) =>
      fc.oneof(of, fc.record({ eq: of, in: fc.array(of, { maxLength: 3 }) }, { requiredKeys: [] }));
    const condition = <T>(of: fc.Arbitrary<T>) =>
      fc.oneof(
        asked(of),
        fc.record({ not: asked(of) }),
        fc.record({ in: fc.array(of, { minLength: 1, maxLength: 2 }), not: asked(of) }),
      );
    const filters = fc.record(
      Object.fromEntries(Object.entries(value).map(([field, of]) => [field, condition(of as fc.Arbitrary<never>)])),
      { requiredKeys: [] },
    ) as fc.Arbitrary<Filters>;
    const artists = fc.array(value.artist, { maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(filters, artists, async (filters, artists) => {
        const { accepted } = compileFilter(filters, { artists }, columns);
        const conditions = compile(filters, { artists });
        const { matches } = await index.query(
          [1],
          conditions ? { topK: 100, filter: { ...conditions } } : { topK: 100 },
        );
        const passed = new Set(matches.map(({ id }) => Number(id)));
        for (const [label, one] of accepted.entries()) if (one) expect(passed.has(label), `track ${label}`).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
