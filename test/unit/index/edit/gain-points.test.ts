import { expect, test } from 'vitest';
import { gainPoints } from '../../../../index/edit/gain-points.ts';
import { DUCK_ATTACK_MS, DUCK_RELEASE_MS, ducksOf } from '../../../../index/moment/mix.ts';

const CLIP_MS = 8000;
const points = (...speech: [number, number][]) => {
  const times = { attackMs: DUCK_ATTACK_MS, releaseMs: DUCK_RELEASE_MS };
  return gainPoints({ duck: ducksOf(speech, CLIP_MS), ...times }, CLIP_MS).map(({ atMs, gainDb }) => [atMs, gainDb]);
};

test('the music is down from the first word to the last', () => {
  expect(points([3000, 4500])).toEqual([
    [2800, 0],
    [3000, -12],
    [4500, -12],
    [5000, 0],
  ]);
});

test('who speaks from the start is not waited for, who speaks to the end is not spoken over', () => {
  expect(points([0, 1000])).toEqual([
    [0, -12],
    [1000, -12],
    [1500, 0],
  ]);
  expect(points([7000, 8000])).toEqual([
    [6800, 0],
    [7000, -12],
    [8000, -12],
  ]);
  expect(points([0, 8000])).toEqual([
    [0, -12],
    [8000, -12],
  ]);
});

test('nothing is ducked where nobody speaks', () => {
  expect(points()).toEqual([]);
  expect(gainPoints(undefined, CLIP_MS)).toEqual([]);
});
