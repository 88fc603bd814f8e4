import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Annotation } from '../../../offline/data/annotations.ts';
import { clipOfId } from '../../../offline/data/clip-part.ts';
import { firstPosts, splitPosts, usualPosts } from '../../../offline/learn/split-posts.ts';

const row = (videoId: string, musicId = 't'): Annotation => ({
  ...{ videoId, musicId, musicStartSec: 0, musicEndSec: 5, musicTotalSec: 60, videoSec: 5 },
});
const ids = (rows: readonly Annotation[]) => rows.map(({ videoId }) => videoId);

test('the newest posts are measured on, those before them chosen by, the older ones taught with', () => {
  const rows = ['d', 'a', 'c', 'b', 'e'].map((id) => row(id));
  const { splits, by, posts } = splitPosts(rows, (id) => `2025-0${id.charCodeAt(0) - 96}`, {}, 's');
  expect([by, ids(splits.test), ids(splits.val), ids(splits.train)]).toEqual(['date', ['e'], ['d'], ['a', 'c', 'b']]);
  expect(posts).toEqual({ train: 3, val: 1, test: 1 });
});

test('posts without a date are taught with, where enough have one; else all are drawn', () => {
  const rows = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => row(id));
  const dates = new Map([...'abc'].map((id) => [id, id]));
  const some = splitPosts(rows, (id) => dates.get(id), {}, 's');
  expect([some.by, some.undated, ids(some.splits.test), ids(some.splits.val)]).toEqual(['date', 3, ['c'], ['b']]);
  const drawn = splitPosts(rows, (id) => (id === 'a' ? 'x' : undefined), {}, 's');
  expect([drawn.by, drawn.undated]).toEqual(['seed', 0]);
  expect(splitPosts(rows, () => undefined, {}, 's')).toEqual(drawn);
});

test('a post with all its pieces is never on two sides', () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 60 }), fc.integer({ min: 1, max: 4 }), fc.string(), (posts, parts, seed) => {
      const rows = Array.from({ length: posts * parts }, (_, i) => row(`p${i % posts}@${i}-${i + 1}`, `t${i % 5}`));
      const { splits } = splitPosts(rows, () => undefined, {}, seed);
      const sides = Object.values(splits).map((own) => new Set(own.map(({ videoId }) => clipOfId(videoId))));
      expect(sides[0].size + sides[1].size + sides[2].size).toBe(posts);
      expect(Object.values(splits).flat()).toHaveLength(rows.length);
    }),
    { numRuns: 50 },
  );
});

test('a fifth of few posts is held out on each side, and a tenth of many', () => {
  expect([3, 20, 50, 200, 400, 1000].map((posts) => usualPosts(posts).test)).toEqual([1, 4, 10, 40, 40, 100]);
});

test('two posts are too few, and so are as many as are held out', () => {
  expect(() => splitPosts([row('a'), row('b')], () => undefined, {}, 's')).toThrow(
    /in 3 posts or more, .* got 2\. Add posts\.$/,
  );
  const five = ['a', 'b', 'c', 'd', 'e'].map((id) => row(id));
  expect(() => splitPosts(five, () => undefined, { test: 4 }, 's')).toThrow(/6 posts or more.*smaller --val or --test/);
});

test('fewer posts are always among more', () => {
  const rows = Array.from({ length: 30 }, (_, i) => row(`p${i}`));
  const sizes = [4, 8, 15, 30].map((count) => new Set(ids(firstPosts(rows, count, 's'))));
  for (const [i, some] of sizes.entries()) {
    expect(some.size).toBe([4, 8, 15, 30][i]);
    if (i) expect([...sizes[i - 1]].every((id) => some.has(id))).toBe(true);
  }
});
