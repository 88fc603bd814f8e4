import { expect, test } from 'vitest';
import type { PieceAnswer } from '../../../offline/learn/ask.ts';
import { chanceOf, choose, scoreOf } from '../../../offline/learn/choose.ts';

/** Pieces that score so much: a rank of 1 has a half of it for the track. */
const scoring = (scores: readonly number[]): PieceAnswer[] =>
  scores.map((score, i) => ({ videoId: `v${i}`, rank: Number.POSITIVE_INFINITY, iou: 2 * score }) as PieceAnswer);
const even = (count: number, score: number) => scoring(Array.from({ length: count }, () => score));

test('a score is half for the track and half for the moment', () => {
  expect(scoreOf({ rank: 4, iou: 0.5 } as PieceAnswer)).toBe(0.375);
});

test('chance gives all signs alike in one of 2 to the number of posts', () => {
  expect(chanceOf([1, 2, 3], 's')).toBe(1 / 8);
  expect(chanceOf([1, -1], 's')).toBe(3 / 4); // +2, 0, 0 of four reach 0
  expect(chanceOf([0, 0, 0], 's')).toBe(1);
  expect(
    chanceOf(
      Array.from({ length: 40 }, () => 1),
      's',
    ),
  ).toBeLessThan(0.001); // drawn
  expect(
    chanceOf(
      Array.from({ length: 40 }, (_, i) => (i % 2 ? 1 : -1)),
      's',
    ),
  ).toBeCloseTo(0.56, 1); // half, and the ties
});

test('the first stays where another is as good', () => {
  const { chosen, judged } = choose(
    [
      { name: 'nothing', pieces: even(30, 0.3) },
      { name: 'all', pieces: even(30, 0.3) },
    ],
    's',
  );
  expect([chosen, judged[1].gain?.mean]).toEqual(['nothing', 0]);
});

test('the first stays where five posts all gain, since chance may give that', () => {
  const candidates = [
    { name: 'nothing', pieces: even(5, 0.1) },
    { name: 'projections', pieces: even(5, 0.2) },
    { name: 'all', pieces: even(5, 0.4) },
  ];
  const { chosen, level, posts } = choose(candidates, 's');
  expect([chosen, level, posts]).toEqual(['nothing', 0.025, 5]);
});

test('what gains in ten posts of ten is taken, and of two such the better', () => {
  const candidates = [
    { name: 'nothing', pieces: even(10, 0.1) },
    { name: 'projections', pieces: even(10, 0.2) },
    { name: 'all', pieces: even(10, 0.4) },
  ];
  expect(choose(candidates, 's').chosen).toBe('all');
});

test('the first stays where another wins a little more often than it loses', () => {
  const mixed = scoring(Array.from({ length: 20 }, (_, i) => (i % 2 ? 0.5 : 0.15)));
  const { chosen, judged } = choose(
    [
      { name: 'nothing', pieces: even(20, 0.3) },
      { name: 'all', pieces: mixed },
    ],
    's',
  );
  expect(chosen).toBe('nothing');
  expect(judged[1].gain!.mean).toBeGreaterThan(0);
  expect(judged[1].gain!.interval[0]).toBeLessThan(0);
});

test('ten pieces of one post are one post: they make no gain sure', () => {
  const parts = (score: number) => even(10, score).map((piece, i) => ({ ...piece, videoId: `v@${i}-${i + 1}` }));
  const { chosen, posts } = choose(
    [
      { name: 'nothing', pieces: parts(0.1) },
      { name: 'all', pieces: parts(0.4) },
    ],
    's',
  );
  expect([chosen, posts]).toEqual(['nothing', 1]);
});
