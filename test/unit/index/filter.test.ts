import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Track } from '../../../index/format/catalogue.ts';
import { columnsOf } from '../../../index/search/columns.ts';
import { type Asked, type Condition, compileFilter, type Exclude, type Filters } from '../../../index/search/filter.ts';
import { someTrack } from './some-track.ts';

const library = [
  someTrack('a', {
    artist: 'Ada',
    tags: ['Calm', 'piano'],
    genre: ['Folk'],
    bpm: 90,
    key: { tonic: 'C', mode: 'major', confidence: 1 },
    instrumental: true,
    territories: ['DE', 'AT'],
    fields: { year: 2019, moods: ['warm'], cleared: true, code: '007' },
  }),
  someTrack('b', {
    artist: 'ada',
    tags: ['calm'],
    bpm: 120,
    key: { tonic: 'A#', mode: 'minor', confidence: 1 },
    instrumental: false,
    explicit: true,
    territories: ['US'],
    licence: 'CC BY 4.0',
    fields: { year: 2021 },
  }),
  someTrack('c', { durationMs: 30_000, album: 'Été' }),
  someTrack('gone', { artist: 'Ada', tags: ['calm'], bpm: 120, removed: true, fields: { secret: 'x' } }),
];

const ids = (filters?: Filters, exclude?: Exclude, tracks: readonly Track[] = library) => {
  const { accept, accepted, count } = compileFilter(filters, exclude, columnsOf(tracks));
  const ids = tracks.filter((_, label) => accept(label)).map(({ id }) => id);
  expect([...accepted]).toEqual(tracks.map(({ id }) => Number(ids.includes(id))));
  expect(count).toBe(ids.length);
  return ids.join('');
};
const refusal = (filters: Filters) => {
  try {
    ids(filters);
  } catch (error) {
    expect((error as Error).name).toBe('FilterError');
    return (error as Error).message;
  }
  throw new Error('expected a refusal');
};

describe('a filter', () => {
  test('of nothing accepts every track but the removed', () => {
    expect([ids(), ids({}), ids({}, {})]).toEqual(['abc', 'abc', 'abc']);
  });

  test('for a value accepts the tracks that have it, text whatever its case', () => {
    expect(ids({ tags: 'CALM' })).toBe('ab');
    expect(ids({ tags: { eq: 'Piano' } })).toBe('a');
    expect(ids({ artist: 'ADA' })).toBe('ab');
    expect(ids({ album: 'E\u0301TE\u0301' }), 'accents apart').toBe('c');
    expect(ids({ genre: 'folk' })).toBe('a');
    expect(ids({ licence: 'cc by 4.0' })).toBe('b');
    expect(ids({ bpm: 120 })).toBe('b');
    expect([ids({ instrumental: true }), ids({ instrumental: false })]).toEqual(['a', 'b']);
    expect(ids({ explicit: false })).toBe('');
    expect(ids({ tags: 'loud' }), 'a value that no track has').toBe('');
  });

  test('for one of several values accepts the tracks that have one', () => {
    expect(ids({ tags: { in: ['loud', 'piano'] } })).toBe('a');
    expect(ids({ bpm: { in: [90, 120, 1] } })).toBe('ab');
    expect(ids({ instrumental: { in: [true, false] } })).toBe('ab');
  });

  test('for a range accepts the numbers within, ends included', () => {
    expect(ids({ bpm: { range: { min: 90, max: 120 } } })).toBe('ab');
    expect(ids({ bpm: { range: { min: 90.5 } } })).toBe('b');
    expect(ids({ durationMs: { range: { max: 30_000 } } })).toBe('c');
    expect(ids({ year: { range: { min: 2019, max: 2019 } } })).toBe('a');
  });

  test('with not accepts the others, those without a value among them', () => {
    expect(ids({ tags: { not: 'piano' } })).toBe('bc');
    expect(ids({ explicit: { not: true } })).toBe('ac');
    expect(ids({ bpm: { not: { range: { min: 100 } } } })).toBe('ac');
    expect(ids({ tags: { not: { in: ['piano', 'loud'] } } })).toBe('bc');
    expect(ids({ genre: { not: 'polka' } })).toBe('abc');
  });

  test('holds when all of its conditions do, of one field and of several', () => {
    expect(ids({ tags: { eq: 'calm', not: 'piano' } })).toBe('b');
    expect(ids({ tags: { eq: 'calm', in: ['piano'] } })).toBe('a');
    expect(ids({ bpm: { range: { min: 90 }, not: 90 } })).toBe('b');
    expect(ids({ bpm: { not: { in: [90, 120], range: { max: 100 } } } }), 'not all of them').toBe('bc');
    expect(ids({ tags: 'calm', instrumental: true })).toBe('a');
    expect(ids({ tags: 'piano', instrumental: false })).toBe('');
  });

  test('for a key knows its other spellings', () => {
    expect(ids({ key: 'c major' })).toBe('a');
    expect(ids({ key: { in: ['Bb minor', 'D major'] } })).toBe('b');
  });

  test('for a territory accepts the tracks that list none, which are licensed everywhere', () => {
    expect(ids({ territory: 'de' })).toBe('ac');
    expect(ids({ territory: { in: ['US', 'AT'] } })).toBe('abc');
    expect(ids({ territory: { not: 'DE' } })).toBe('b');
    expect(ids({ territory: 'FR' })).toBe('c');
    const nowhere = [someTrack('e', { territories: [] })];
    expect(ids({ territory: 'FR' }, {}, nowhere)).toBe('e');
  });

  test('asks for the columns of the library’s own catalogue by their names', () => {
    expect(ids({ year: 2021, moods: { not: 'warm' } })).toBe('b');
    expect(ids({ moods: 'Warm', cleared: true, code: '007' })).toBe('a');
  });

  test('takes a field of several kinds for text', () => {
    const mixed = [someTrack('a', { fields: { year: 2019 } }), someTrack('b', { fields: { year: 'unknown' } })];
    expect(ids({ year: '2019' }, {}, mixed)).toBe('a');
    const listed = [someTrack('a', { fields: { mood: 'x' } }), someTrack('b', { fields: { mood: ['y', 'x'] } })];
    expect(ids({ mood: 'x' }, {}, listed)).toBe('ab');
  });
});

describe('excluding', () => {
  test('leaves out tracks by id and artists by name, whatever the case of the name', () => {
    expect(ids({}, { tracks: ['a', 'c'] })).toBe('b');
    expect(ids({}, { artists: ['aDa'] })).toBe('c');
    expect(ids({ tags: 'calm' }, { tracks: ['b'] })).toBe('a');
  });

  test('a track of several artists is found, and left out, by each of them and by what they are shown as', () => {
    const tracks = [
      someTrack('d', { artist: 'Alice, Bob', artists: ['Alice', 'Bob'] }),
      someTrack('e', { artist: 'bob' }),
      someTrack('f', { artist: 'Carol' }),
      someTrack('g', { artist: 'Carol, Bob', artists: ['Carol', 'Bob'], removed: true }),
    ];
    expect(ids({ artist: 'BOB' }, undefined, tracks)).toBe('de');
    expect(ids({ artist: 'alice' }, undefined, tracks)).toBe('d');
    expect(ids({ artist: 'Alice, Bob' }, undefined, tracks)).toBe('d');
    expect(ids({ artist: { not: 'Bob' } }, undefined, tracks)).toBe('f');
    expect(ids({}, { artists: ['Bob'] }, tracks)).toBe('f');
    expect(ids({}, { artists: ['alice, bob'] }, tracks)).toBe('ef');
  });

  test('passes over what the index does not have', () => {
    expect(ids({}, { tracks: ['who', 'gone'], artists: ['nobody', ''] })).toBe('abc');
  });
});

describe('a filter is refused', () => {
  test('for a field that does not exist, with the fields that do and the nearest of them', () => {
    expect(refusal({ genres: 'Folk' })).toBe(
      'filters: expected fields of the catalogue (tags, genre, bpm, key, durationMs, instrumental, explicit, licence, territory, artist, album, cleared, code, moods, year), got "genres". Did you mean "genre"?',
    );
    expect(refusal({ valence: 1 })).toMatch(/got "valence"\. Use one of those; GET \/v1\/filters describes them\.$/);
    for (const field of ['__proto__', 'constructor', 'toString', 'secret', 'title'])
      expect(refusal(JSON.parse(`{"${field}": "x"}`))).toContain(`got "${field}"`);
  });

  test('for a value that the field cannot hold', () => {
    expect(refusal({ bpm: 'fast' })).toBe(
      'filters.bpm: expected a number or a range, got "fast". The field holds numbers; GET /v1/filters shows its values.',
    );
    expect(refusal({ instrumental: 'yes' })).toContain('expected true or false, got "yes"');
    expect(refusal({ tags: { in: ['calm', 3] } })).toContain('filters.tags: expected text, got 3');
    expect(refusal({ key: 'H minor' })).toContain('expected a key such as "C major" or "F# minor", got "H minor"');
    expect(refusal({ tags: { not: true } })).toContain('filters.tags: expected text, got true');
    expect(refusal({ year: { not: { eq: '2019' } } })).toContain('expected a number or a range');
  });

  test('for a range of what has no order, or that no number can lie in', () => {
    expect(refusal({ tags: { range: { min: 1 } } })).toContain('since it holds no numbers, got {"range":{"min":1}}');
    expect(refusal({ bpm: { range: { min: 2, max: 1 } } })).toContain('min at most max');
    expect(refusal({ bpm: { range: {} } })).toContain('expected a range with min, max or both');
  });
});

describe('always', () => {
  const word = fc.constantFrom('x', 'X', 'y', 'z');
  const track = fc.record(
    {
      tags: fc.array(word, { maxLength: 3 }),
      artist: word,
      territories: fc.array(word, { maxLength: 2 }),
      bpm: fc.option(fc.integer({ min: 1, max: 5 })),
      explicit: fc.boolean(),
      removed: fc.constant(true as const),
      fields: fc.record({ mood: word, level: fc.integer({ min: 1, max: 5 }) }, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  );
  const tracks = fc
    .array(track, { maxLength: 12 })
    .map((all) => [
      ...all.map((over, i) => someTrack(String(i), over)),
      someTrack('all', { fields: { mood: 'x', level: 1 } }),
    ]);
  const number = fc.integer({ min: 0, max: 6 });
  const asked = <T extends string | number | boolean>(value: fc.Arbitrary<T>): fc.Arbitrary<Asked> =>
    fc.record({ eq: value, in: fc.array(value, { minLength: 1, maxLength: 3 }) }, { requiredKeys: [] });
  const range = fc.tuple(number, number).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));
  const numeric = fc.record({ eq: number, range }, { requiredKeys: [] });
  const conditions = (one: fc.Arbitrary<Asked>): fc.Arbitrary<Condition> =>
    fc.oneof(
      one,
      fc.record({ not: one }),
      fc.tuple(one, one).map(([positive, not]) => ({ ...positive, not })),
    );
  const filters = fc.record(
    {
      tags: conditions(asked(word)),
      artist: conditions(asked(word)),
      territory: conditions(asked(word)),
      mood: conditions(asked(word)),
      bpm: conditions(numeric),
      level: conditions(numeric),
      explicit: conditions(asked(fc.boolean())),
    },
    { requiredKeys: [] },
  );

  /** The sentences of filter.ts, track by track. */
  function matches(track: Track, all: Filters): boolean {
    const valuesOf = (field: string): unknown[] => {
      const { territories, fields, ...rest } = track;
      const known: Record<string, unknown> = { ...rest, ...fields, territory: territories };
      return [known[field] ?? []].flat();
    };
    const same = (a: unknown, b: unknown) => String(a).toLowerCase() === String(b).toLowerCase();
    const hasAll = (field: string, { eq, in: any, range }: Asked) => {
      const values = valuesOf(field);
      const everywhere = field === 'territory' && values.length === 0;
      const has = (wanted: unknown) => everywhere || values.some((value) => same(value, wanted));
      return (
        (eq === undefined || has(eq)) &&
        (any === undefined || any.some(has)) &&
        (range === undefined || values.some((value) => Number(value) >= range.min! && Number(value) <= range.max!))
      );
    };
    return Object.entries(all).every(([field, condition]) => {
      const { not, ...positive } = condition as Asked & { not?: Asked };
      return hasAll(field, positive) && (not === undefined || !hasAll(field, not));
    });
  }

  test('a filter accepts what its sentences say, track by track, and never a removed track', () => {
    fc.assert(
      fc.property(tracks, filters, (tracks, filters) => {
        const { accepted } = compileFilter(filters, undefined, columnsOf(tracks));
        expect([...accepted]).toEqual(tracks.map((track) => Number(!track.removed && matches(track, filters))));
      }),
      { numRuns: 1000 },
    );
  });

  test('an excluded track or artist is never accepted, and nothing else is left out', () => {
    const names = fc.array(word, { maxLength: 2 });
    fc.assert(
      fc.property(tracks, filters, names, fc.array(number.map(String)), (tracks, filters, artists, ids) => {
        const columns = columnsOf(tracks);
        const before = compileFilter(filters, {}, columns).accepted;
        const after = compileFilter(filters, { artists, tracks: ids }, columns).accepted;
        const isOut = ({ id, artist }: Track) =>
          ids.includes(id) || artists.some((name) => name.toLowerCase() === artist?.toLowerCase());
        expect([...after]).toEqual(tracks.map((track, label) => (isOut(track) ? 0 : before[label])));
      }),
    );
  });
});
