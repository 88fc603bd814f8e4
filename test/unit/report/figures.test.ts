import { expect, test } from 'vitest';
import { dataFigures, histogram, usesByRank } from '../../../offline/report/figures.ts';
import { tagsOf } from '../report/markup.ts';

const use = (musicId: string, videoSec = 10, musicStartSec = 0) => ({
  videoId: 'v',
  musicId,
  musicStartSec,
  musicEndSec: musicStartSec + videoSec,
  musicTotalSec: 100,
  videoSec,
});

test('a value on an edge belongs to the bin above', () => {
  expect(histogram([0, 2.4, 2.5, 7.6], 2.5).map(({ height }) => height)).toEqual([2, 1, 0, 1]);
  expect(histogram([0.15], 0.05).map(({ height }) => height)).toEqual([0, 0, 0, 1]);
  expect(histogram([], 1)).toEqual([]);
});

test('tracks are drawn by how often they are used', () => {
  expect(usesByRank([use('a'), use('b'), use('b'), use('b')])).toEqual([
    { from: 0, to: 1, height: 3 },
    { from: 1, to: 2, height: 1 },
  ]);
  // 100 tracks on 50 bars: the first holds the tracks of 5 uses and of 1
  const many = Array.from({ length: 100 }, (_, i) => use(`t${i}`));
  expect(usesByRank([...many, ...Array.from({ length: 4 }, () => use('t7'))])[0]).toEqual({
    from: 0,
    to: 2,
    height: 3,
  });
});

test('the figures are files of SVG, the same for the same rows', () => {
  const rows = [use('a', 12, 40), use('<b>', 30, 0), use('a', 5, 91)];
  const figures = dataFigures('val', rows);
  expect([...figures.keys()]).toEqual([
    'val-fig-2a-clips.svg',
    'val-fig-2a-tracks.svg',
    'val-fig-2b.svg',
    'val-fig-2e.svg',
  ]);
  for (const svg of figures.values()) {
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
    expect(tagsOf(svg)[0]).toBe('svg');
  }
  // clips of 5, 12 and 30 s: bins 2, 4 and 12 of 2.5 s, so 13 bars
  expect(figures.get('val-fig-2a-clips.svg')!.match(/<rect class="bar"/g)).toHaveLength(13);
  expect([...dataFigures('val', rows)]).toEqual([...figures]);
});

test('where moments lie is drawn beside the highlights of their tracks, where those are known', () => {
  const rows = [use('a', 10, 0), use('b', 10, 90)];
  const alone = dataFigures('val', rows).get('val-fig-2e.svg')!;
  const both = dataFigures('val', rows, () => ({ startSec: 40, endSec: 50 })).get('val-fig-2e.svg')!;
  // middles at 5 and 95 of 100 s, both highlights at 45
  expect(alone).toContain('<title>0.95 to 1: 1</title>');
  expect(alone).not.toContain('highlights');
  expect(both).toContain('<title>0.45 to 0.5: 2</title>');
  expect(both).toMatch(/<text class="end [^"]+"[^>]*>highlights<\/text>/);
});
