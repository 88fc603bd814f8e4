import { expect, test } from 'vitest';
import { snapTo, step } from '../../../functions/page/cards/snap.ts';
import { endOf, fadeAt, levelOf, piecesOf } from '../../../functions/page/player/music-plan.ts';

test('a moment as long as the clip is one piece, and a longer one ends with the clip', () => {
  expect(piecesOf({ startMs: 2000, endMs: 10_000 }, 8000)).toEqual([{ atSec: 0, fromSec: 2, lengthSec: 8 }]);
  expect(piecesOf({ startMs: 2000, endMs: 12_000 }, 8000)).toEqual([{ atSec: 0, fromSec: 2, lengthSec: 8 }]);
});

test('repeated bars follow each other without a gap, the last pass up to where it ends', () => {
  const pieces = piecesOf({ startMs: 4000, endMs: 8000, loop: { repeats: 3, lastEndMs: 6000 } }, 10_000);
  expect(pieces.map(({ atSec, fromSec, lengthSec }) => [atSec, fromSec, lengthSec])).toEqual([
    [0, 4, 4],
    [4, 4, 4],
    [8, 4, 2],
  ]);
  expect(endOf(pieces)).toBe(10);
});

test('fades rise from the start and fall to the end, and the gain is the answer’s', () => {
  const fade = { inMs: 100, outMs: 500 };
  expect([0, 0.05, 4, 7.75, 8].map((sec) => fadeAt({ fade }, sec, 8))).toEqual([0, 0.5, 1, 0.5, 0]);
  expect(levelOf({ gainDb: -6 })).toBeCloseTo(0.501, 3);
  expect(levelOf({ gainDb: null })).toBe(1);
});

test('a moved moment stands on a bar, with Shift on a beat, with Alt anywhere, and never outside its track', () => {
  const beats = { beatsMs: [0, 500, 1000, 1500, 2000, 2500, 3000], downbeatsMs: [0, 2000] };
  expect(['bar', 'beat', 'free'].map((grain) => snapTo(1270, grain as 'bar', beats, 2600))).toEqual([2000, 1500, 1270]);
  expect(snapTo(9000, 'free', beats, 2600)).toBe(2600);
  expect([step(500, 1, 'bar', beats, 2600), step(500, -1, 'beat', beats, 2600)]).toEqual([2000, 0]);
  expect(step(2000, 1, 'bar', beats, 2600)).toBe(2000);
  expect(step(50, -1, 'bar', { beatsMs: [], downbeatsMs: [] }, 2600)).toBe(0);
});
