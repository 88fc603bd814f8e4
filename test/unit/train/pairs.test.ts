import { describe, expect, test } from 'vitest';
import { measureEncoders, pairsOf } from '../../../offline/train/pairs.ts';
import { tinyConfig, tinyDataset } from './tiny.ts';

const data = tinyDataset();

describe('the standardisation', () => {
  test('is measured on the training split alone, every clip and track once', () => {
    const wild = tinyDataset();
    for (const { videoId } of [...wild.splits.val, ...wild.splits.test]) wild.videos.get(videoId)!.data.fill(1000);
    const encoders = measureEncoders(tinyConfig, wild);
    expect(encoders).toEqual(measureEncoders(tinyConfig, data));
    const all = data.splits.train.flatMap(({ videoId }) => [...data.videos.get(videoId)!.data]);
    const firsts = all.filter((_, i) => i % 4 === 0);
    expect(encoders.image.statistics?.mean[0]).toBeCloseTo(firsts.reduce((a, b) => a + b, 0) / firsts.length, 6);
    expect([encoders.image.name, encoders.image.width, encoders.audio.width]).toEqual(['tiny-image', 4, 5]);
    const tracks = [...data.tracks.values()].flatMap((track) => [...track.data]).filter((_, i) => i % 5 === 1);
    expect(encoders.audio.statistics?.mean[1], 'a track of two clips').toBeCloseTo(
      tracks.reduce((a, b) => a + b, 0) / tracks.length,
      6,
    );
  });
});

describe('the pairs', () => {
  test('leave out a moment that begins where the model no longer listens', () => {
    const late = tinyDataset();
    late.splits.train.push({ ...late.splits.train[0], musicStartSec: 26, musicEndSec: 30, musicTotalSec: 40 });
    const pairs = pairsOf(late, tinyConfig, measureEncoders(tinyConfig, late));
    expect(pairs.map(({ startSec }) => startSec)).toEqual(data.splits.train.map(({ musicStartSec }) => musicStartSec));
  });

  test('of one track share its tokens', () => {
    const [first, second] = pairsOf(data, tinyConfig, measureEncoders(tinyConfig, data));
    expect(first.trackId).toBe(second.trackId);
    expect(first.segments).toBe(second.segments);
  });
});
