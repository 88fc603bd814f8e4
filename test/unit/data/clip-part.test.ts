import { expect, test } from 'vitest';
import { clipOfId, partId, partOfId } from '../../../offline/data/clip-part.ts';
import { drawSplits } from '../../../offline/data/split.ts';

test('a part of a clip has an id of its own, which says what it is of', () => {
  expect(partId('post-12', { fromSec: 3, toSec: 10 })).toBe('post-12@3000-10000');
  expect(partOfId('post-12@3000-10000')).toEqual({ clip: 'post-12', part: { fromSec: 3, toSec: 10 } });
  expect([clipOfId('post-12@3000-10000'), clipOfId('post-12'), clipOfId('me@home.mp4')]).toEqual([
    'post-12',
    'post-12',
    'me@home.mp4',
  ]);
});

test('two parts of one clip are never in two splits', () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({
    videoId: partId(`clip ${i % 20}`, i < 20 ? { fromSec: 0, toSec: 5 } : { fromSec: 5, toSec: 9 }),
    musicId: `track ${i}`,
  }));
  for (const seed of ['1', '2', '3']) {
    const splits = drawSplits(rows, { val: 4, test: 4 }, seed);
    const clips = Object.values(splits).map((some) => new Set(some.map(({ videoId }) => clipOfId(videoId))));
    expect(clips.map(({ size }) => size)).toEqual([16, 2, 2]);
    expect(new Set(clips.flatMap((set) => [...set])).size).toBe(20);
  }
});
