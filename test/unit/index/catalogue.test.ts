import { expect, test } from 'vitest';
import { openCatalogueShard, type Track, trackLine, writeCatalogueShard } from '../../../index/format/catalogue.ts';
import { readWholeCatalogue } from '../../../index/format/whole-catalogue.ts';
import { fromUtf8, toUtf8 } from '../../../index/utf8.ts';
import { someTrack } from './some-track.ts';

const written = (tracks: readonly Track[]) => toUtf8(writeCatalogueShard(tracks.map(trackLine)));
const read = (bytes: Uint8Array<ArrayBuffer>): Track[] => {
  const { tracks, trackAt } = openCatalogueShard(bytes.buffer);
  return Array.from({ length: tracks }, (_, i) => trackAt(i));
};

const TRACKS = [
  someTrack('bare'),
  someTrack('full', {
    title: 'two\nlines \ud800 and half a character',
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

test('a shard of the catalogue is read as it was written, whatever is known of its tracks', () => {
  expect(read(written(TRACKS))).toEqual(TRACKS);
  expect(read(written([]))).toEqual([]);
});

test('a track that a shard does not have is a range error', () => {
  const { trackAt } = openCatalogueShard(written(TRACKS).buffer);
  for (const track of [-1, 3, 0.5]) expect(() => trackAt(track)).toThrow(RangeError);
});

test('a shard of another version, or a part of one, is refused, and says what to do', () => {
  const text = fromUtf8(written(TRACKS));
  const other = toUtf8(text.replace('"version":4', '"version":3'));
  expect(() => read(other)).toThrow('catalogue: expected version 4, got 3. Build the index again');
  for (const cut of ['no', '', text.slice(0, -1), text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1)])
    expect(() => read(toUtf8(cut)), cut).toThrow(/^catalogue: expected .+, got .+\. Build the index again/);
});

test('what is no track is refused when it is read, and the others are not', () => {
  const preview = { path: 'objects/preview-0.mp3', bytes: 9 } as NonNullable<Track['preview']>;
  for (const broken of [{ segments: 0 }, { preview }, { durationMs: 0 }]) {
    const { trackAt } = openCatalogueShard(written([someTrack('one', broken), someTrack('two')]).buffer);
    expect(() => trackAt(0)).toThrow('catalogue: expected a track at line 2, got something else.');
    expect(trackAt(1).id).toBe('two');
  }
});

test('the whole catalogue of an older index is read, and one of another version is refused', () => {
  expect(readWholeCatalogue(JSON.stringify({ version: 3, tracks: TRACKS }))).toEqual(TRACKS);
  expect(() => readWholeCatalogue('{"version":2,"tracks":[]}')).toThrow(
    'catalogue: expected version 3, got 2. Build the index again.',
  );
  expect(() => readWholeCatalogue('no')).toThrow(
    'catalogue: expected JSON, got something else. Build the index again.',
  );
  expect(() => readWholeCatalogue(JSON.stringify({ version: 3, tracks: [TRACKS[0], {}] }))).toThrow(
    'catalogue: expected a track at place 1, got something else. Build the index again.',
  );
});
