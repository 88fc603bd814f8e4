import { expect, test } from 'vitest';
import { type ShotFrame, shotChanges } from '../../../../index/clip/shot-changes.ts';
import { SHOT_HEIGHT, SHOT_WIDTH, shotPicture } from '../../../../index/clip/shot-frame.ts';
import { composeClip } from '../../../bench/shots/composed-shots.ts';
import { scoreShots } from '../../../bench/shots.ts';

const PIXELS = SHOT_WIDTH * SHOT_HEIGHT;

/** A wall of stripes and spots that goes on for ever, seen from a place: `wall` says which. */
function seen(wall: number, from = 0, light = 0): Uint8Array {
  const picture = new Uint8Array(3 * PIXELS).fill(128, PIXELS);
  for (let at = 0; at < PIXELS; at++) {
    const [x, y] = [(at % SHOT_WIDTH) + from, Math.floor(at / SHOT_WIDTH)];
    const luma = 128 + 50 * Math.sin(x / (3 + wall) + wall) + 40 * Math.sin((y + wall * x) / 4) + light;
    picture[at] = Math.min(255, Math.max(0, Math.round(luma)));
  }
  return picture;
}
const clip = (length: number, picture: (frame: number) => Uint8Array, everyMs = 40): ShotFrame[] =>
  Array.from({ length }, (_, i) => ({ timeMs: i * everyMs, picture: picture(i) }));

test('a cut is found to the frame, and between two frames where ten a second are given', () => {
  const picture = (i: number) => seen(i < 37 ? 0 : 2);
  expect(shotChanges(clip(75, picture))).toEqual([37 * 40]);
  expect(shotChanges(clip(30, (i) => picture(i * 2.5), 100))).toEqual([1450]);
});

test('a pan, a flash and a light that goes up are no cuts', () => {
  expect(shotChanges(clip(75, (i) => seen(0, i / 3)))).toEqual([]);
  expect(shotChanges(clip(75, (i) => seen(0, 0, i >= 30 && i < 35 ? 100 : 0)))).toEqual([]);
  expect(shotChanges(clip(75, (i) => seen(0, 0, i - 40)))).toEqual([]);
});

test('a dissolve is found once, by its middle', () => {
  const [one, other] = [seen(0), seen(2)];
  const mixed = (share: number) => one.map((value, at) => Math.round(value + share * (other[at] - value)));
  const [at, ...more] = shotChanges(clip(100, (i) => mixed(Math.min(1, Math.max(0, (i - 40) / 20)))));
  expect(more).toEqual([]);
  expect(Math.abs(at - 2000)).toBeLessThanOrEqual(150);
});

test('a clip without frames, or of one, or of one picture, has no cuts', () => {
  expect(shotChanges([])).toEqual([]);
  expect(shotChanges(clip(1, () => seen(0)))).toEqual([]);
  expect(shotChanges(clip(50, () => new Uint8Array(3 * PIXELS)))).toEqual([]);
});

test('the small picture is the mean of what each of its pixels covers, in light and colour', () => {
  const [width, height] = [2 * SHOT_WIDTH, 2 * SHOT_HEIGHT];
  const red = Uint8Array.from({ length: 4 * width * height }, (_, i) => {
    const isBright = ((i >> 2) % width) % 2 === 0;
    return i % 4 === 3 ? 255 : i % 4 === 0 && isBright ? 200 : 0;
  });
  const picture = shotPicture(red, width, height);
  expect([...new Set(picture.subarray(0, PIXELS))]).toEqual([30]); // 0.299 × 100
  expect([...new Set(picture.subarray(PIXELS, 2 * PIXELS))]).toEqual([111]);
  expect([...new Set(picture.subarray(2 * PIXELS))]).toEqual([178]);
});

test('of composed clips with pans, zooms, flashes and dissolves the changes are found at an F of 0.95 and more', () => {
  const clips = [0, 1, 2, 3].map((i) => composeClip(`unit ${i}`, { shots: 8, dissolves: 0.4 }));
  expect(scoreShots(clips).f).toBeGreaterThanOrEqual(0.95);
});
