import { expect, test } from 'vitest';
import type { EncodedTrack } from '../../../offline/encode/library.ts';
import { NO_FACTS } from '../../../offline/encode/music-facts.ts';
import { LEAST, leftOutLines, sortOut } from '../../../offline/indexing/left-out.ts';

const track = (file: string, durationSec: number, loudnessLufs: number | null, peakDb: number | null = -1) =>
  ({ file, durationSec, music: { ...NO_FACTS, loudnessLufs, peakDb } }) as EncodedTrack;

const library = [
  track('song.ogg', 180, -14),
  track('door.ogg', 0.7, -20),
  track('silence.ogg', 30, null, null),
  track('dither.ogg', 30, -69.6),
  track('jingle.ogg', 2, -50),
  track('click.ogg', 0.08, null, -3),
];
const files = (tracks: Iterable<{ file: string }>) => Array.from(tracks, ({ file }) => file);

test('a sound of less than two seconds, silence and near-silence are left out, each with its reason', () => {
  const { tracks, leftOut } = sortOut(library, LEAST);
  expect(files(tracks)).toEqual(['song.ogg', 'jingle.ogg']);
  expect(leftOut.tracks).toEqual([
    { file: 'door.ogg', reason: 'it lasts 0.7 s' },
    { file: 'silence.ogg', reason: 'it is silent' },
    { file: 'dither.ogg', reason: 'its loudness is -69.6 LUFS' },
    { file: 'click.ogg', reason: 'it lasts 0.08 s' },
  ]);
});

test('all can be kept', () => {
  expect(files(sortOut(library, { sec: 0, lufs: null }).tracks)).toEqual(files(library));
  expect(files(sortOut(library, { sec: 0, lufs: -50 }).tracks)).toEqual([
    'song.ogg',
    'door.ogg',
    'jingle.ogg',
    'click.ogg',
  ]);
});

test('what no answer could name is left out whatever is kept: a track of no millisecond, and one of more than a day', () => {
  const odd = [track('nothing.wav', 0.0004, -10), track('day.wav', 86_401, -10)];
  expect(sortOut(odd, { sec: 0, lufs: null }).leftOut.tracks.map(({ reason }) => reason)).toEqual([
    'it lasts less than a millisecond',
    'it lasts 24 hours, and a track at most 24',
  ]);
});

test('a report says the rule, what was left out, and how to keep it', () => {
  const lines = leftOutLines(sortOut(library, LEAST).leftOut);
  expect(lines[0]).toBe(
    'indexed: tracks of at least 2 s and -50 LUFS; 4 left out. --least-sec 0 and --least-lufs off keep them.',
  );
  expect(lines).toContain('left out: silence.ogg: it is silent');
  expect(leftOutLines({ least: LEAST, tracks: [] })).toEqual([
    'indexed: tracks of at least 2 s and -50 LUFS; none was left out',
  ]);
  const many = Array.from({ length: 30 }, (_, i) => ({ file: `${i}.wav`, reason: 'it is silent' }));
  expect(leftOutLines({ least: LEAST, tracks: many }).at(-1)).toBe('left out: … and 10 more like these');
});
