import { describe, expect, test } from 'vitest';
import { ANNOTATIONS, annotationsIn, readAnnotations } from '../../../offline/data/annotations.ts';
import { newTracks, statsOf, statsTable } from '../../../offline/data/stats.ts';
import { readTable } from '../../../offline/formats/tables/table.ts';
import { sharedLog, sharedMissing } from '../cues/shared.ts';

const use = (videoId: string, musicId: string, videoSec: number, musicTotalSec: number) => ({
  videoId,
  musicId,
  musicStartSec: 1,
  musicEndSec: 1 + videoSec,
  musicTotalSec,
  videoSec,
});

test('clips count once a row and tracks once an id', () => {
  // clips 10, 20, 30: mean 20, deviation √(200/3); tracks 60 and 100: mean 80, deviation 20
  const found = statsOf('x', [use('a', 'm', 10, 60), use('b', 'm', 20, 60), use('c', 'n', 30, 100)]);
  expect([found.rows, found.clips, found.tracks]).toEqual([3, 3, 2]);
  expect(found.clipSec).toEqual({ mean: 20, deviation: Math.sqrt(200 / 3), least: 10, most: 30 });
  expect(found.trackSec).toEqual({ mean: 80, deviation: 20, least: 60, most: 100 });
});

test('a split without rows has no lengths', () => {
  expect(statsTable([statsOf('test', [])])[1]).toMatch(/^test\s+0\s+0\s+0\s+–\s+–\s+–$/);
});

test('a track is new to training where it has no training row, however many rows ask about it', () => {
  const rows = ['a', 'b', 'b', 'c'].map((musicId) => ({ musicId }));
  expect(newTracks(rows, [{ musicId: 'a' }, { musicId: 'z' }])).toBe('2 of 3 tracks have no training row');
});

describe.skipIf(sharedMissing)('MGSV-EC as published', () => {
  test.each([
    ['val', '22.785 ± 10.824', '139.557 ± 70.045'],
    ['test', '22.608 ± 10.705', '139.948 ± 70.096'],
  ] as const)('has the numbers known of %s', async (split, clip, track) => {
    const found = statsOf(split, await readAnnotations(sharedLog(split)));
    expect([found.rows, found.clips, found.tracks]).toEqual([2000, 2000, 2000]);
    const [, line] = statsTable([found]);
    expect(line).toContain(clip);
    expect(line).toContain(track);
  });

  test.each(['val', 'test'] as const)(
    'has no line of %s that cannot be read, and the rows that training reads',
    async (split) => {
      const { rows, faults } = annotationsIn(await readTable(sharedLog(split), ANNOTATIONS));
      expect(faults).toEqual([]);
      expect(rows.map(({ line: _, from: __, ...row }) => row)).toEqual(await readAnnotations(sharedLog(split)));
    },
  );
});
