/** Tracks that have sound in common: what each of them can claim is told of each. */
import { expect, test } from 'vitest';
import { landmark } from '../../../offline/align/landmarks.ts';
import { createMatcher } from '../../../offline/align/match.ts';
import { pack } from '../../../offline/align/packed-peaks.ts';
import { createPeakFinder, findPeaks, NARROW, WIDE } from '../../../offline/align/peaks.ts';
import { cutFrom, joinedSound, music, RATE } from './music.ts';

const song = music('song', 30);
/** Another mastering: brighter, pressed, and it begins later. */
const remaster = joinedSound(
  new Float32Array(Math.round(0.73 * RATE)),
  song.map((value, i) => Math.tanh(3 * (value - 0.6 * (song[i - 1] ?? 0)))),
);
const sample = music('sample', 8);
const first = joinedSound(music('first, before', 12), sample, music('first, after', 10));
const second = joinedSound(music('second, before', 5), sample, music('second, after', 17));

function tracksIn(library: readonly Float32Array[], post: Float32Array) {
  const matcher = createMatcher(landmark(library.map((sound) => pack(findPeaks(sound, WIDE)))));
  const finder = createPeakFinder([NARROW, WIDE]);
  finder.push(post);
  const [many, few] = finder.end();
  return matcher
    .match(many, few, post.length / RATE)
    .filter(({ score }) => score >= matcher.least)
    .map(({ line, fromSec, toSec }) => ({ track: line.track, atSec: line.offsetSec, lengthSec: toSec - fromSec }))
    .sort((a, b) => a.track - b.track);
}

test('of two masters of a song both are named, each with its own place', () => {
  const found = tracksIn([music('other', 30), song, remaster], cutFrom(song, 9, 10));
  expect(found.map(({ track }) => track)).toEqual([1, 2]);
  expect(found[0].atSec).toBeCloseTo(9, 1);
  expect(found[1].atSec).toBeCloseTo(9.73, 1);
});

test('of two tracks with the same sample both are named where it plays', () => {
  const found = tracksIn([first, second], cutFrom(first, 13, 6));
  expect(found.map(({ track }) => track)).toEqual([0, 1]);
  expect(found[0].atSec).toBeCloseTo(13, 1);
  expect(found[1].atSec).toBeCloseTo(6, 1);
});

test('where a post goes on beyond the sample, the track that goes on with it has the longer row', () => {
  const found = tracksIn([first, second], cutFrom(first, 6, 14));
  expect(found.map(({ track }) => track)).toEqual([0, 1]);
  expect(found[0].lengthSec).toBeGreaterThan(13);
  expect(found[1].lengthSec).toBeLessThan(9);
});

test('of two tracks that play at once both are named', () => {
  const [one, other] = [music('left', 30), music('right', 30)];
  const beside = cutFrom(other, 15, 12);
  const mixed = cutFrom(one, 4, 12).map((value, i) => 0.5 * (value + beside[i]));
  expect(tracksIn([one, other, song], mixed).map(({ track }) => track)).toEqual([0, 1]);
});
