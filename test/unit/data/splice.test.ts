import { expect, test } from 'vitest';
import type { Pair } from '../../../offline/data/batch.ts';
import { splicePair } from '../../../offline/data/splice.ts';
import { createRandom } from '../../../offline/lib/random.ts';

/** Frames of two values, all the same in one clip. */
const pairOf = (videoId: string, startSec: number, frames: number, value: number): Pair => ({
  frames: { count: frames, data: new Float32Array(2 * frames).fill(value) },
  segments: { count: 1, data: new Float32Array(1) },
  trackId: 'track',
  videoId,
  uses: [],
  startSec,
  endSec: startSec + frames,
});
const spliced = (pair: Pair, ofTrack: readonly Pair[], seed = 'seed'): number[] => [
  ...splicePair(pair, ofTrack, 2, createRandom(seed)).frames.data,
];
const own = pairOf('own', 10, 30, 1);

test('a clip is cut together from shots of two clips of the same moment, each frame in its own place', () => {
  const counted = {
    ...pairOf('other', 10.5, 30, 0),
    frames: { count: 30, data: Float32Array.from({ length: 60 }, (_, i) => 100 + i) },
  };
  const data = spliced(own, [own, counted]);
  expect(data).toHaveLength(60);
  for (const [i, value] of data.entries()) expect([1, 100 + i]).toContain(value);
  const cuts = data.filter((value, i) => i > 1 && (value === 1) !== (data[i - 2] === 1)).length / 2;
  expect(cuts).toBeGreaterThan(0);
  expect(cuts).toBeLessThanOrEqual(10); // shots of three frames at least
});

test('about half of its frames are the other clip’s', () => {
  const other = pairOf('other', 10, 30, 2);
  const values = Array.from({ length: 200 }, (_, i) => spliced(own, [own, other], `seed ${i}`)).flat();
  const share = values.filter((value) => value === 2).length / values.length;
  expect(share).toBeGreaterThan(0.45);
  expect(share).toBeLessThan(0.55);
});

test('what the other clip is too short for stays as it was', () => {
  const short = pairOf('other', 10, 8, 2);
  for (let i = 0; i < 20; i++) expect(spliced(own, [short], `seed ${i}`).slice(16)).toEqual(Array(44).fill(1));
});

test('a clip of another moment, and the same clip in another row, are no mates', () => {
  const strangers = [pairOf('other', 11.5, 30, 2), pairOf('own', 10, 30, 3)];
  expect(splicePair(own, strangers, 2, createRandom('seed'))).toBe(own);
});
