import { expect, test } from 'vitest';
import { orderForShards, shardsTouched } from '../../../offline/indexing/layout.ts';
import { createRandom } from '../../../offline/lib/random.ts';

test('stands every track in the order once', () => {
  const random = createRandom('layout');
  for (const count of [0, 1, 7, 8, 9, 100, 333]) {
    const order = orderForShards(
      Float32Array.from({ length: 5 * count }, () => random.normal()),
      5,
    );
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  }
});

test('keeps groups together that were dealt out in turn', () => {
  // four directions, 32 tracks each, track i belonging to group i % 4
  const random = createRandom('groups');
  const vectors = Float32Array.from({ length: 128 * 4 }, (_, at) =>
    Math.floor(at / 4) % 4 === at % 4 ? 1 : 0.01 * random.normal(),
  );
  const groups = Array.from(orderForShards(vectors, 4), (track) => track % 4);
  for (let shard = 0; shard < 4; shard++)
    expect(new Set(groups.slice(32 * shard, 32 * (shard + 1))).size, `shard ${shard}`).toBe(1);
});

test('a line of tracks is read from one end to the other', () => {
  const places = [5, 2, 15, 9, 0, 12, 7, 3, 14, 1, 8, 11, 6, 13, 4, 10];
  const vectors = Float32Array.from(places.flatMap((place) => [place, 2 * place]));
  const order = Array.from(orderForShards(vectors, 2), (track) => places[track]);
  const upwards = Array.from({ length: 16 }, (_, i) => i);
  expect([upwards, upwards.toReversed()]).toContainEqual(order);
});

test('is the same for the same vectors, and the given order where all are alike', () => {
  const random = createRandom('again');
  const vectors = Float32Array.from({ length: 300 }, () => random.normal());
  expect(orderForShards(vectors, 3)).toEqual(orderForShards(vectors.slice(), 3));
  const alike = Array.from(orderForShards(new Float32Array(60).fill(0.5), 3));
  expect(alike).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test('counts the shards that tracks lie in', () => {
  const shards = [
    { first: 0, tracks: 3 },
    { first: 3, tracks: 2 },
    { first: 5, tracks: 4 },
  ];
  expect(shardsTouched([0, 2, 1], shards)).toBe(1);
  expect(shardsTouched([2, 3, 8], shards)).toBe(3);
  expect(shardsTouched([], shards)).toBe(0);
  expect(() => shardsTouched([9], shards)).toThrow(
    new RangeError('layout: expected a track within the shards, got 9.'),
  );
});
