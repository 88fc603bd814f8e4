import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnsOf } from '../../../index/search/columns.ts';
import { FACET_VALUES, facetsOf } from '../../../index/search/facets.ts';
import { compileFilter } from '../../../index/search/filter.ts';
import { someTrack } from './some-track.ts';

const facet = (tracks: Parameters<typeof columnsOf>[0], field: string) =>
  facetsOf(columnsOf(tracks)).find((one) => one.field === field);

test('every field is there, with what it holds, even where no track has a value', () => {
  const facets = facetsOf(columnsOf([someTrack('a', { fields: { year: 2019 } })]));
  expect(facets.map(({ field, kind }) => `${field} ${kind}`)).toEqual([
    'tags list',
    'genre list',
    'bpm number',
    'key text',
    'durationMs number',
    'instrumental boolean',
    'explicit boolean',
    'licence text',
    'territory list',
    'artist text',
    'album text',
    'year number',
  ]);
  expect(facets[0]).toEqual({ field: 'tags', kind: 'list', tracks: 0, without: 1, values: [], more: 0 });
  expect(facets[2]).toEqual({ field: 'bpm', kind: 'number', tracks: 0, without: 1 });
});

test('values are counted by the tracks that have them, the most frequent first, equal counts by name', () => {
  const tracks = [
    someTrack('a', { tags: ['warm', 'calm'], explicit: false }),
    someTrack('b', { tags: ['Warm', 'WARM', 'bright'], explicit: true }),
    someTrack('c', { explicit: false }),
    someTrack('gone', { tags: ['warm', 'gone'], removed: true }),
  ];
  expect(facet(tracks, 'tags')).toEqual({
    field: 'tags',
    kind: 'list',
    tracks: 2,
    without: 1,
    values: [
      { value: 'warm', tracks: 2 },
      { value: 'bright', tracks: 1 },
      { value: 'calm', tracks: 1 },
    ],
    more: 0,
  });
  expect(facet(tracks, 'explicit')?.values).toEqual([
    { value: false, tracks: 2 },
    { value: true, tracks: 1 },
  ]);
});

test('of numbers there are the smallest and the largest', () => {
  const tracks = [120.5, 90, null].map((bpm, i) => someTrack(`${i}`, { bpm }));
  const removed = someTrack('gone', { bpm: 10, removed: true });
  expect(facet([...tracks, removed], 'bpm')).toEqual({
    field: 'bpm',
    kind: 'number',
    tracks: 2,
    without: 1,
    min: 90,
    max: 120.5,
  });
});

test('artists are counted by name, whatever several of them are shown as', () => {
  const tracks = [
    someTrack('a', { artist: 'Alice feat. Bob', artists: ['Alice', 'Bob'] }),
    someTrack('b', { artist: 'bob' }),
    someTrack('c'),
  ];
  const { kind, values, without } = facet(tracks, 'artist')!;
  expect(kind).toBe('list');
  expect(values).toEqual([
    { value: 'Bob', tracks: 2 },
    { value: 'Alice', tracks: 1 },
  ]);
  expect(without).toBe(1);
});

test('at most fifty values are listed, and it is said how many more there are', () => {
  const tracks = Array.from({ length: 53 }, (_, i) =>
    someTrack(`${i}`, { artist: `artist ${String(i).padStart(2, '0')}` }),
  );
  const { values, more } = facet([...tracks, someTrack('x', { artist: 'artist 52' })], 'artist')!;
  expect([values?.length, more]).toEqual([FACET_VALUES, 3]);
  expect(values?.slice(0, 2)).toEqual([
    { value: 'artist 52', tracks: 2 },
    { value: 'artist 00', tracks: 1 },
  ]);
});

test('the count of a value is always how many tracks the filter for it accepts', () => {
  const words = fc.array(fc.constantFrom('DE', 'de', 'FR', 'é', 'E\u0301'), { maxLength: 3 });
  const track = fc.record(
    {
      tags: words,
      territories: words,
      instrumental: fc.boolean(),
      fields: fc.record({ mood: fc.constantFrom('DE', 'de', 'é') }, { requiredKeys: [] }),
      removed: fc.constant(true as const),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(track, { maxLength: 10 }), (overs) => {
      const columns = columnsOf(overs.map((over, i) => someTrack(String(i), over)));
      for (const { field, values = [], tracks, without } of facetsOf(columns)) {
        expect(tracks + without).toBe(columns.liveCount);
        for (const { value, tracks } of values)
          expect(compileFilter({ [field]: value }, undefined, columns).count).toBe(tracks);
      }
    }),
  );
});

test('under filters, each value says how many tracks one gets by choosing it in place of its own field', () => {
  const tracks = [
    someTrack('a', { genre: ['jazz'], tags: ['calm'], bpm: 90 }),
    someTrack('b', { genre: ['jazz'], tags: ['bright'], bpm: 120 }),
    someTrack('c', { genre: ['pop'], tags: ['calm'], bpm: 140 }),
  ];
  const columns = columnsOf(tracks);
  const filters = { genre: 'jazz', tags: 'calm' };
  const found = Object.fromEntries(facetsOf(columns, filters).map((one) => [one.field, one]));
  const counts = (field: string) => found[field].values?.map(({ value, tracks }) => `${value} ${tracks}`);
  expect(counts('genre')).toEqual(['jazz 1', 'pop 1']); // of what is calm
  expect(counts('tags')).toEqual(['bright 1', 'calm 1']); // of jazz
  expect(found.bpm).toMatchObject({ tracks: 1, min: 90, max: 90 }); // of what is both
  for (const field of ['genre', 'tags'] as const)
    for (const { value, tracks } of found[field].values ?? [])
      expect(compileFilter({ ...filters, [field]: value }, undefined, columns).count).toBe(tracks);
});
