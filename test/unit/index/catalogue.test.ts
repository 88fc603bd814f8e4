import { expect, test } from 'vitest';
import { readCatalogue, type Track, writeCatalogue } from '../../../index/format/catalogue.ts';
import { someTrack } from './some-track.ts';

test('a catalogue is read as it was written, whatever is known of its tracks', () => {
  const tracks = [
    someTrack('bare'),
    someTrack('full', {
      artist: 'Someone',
      tags: ['calm', '夜'],
      instrumental: true,
      explicit: false,
      territories: ['DE'],
      fields: { year: 2019, moods: ['a', 'b'], cleared: true, code: '007' },
      preview: { path: 'objects/preview-0123.mp3', bytes: 480_000, type: 'audio/mpeg' },
    }),
    someTrack('gone', { removed: true }),
  ];
  expect(readCatalogue(writeCatalogue(tracks))).toEqual(tracks);
});

test('a catalogue of another version is refused, and says what to do', () => {
  const text = writeCatalogue([]).replace('"version":3', '"version":2');
  expect(() => readCatalogue(text)).toThrow('catalogue: expected version 3, got 2. Build the index again.');
});

test('what is no catalogue, or has something else for a track, is refused', () => {
  expect(() => readCatalogue('no')).toThrow('catalogue: expected JSON, got something else. Build the index again.');
  const text = writeCatalogue([someTrack('one'), { ...someTrack('two'), durationMs: 0 }]);
  expect(() => readCatalogue(text)).toThrow(
    'catalogue: expected a track at place 1, got something else. Build the index again.',
  );
  const preview = { path: 'objects/preview-0.mp3', bytes: 9 } as NonNullable<Track['preview']>;
  for (const broken of [{ segments: 0 }, { preview }])
    expect(() => readCatalogue(writeCatalogue([someTrack('one', broken)]))).toThrow('a track at place 0');
});
