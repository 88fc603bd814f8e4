import { describe, expect, test } from 'vitest';
import { landmark } from '../../../offline/align/landmarks.ts';
import { createMatcher } from '../../../offline/align/match.ts';
import { pack } from '../../../offline/align/packed-peaks.ts';
import { createPeakFinder, findPeaks, NARROW, ROWS, WIDE } from '../../../offline/align/peaks.ts';
import { cutFrom, joinedSound, music, RATE } from './music.ts';

const tracks = ['a', 'b', 'c'].map((seed) => music(seed, 40));
const matcher = createMatcher(landmark(tracks.map((sound) => pack(findPeaks(sound, WIDE)))));

function heard(sound: Float32Array, moved = { rate: 1, shift: 0 }) {
  const finder = createPeakFinder([NARROW, WIDE]);
  finder.push(sound);
  const [many, few] = finder.end().map(({ sec, row }) => ({
    sec: sec.map((value) => value / moved.rate),
    row: row.map((value) => Math.min(ROWS - 0.01, Math.max(0, value + moved.shift))),
  }));
  const found = matcher.match(many, few, sound.length / RATE / moved.rate);
  return found
    .filter(({ score }) => score >= matcher.least)
    .map(({ line, fromSec, toSec }) => ({
      track: line.track,
      rate: line.rate,
      shift: line.shift,
      fromSec,
      toSec,
      atSec: line.offsetSec + line.rate * fromSec,
    }));
}

test('an excerpt is found where it is', () => {
  const [one, ...others] = heard(cutFrom(tracks[1], 12.5, 10));
  expect(others).toEqual([]);
  expect(one).toMatchObject({ track: 1, rate: 1, shift: 0 });
  expect(one.atSec - one.fromSec).toBeCloseTo(12.5, 1);
  expect(one.toSec - one.fromSec).toBeGreaterThan(9);
});

test('music that is in no track is found in none', () => {
  for (const seed of ['d', 'e', 'f']) expect(heard(music(seed, 15))).toEqual([]);
});

describe('an excerpt is found', () => {
  test.each([
    ['faster, as a tape', { rate: 1.043, shift: 36 * Math.log2(1.043) }],
    ['slower, at its own pitch', { rate: 0.951, shift: 0 }],
    ['a semitone lower, at its own speed', { rate: 1, shift: -3 }],
  ])('%s', (_, moved) => {
    const [one, ...others] = heard(cutFrom(tracks[2], 8, 14), moved);
    expect(others).toEqual([]);
    expect(one.track).toBe(2);
    expect(one.rate).toBeCloseTo(moved.rate, 3);
    expect(one.shift).toBeCloseTo(moved.shift, 0);
    expect(one.atSec - one.rate * one.fromSec).toBeCloseTo(8, 1);
  });
});

test('a loop, a jump and another track are a stretch each', () => {
  const loop = cutFrom(tracks[0], 20, 5);
  const found = heard(joinedSound(loop, loop, cutFrom(tracks[0], 3, 6), cutFrom(tracks[2], 30, 6)));
  expect(found.map(({ track }) => track)).toEqual([0, 0, 0, 2]);
  for (const [i, [fromSec, at]] of [
    [0, 20],
    [5, 20],
    [10, 3],
    [16, 30],
  ].entries()) {
    expect(found[i].fromSec).toBeCloseTo(fromSec, 0);
    expect(found[i].atSec - found[i].fromSec).toBeCloseTo(at - fromSec, 1);
  }
});
