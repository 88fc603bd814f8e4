import { describe, expect, test } from 'vitest';
import { matchTracks } from '../../../offline/cues/match.ts';
import { useAt } from './one-use.ts';

const tracks = [
  { id: 'night-0123456789ab', file: 'slow/Night.mp3', durationMs: 60_000 },
  { id: 'day-0123456789ab', file: 'Day.flac', durationMs: 60_000 },
  { id: 'dusk-0123456789ab', file: 'a/Dusk.mp3', durationMs: 60_000 },
  { id: 'dusk-ba9876543210', file: 'b/Dusk.wav', durationMs: 60_000 },
  { id: 'gone-0123456789ab', file: 'Gone.mp3', durationMs: 60_000, removed: true } as const,
];
const match = (...uses: ReturnType<typeof useAt>[]) => matchTracks(uses, tracks);
const labelOf = (trackId: string, more = {}) => match(useAt(0, { trackId, ...more })).labelOf.get(trackId);
const reasonFor = (trackId: string, more = {}) => match(useAt(0, { trackId, ...more })).unmatched[0]?.reason;

describe('a track of the log is', () => {
  test('the one with its id', () => {
    expect(labelOf('dusk-ba9876543210')).toBe(3);
  });

  test('else the one whose file is called that, whatever its folder and ending', () => {
    expect(labelOf('Night')).toBe(0);
    expect(labelOf('Day')).toBe(1);
  });

  test("else the one whose file is called as the log's own file", () => {
    expect(labelOf('7+5x', { trackPath: '/music/7/Day.mp3' })).toBe(1);
    expect(labelOf('7+5x', { trackPath: 'C:\\music\\Day.mp3' })).toBe(1);
  });

  test('the same however its accents are written, with brackets and dots in its name', () => {
    const file = '夜曲 (café) [v1.2].mp3';
    const uses = [useAt(0, { trackId: '1', trackPath: `/m/${file.normalize('NFD')}` })];
    expect(matchTracks(uses, [{ id: 'x', file: file.normalize('NFC'), durationMs: 1 }]).labelOf.get('1')).toBe(0);
  });
});

describe('a track of the log is found by its file', () => {
  test.each([
    ['Night.mp3', 0],
    ['./slow/Night.mp3', 0],
    ['slow\\Night.mp3', 0],
    ['slow/Night', 0],
    ['C:\\Users\\me\\Music\\slow\\Night.mp3', 0],
    ['file:///home/me/b/Dusk.wav', 3],
    ['a/Dusk.mp3', 2],
    ['Dusk.wav', 3],
    ['elsewhere/Night.mp3', undefined],
  ])('%s', (trackId, label) => {
    expect(labelOf(trackId)).toBe(label);
  });

  test('but not when two paths end like it', () => {
    const { labelOf, unmatched } = match(
      useAt(0, { trackId: 'C:\\one\\Day.flac' }),
      useAt(0, { trackId: 'C:\\two\\Day.flac' }),
    );
    expect(labelOf.size).toBe(0);
    expect(unmatched[0].reason).toBe('"C:\\two\\Day.flac" would be the same file of the catalogue');
  });
});

describe('no track of the log is', () => {
  test('one that is not there, or was removed', () => {
    expect(reasonFor('Noon')).toBe('no track of the catalogue has this id or file name');
    expect(reasonFor('gone-0123456789ab')).toBe('no track of the catalogue has this id or file name');
  });

  test('one of two files with its name', () => {
    expect(reasonFor('Dusk')).toBe('several files of the catalogue have this name');
  });

  test('one of another length, by more than two seconds', () => {
    expect(labelOf('Night', { trackMs: 62_000 })).toBe(0);
    expect(reasonFor('Night', { trackMs: 62_001 })).toBe("slow/Night.mp3 is 60 s long, the log's track 62.001 s");
  });
});

test('what was found in which way is counted, by tracks', () => {
  const { found, unmatched } = match(
    useAt(0, { trackId: 'day-0123456789ab' }),
    useAt(9, { trackId: 'day-0123456789ab' }),
    useAt(0, { trackId: 'Night' }),
    useAt(0, { trackId: '5', trackPath: 'Day.mp3' }),
    useAt(0, { trackId: 'Noon' }),
    useAt(1, { trackId: 'Noon' }),
  );
  expect(found).toEqual({ id: 1, 'file name': 1, music_path: 1 });
  expect(unmatched).toEqual([{ trackId: 'Noon', uses: 2, reason: expect.any(String) }]);
});
