import { describe, expect, test } from 'vitest';
import {
  createSimulation,
  SIZES,
  type SimulatedClip,
  type Split,
  sizesFor,
} from '../../../../offline/worlds/simulated/world.ts';

const sizes = { tracks: 1000, train: 9000, val: 500, test: 500 };
const world = createSimulation(1, sizes);
const trackSec = (clip: SimulatedClip) => world.tracks[clip.track].song.durationSec;
const of = (split: Split) => world.clips.filter((clip) => clip.split === split);
const share = <T>(items: readonly T[], test: (item: T) => boolean) => items.filter(test).length / items.length;

function meanAndDeviation(values: readonly number[]): [number, number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)];
}

test('equal seeds give equal worlds, other seeds other ones', () => {
  expect(createSimulation('a', SIZES.tiny)).toEqual(createSimulation('a', SIZES.tiny));
  expect(createSimulation('b', SIZES.tiny).clips).not.toEqual(createSimulation('a', SIZES.tiny).clips);
});

test('is plain data: it survives JSON', () => {
  const tiny = createSimulation(1, SIZES.tiny);
  expect(JSON.parse(JSON.stringify(tiny))).toEqual(tiny);
});

test('half of the tracks have no favourite moment where a world is asked for so, and a tenth otherwise', () => {
  const without = (share?: number) =>
    createSimulation(1, { tracks: 400, train: 800, val: 1, test: 1 }, share).tracks.filter(
      ({ favourites }) => !favourites.length,
    ).length;
  expect(Math.abs(without(0.55) / 400 - 0.55)).toBeLessThan(0.06);
  expect(Math.abs(without() / 400 - 0.1)).toBeLessThan(0.04);
});

describe('the statistics of MGSV-EC', () => {
  test('clips last 23.9 ± 10.7 s, within 5 and 50', () => {
    const seconds = world.clips.map((clip) => clip.endSec - clip.startSec);
    const [mean, deviation] = meanAndDeviation(seconds);
    expect(Math.abs(mean - 23.9)).toBeLessThan(0.5);
    expect(Math.abs(deviation - 10.7)).toBeLessThan(0.3);
    expect(Math.min(...seconds)).toBeGreaterThanOrEqual(5);
    expect(Math.max(...seconds)).toBeLessThanOrEqual(50);
  });

  test('tracks last 138.9 ± 69.6 s, at most 240', () => {
    const seconds = world.tracks.map(({ song }) => song.durationSec);
    const [mean, deviation] = meanAndDeviation(seconds);
    expect(Math.abs(mean - 138.9)).toBeLessThan(5); // 1,000 draws: the mean itself deviates by 2.2
    expect(Math.abs(deviation - 69.6)).toBeLessThan(2);
    expect(Math.max(...seconds)).toBeLessThanOrEqual(240);
  });

  test('starts in one track agree within a second in four of five cases', () => {
    const pairs = of('test').flatMap((one) =>
      of('val')
        .filter((other) => other.track === one.track)
        .map((other) => Math.abs(other.startSec - one.startSec)),
    );
    expect(pairs.length).toBeGreaterThan(200);
    expect(Math.abs(share(pairs, (apart) => apart <= 1) - 0.807)).toBeLessThan(0.06);
  });

  test('three of eight moments are the start of their track, most of them of short tracks', () => {
    expect(Math.abs(share(of('test'), (clip) => clip.startSec < 1) - 0.375)).toBeLessThan(0.06);
    const ofShort = share(
      of('test').filter((clip) => trackSec(clip) < 60),
      (clip) => clip.startSec < 1,
    );
    const ofLong = share(
      of('test').filter((clip) => trackSec(clip) > 180),
      (clip) => clip.startSec < 1,
    );
    expect(ofShort).toBeGreaterThan(0.65);
    expect(ofLong).toBeLessThan(0.2);
  });

  test('a tenth of the tracks is used by half of the videos, and half of the tracks by a sixth', () => {
    const uses = world.tracks
      .map((_, i) => of('train').filter((clip) => clip.track === i).length)
      .sort((a, b) => b - a);
    const total = (numbers: number[]) => numbers.reduce((sum, value) => sum + value, 0);
    expect(total(uses.slice(0, 100)) / sizes.train).toBeGreaterThan(0.4);
    expect(total(uses.slice(500)) / sizes.train).toBeLessThan(1 / 6);
  });

  test('some tracks have no favourite moment', () => {
    const without = share(world.tracks, ({ favourites }) => favourites.length === 0);
    expect(without).toBeGreaterThan(0.05);
    expect(without).toBeLessThan(0.15);
  });
});

describe('splits', () => {
  test('have the clips that were asked for, each once', () => {
    expect([of('train').length, of('val').length, of('test').length]).toEqual([9000, 500, 500]);
    expect(new Set(world.clips.map(({ id }) => id)).size).toBe(10_000);
  });

  test('give each clip of validation and of test a track of its own', () => {
    for (const split of ['val', 'test'] as const) expect(new Set(of(split).map(({ track }) => track)).size).toBe(500);
  });

  test('share tracks but not all: a tenth of the test tracks is new', () => {
    const trained = new Set(of('train').map(({ track }) => track));
    expect(trained.size).toBe(900);
    expect(of('test').filter(({ track }) => !trained.has(track)).length).toBe(50);
    expect(of('val').filter(({ track }) => !trained.has(track)).length).toBe(50);
  });

  test('of other numbers hold one clip in twelve back for validation and one for test', () => {
    expect(sizesFor(400, 3600)).toEqual({ tracks: 400, train: 3000, val: 300, test: 300 });
    expect(sizesFor(20, 3600)).toEqual({ tracks: 20, train: 3560, val: 20, test: 20 });
  });

  test('need as many tracks as they hold clips back', () => {
    expect(() => createSimulation(1, { tracks: 10, train: 5, val: 2, test: 11 })).toThrow(
      'expected at most 10 clips in validation and in test, got 11; each has a track of its own. Ask for more tracks.',
    );
    expect(createSimulation(1, { tracks: 10, train: 5, val: 2, test: 10 }).clips.length).toBe(17);
  });
});

test('a moment lies inside its track', () => {
  for (const clip of world.clips) {
    expect(clip.startSec).toBeGreaterThanOrEqual(0);
    expect(clip.endSec).toBeLessThanOrEqual(trackSec(clip) + 0.001);
  }
});

test('sections follow one another without a gap up to the end of the track', () => {
  for (const { song } of world.tracks) {
    let at = 0;
    for (const { startSec, endSec } of song.sections) {
      expect(startSec).toBeCloseTo(at, 9);
      expect(endSec).toBeGreaterThan(startSec);
      at = endSec;
    }
    expect(song.durationSec).toBe(at);
  }
});
