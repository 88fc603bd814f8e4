import { describe, expect, test } from 'vitest';
import { directionOf, moved, movedQuery } from '../../../index/search/taste.ts';
import { type AuthoredPost, fitTaste, ranksWith } from '../../../offline/evaluate/taste.ts';
import { createRandom } from '../../../offline/lib/random.ts';

const unit = (...values: number[]): Float32Array => {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
};

describe('the rule', () => {
  test('pulls relevance by the cosine with the mean of what was used, and pushes it from what is avoided', () => {
    const direction = directionOf([unit(1, 0), unit(0, 1)])!;
    expect([...direction]).toEqual([expect.closeTo(Math.SQRT1_2, 6), expect.closeTo(Math.SQRT1_2, 6)]);
    const pulls = [
      { direction, weight: 0.5 },
      { direction: unit(1, 0), weight: -0.25 },
    ];
    expect(moved(pulls, unit(1, 0))).toBeCloseTo(0.5 * Math.SQRT1_2 - 0.25, 6);
    // (1, 0) + 0.25 · (0.707, 0.707) − 0.125 · (1, 0), brought to length 1
    const query = movedQuery(pulls, unit(1, 0));
    const [x, y] = [1 + 0.25 * Math.SQRT1_2 - 0.125, 0.25 * Math.SQRT1_2];
    expect([...query]).toEqual([expect.closeTo(x / Math.hypot(x, y), 6), expect.closeTo(y / Math.hypot(x, y), 6)]);
  });

  test('moves nothing where nothing is known, tracks cancel out, or the weight is 0', () => {
    expect(directionOf([])).toBeUndefined();
    expect(directionOf([unit(1, 0), unit(-1, 0)])).toBeUndefined();
    const h = unit(3, 4);
    expect(movedQuery([{ direction: unit(1, 0), weight: 0 }], h)).toBe(h);
    expect(moved([], h)).toBe(0);
  });
});

/** Forty tracks around a circle; authors who like a part of it, or nothing in particular; a model that knows the right track half the time. */
function world(likes: boolean, count = 200) {
  const random = createRandom('taste');
  const candidates = Array.from({ length: 40 }, (_, i) => unit(Math.cos(i / 6.4), Math.sin(i / 6.4)));
  const posts = Array.from({ length: count }, (_, i): AuthoredPost => {
    const author = i % 20;
    const take = () => (likes ? (2 * author + random.integer(7) + 37) % 40 : random.integer(40));
    const right = take();
    return {
      author: String(author),
      relevance: candidates.map((_, track) => 0.3 * random.normal() + (track === right ? 0.4 : 0)),
      right,
      known: [take(), take(), take()].filter((track) => track !== right).map((track) => candidates[track]),
    };
  });
  return { candidates, posts };
}

describe('the weight', () => {
  test('is fitted where authors have a taste, and helps authors that it was not fitted to', () => {
    const { posts, candidates } = world(true);
    const { weight, kept, before, unseen } = fitTaste(posts, candidates);
    expect([kept, weight > 0]).toEqual(['fitted', true]);
    expect(unseen.r5).toBeGreaterThan(before.r5 + 0.1);
    expect(unseen.reciprocal).toBeGreaterThan(before.reciprocal);
  });

  test('is 0 where they have none, so that nobody loses anything', () => {
    const { posts, candidates } = world(false);
    expect(fitTaste(posts, candidates)).toMatchObject({ weight: 0, kept: 'none' });
  });

  test('is the usual one where there are too few posts to say', () => {
    const { posts, candidates } = world(true, 30);
    expect(fitTaste(posts, candidates)).toMatchObject({
      kept: 'default',
      posts: 30 - posts.filter(({ known }) => !known.length).length,
    });
  });

  test('does not matter to a post of whose author nothing is known', () => {
    const { posts, candidates } = world(true, 20);
    const strangers = posts.map((post) => ({ ...post, known: [] }));
    expect(ranksWith(strangers, candidates, 2)).toEqual(ranksWith(strangers, candidates, 0));
  });
});
