import { expect, test } from 'vitest';
import type { Annotation } from '../../../offline/data/annotations.ts';
import type { PieceAnswer } from '../../../offline/learn/ask.ts';
import { sizeCurve, sizesUpTo } from '../../../offline/learn/curve.ts';

const rows = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ videoId: `p${i}`, musicId: 't' }) as Annotation);
/** Ten newest posts, of which so many have their track among five, and their start within a beat. */
const answers = (ranked: number, near: number): PieceAnswer[] =>
  Array.from({ length: 10 }, (_, i) => {
    const startSec = i < near ? 4.1 : 20;
    return {
      ...{ videoId: `n${i}`, musicId: 't', rank: i < ranked ? 3 : 9, iou: 0, source: 'cue', beatSec: 0.5 },
      ...{ truth: { startSec: 4, endSec: 9 }, found: { startSec, endSec: startSec + 5 } },
      first: { musicId: 't', moment: { startSec: 0, endSec: 5 } },
    };
  });

test('sizes are halves of halves, four at most, and no fewer than four posts', () => {
  expect([7, 8, 20, 100, 1000].map(sizesUpTo)).toEqual([
    [7],
    [4, 8],
    [5, 10, 20],
    [12, 25, 50, 100],
    [125, 250, 500, 1000],
  ]);
});

test('with fewer than eight posts there is no curve', async () => {
  expect(await sizeCurve(rows(7), 's', async () => answers(1, 1))).toBeUndefined();
});

test('what a doubling brings is the slope over doublings, and it is drawn one doubling ahead', async () => {
  const asked: number[] = [];
  const curve = await sizeCurve(rows(32), 's', async (some, posts) => {
    asked.push(some.length);
    return answers(2 + Math.log2(posts / 4), 5); // 0.2, 0.3, 0.4, 0.5 of 4, 8, 16, 32
  });
  expect(asked).toEqual([4, 8, 16, 32]);
  const { points, doubling, ahead } = curve!;
  expect(points.map(({ firstFive }) => firstFive.share)).toEqual([0.2, 0.3, 0.4, 0.5]);
  expect(doubling.firstFive!.mean).toBeCloseTo(0.1, 9);
  expect(doubling.firstFive!.interval[0]).toBeLessThan(0.1);
  expect(doubling.withinBeat!.mean).toBeCloseTo(0, 9);
  expect(ahead.posts).toBe(64);
  expect(ahead.firstFive).toBeCloseTo(0.6, 9);
  expect(ahead.withinBeat).toBeCloseTo(0.5, 9);
});

test('where no beats are known nothing is drawn of them', async () => {
  const curve = await sizeCurve(rows(8), 's', async () => answers(3, 3).map(({ beatSec: _, ...piece }) => piece));
  expect([curve!.doubling.withinBeat, curve!.ahead.withinBeat]).toEqual([undefined, undefined]);
});
