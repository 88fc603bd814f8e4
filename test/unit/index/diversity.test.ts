import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WordColumn } from '../../../index/format/column.ts';
import { columnsOf, placesOf } from '../../../index/search/columns.ts';
import { chooseDiverse, type Diversity } from '../../../index/search/diversity.ts';
import { someTrack } from './some-track.ts';

/** [relevance, artist (of several, with + between them), direction of h0 in degrees]; the label is the place. */
type Given = readonly [relevance: number, artist?: string, degrees?: number];

function choose(given: readonly Given[], k: number, options: Diversity = {}) {
  const { chosen, short } = chooseDiverse(
    given.map(([relevance], label) => ({ label, relevance })),
    k,
    options,
    {
      artistsOf: (label) => given[label][1]?.split('+') ?? [],
      vectorOf: (label) => {
        const angle = ((given[label][2] ?? 0) * Math.PI) / 180;
        return Float32Array.of(Math.cos(angle), Math.sin(angle));
      },
    },
  );
  return { labels: chosen.map(({ label }) => label), short };
}

describe('by relevance alone', () => {
  test('the most relevant come first, equal ones by label', () => {
    expect(choose([[0.1], [0.5], [0.3], [0.5]], 3)).toEqual({ labels: [1, 3, 2], short: 0 });
  });

  test('no vector is asked for', () => {
    const lookup = {
      artistsOf: () => [],
      vectorOf: () => {
        throw new Error('asked');
      },
    };
    const candidates = [{ label: 4, relevance: 1 }];
    expect(chooseDiverse(candidates, 2, { lambda: 1 }, lookup)).toEqual({
      chosen: candidates,
      short: 0,
      full: new Set(),
    });
    expect(() => chooseDiverse(candidates, 2, { lambda: 0.9 }, lookup)).toThrow('asked');
  });
});

describe('at most so many per artist', () => {
  const given: Given[] = [[9, 'Ada'], [8, 'Ada'], [7, 'Ada'], [6, 'Bo'], [5], [4], [3, 'Bo']];

  test('passes over those of an artist who has their share; tracks without artist stand for themselves', () => {
    expect(choose(given, 4, { perArtist: 1 })).toEqual({ labels: [0, 3, 4, 5], short: 0 });
    expect(choose(given, 5, { perArtist: 2 })).toEqual({ labels: [0, 1, 3, 4, 5], short: 0 });
  });

  test('a track of several artists counts for each of them', () => {
    const duets: Given[] = [
      [9, 'Ada+Bo'],
      [8, 'Bo'],
      [7, 'Cy+Ada'],
      [6, 'Cy'],
      [5, 'Di+Di'],
    ];
    expect(choose(duets, 5, { perArtist: 1 })).toEqual({ labels: [0, 3, 4], short: 2 });
    expect(choose(duets, 5, { perArtist: 2 })).toEqual({ labels: [0, 1, 2, 3, 4], short: 0 });
  });

  test('an artist is one however the name is written, alone or among several', () => {
    const tracks = [
      someTrack('a', { artist: 'Ada' }),
      someTrack('b', { artist: ' ada ' }),
      someTrack('c', { artist: 'Cy & ADA', artists: ['Cy', 'ADA'] }),
      someTrack('d', { artist: 'Bo' }),
    ];
    const artists = columnsOf(tracks).column('artist') as WordColumn;
    const { chosen } = chooseDiverse(
      tracks.map((_, label) => ({ label, relevance: -label })),
      4,
      { perArtist: 1 },
      { artistsOf: (label) => placesOf(artists, label), vectorOf: () => new Float32Array(1) },
    );
    expect(chosen.map(({ label }) => label)).toEqual([0, 3]);
  });

  test('says how many are missing when only those are left', () => {
    expect(choose(given, 6, { perArtist: 1 })).toEqual({ labels: [0, 3, 4, 5], short: 2 });
    expect(choose(given, 50, { perArtist: 1 })).toEqual({ labels: [0, 3, 4, 5], short: 3 });
    expect(choose(given, 50), 'all are chosen: none is held back').toMatchObject({ short: 0 });
  });
});

describe('maximal marginal relevance', () => {
  // 0 and 1 look the same way, 2 at a right angle to both, 3 away from them.
  const given: Given[] = [
    [1.2, undefined, 0],
    [1.1, undefined, 0],
    [0.6, undefined, 90],
    [-0.4, undefined, 180],
  ];

  test('weighs half of p_s against the largest cosine to those chosen', () => {
    // lambda 0.5, after 0: 1 has 0.275 - 0.5 = -0.225; 2 has 0.15 - 0 = 0.15; 3 has -0.1 + 0.5 = 0.4
    // after 3: 1 stays, 2 stays with cosine 0 to both
    expect(choose(given, 4, { lambda: 0.5 }).labels).toEqual([0, 3, 2, 1]);
    expect(choose(given, 2, { lambda: 0.85 }).labels, '1 has 0.3175, 2 has 0.255, 3 has -0.02').toEqual([0, 1]);
    expect(choose(given, 2, { lambda: 0.75 }).labels, '1 has 0.1625, 2 has 0.225, 3 has 0.1').toEqual([0, 2]);
  });

  test('with lambda 0 starts with the most relevant and goes where it is least like', () => {
    expect(choose(given, 4, { lambda: 0 }).labels).toEqual([0, 3, 2, 1]);
  });

  test('gives equal scores to the smaller label', () => {
    const same: Given[] = [
      [0.5, undefined, 90],
      [1, undefined, 0],
      [0.5, undefined, 90],
    ];
    expect(choose(same, 3, { lambda: 0.5 }).labels).toEqual([1, 0, 2]);
  });

  test('keeps to the share of an artist', () => {
    const given: Given[] = [
      [1, 'Ada', 0],
      [0.9, 'Ada', 180],
      [0.2, 'Bo', 0],
    ];
    expect(choose(given, 2, { lambda: 0.1, perArtist: 1 })).toEqual({ labels: [0, 2], short: 0 });
  });
});

describe('always', () => {
  const given = fc.array(
    fc.tuple(
      fc.double({ min: -2, max: 2, noNaN: true }),
      fc.constantFrom('a', 'b', 'c', undefined),
      fc.integer({ min: 0, max: 359 }),
    ),
    { maxLength: 15 },
  );
  const k = fc.integer({ min: 1, max: 20 });
  const options = fc.record(
    { perArtist: fc.integer({ min: 1, max: 4 }), lambda: fc.double({ min: 0, max: 1, noNaN: true }) },
    { requiredKeys: [] },
  );

  test('as many are chosen as the artists’ shares allow, each once, no artist beyond their share', () => {
    fc.assert(
      fc.property(given, k, options, (given, k, options) => {
        const { labels, short } = choose(given, k, options);
        const { perArtist = Number.POSITIVE_INFINITY } = options;
        const count = (places: readonly number[], artist?: string) =>
          places.filter((label) => given[label][1] === artist).length;
        const all = given.map((_, label) => label);
        const allowed = ['a', 'b', 'c'].reduce(
          (sum, artist) => sum + Math.min(perArtist, count(all, artist)),
          count(all),
        );
        expect(labels.length).toBe(Math.min(k, allowed));
        expect(new Set(labels).size).toBe(labels.length);
        for (const artist of ['a', 'b', 'c']) expect(count(labels, artist)).toBeLessThanOrEqual(perArtist);
        expect(short).toBe(Math.min(k, given.length) - labels.length);
      }),
    );
  });

  test('the most relevant comes first, and the order of the candidates does not matter', () => {
    fc.assert(
      fc.property(given, k, options, (given, k, options) => {
        const { labels } = choose(given, k, options);
        if (given.length > 0) expect(given[labels[0]][0]).toBe(Math.max(...given.map(([relevance]) => relevance)));
        const lookup = {
          artistsOf: (label: number) => given[label][1]?.split('+') ?? [],
          vectorOf: (label: number) => Float32Array.of(Math.cos(given[label][2]), Math.sin(given[label][2])),
        };
        const candidates = given.map(([relevance], label) => ({ label, relevance }));
        expect(chooseDiverse(candidates.toReversed(), k, options, lookup)).toEqual(
          chooseDiverse(candidates, k, options, lookup),
        );
      }),
    );
  });
});
