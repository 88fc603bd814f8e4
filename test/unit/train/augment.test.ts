import { describe, expect, test } from 'vitest';
import type { Pair } from '../../../offline/data/batch.ts';
import { segmentInputWidth } from '../../../offline/data/cue-prior.ts';
import type { MadeConfig } from '../../../offline/models/made/config.ts';
import { augmented } from '../../../offline/train/augment.ts';
import { measureEncoders, pairsOf } from '../../../offline/train/pairs.ts';
import { tinyConfig, tinyDataset } from './tiny.ts';

const data = tinyDataset();
const config: MadeConfig = { ...tinyConfig, cropShare: 0, cuePrior: 1 };
const pairs = pairsOf(data, config, measureEncoders(config, data));

const none = new Map<string, Pair[]>();

/** The cue values of a pair's first segment. */
const cuesOf = ({ segments }: Pair): number[] => [...segments.data.subarray(5, segmentInputWidth(config))]; // then the mean frame;

describe('a step', () => {
  test('shows a pair the other uses of its track, never its own', () => {
    for (const pair of augmented(pairs, config, none, 'seed')) {
      const [other] = pair.uses.filter(({ videoId }) => videoId !== pair.videoId);
      expect(pair.uses).toHaveLength(2);
      expect(cuesOf(pair)[3] / 32).toBeCloseTo(other.startSec / config.maxDurationSec, 5);
    }
  });

  test('shows most of them the mean frame of those clips', () => {
    const many = Array.from({ length: 60 }, () => pairs).flat();
    const seen = augmented(many, config, none, 'seed').filter((pair) => cuesOf(pair).slice(4).some(Boolean));
    expect(seen.length / many.length).toBeGreaterThan(0.76);
    expect(seen.length / many.length).toBeLessThan(0.84);
    const [pair] = seen;
    const [other] = pair.uses.filter(({ videoId }) => videoId !== pair.videoId);
    expect(cuesOf(pair).slice(4)).toEqual([...other.frames!]);
  });

  test('shows as large a share of the pairs as the config says, the others nothing', () => {
    const many = Array.from({ length: 60 }, () => pairs).flat();
    const shown = augmented(many, { ...config, cuePrior: 0.3 }, none, 'seed').filter((pair) => cuesOf(pair)[2] > 0);
    expect(shown.length / many.length).toBeGreaterThan(0.26);
    expect(shown.length / many.length).toBeLessThan(0.34);
  });

  test('cuts none of those that are shown uses', () => {
    const both = augmented(pairs, { ...config, cuePrior: 0.5, cropShare: 1 }, none, 'seed');
    const [shown, others] = [both.filter((pair) => cuesOf(pair)[2] > 0), both.filter((pair) => !cuesOf(pair)[2])];
    expect(shown.length * others.length).toBeGreaterThan(0);
    for (const pair of shown) expect(pair.frames.count).toBe(7);
    expect(others.some(({ frames }) => frames.count < 7)).toBe(true);
  });

  test('gives a track a noise of its own: the same on all of its segments, another for every pair and step', () => {
    const noisy = { ...config, cuePrior: 0, trackNoise: 0.5 };
    const width = config.segmentWidth;
    const noises = (seed: string) =>
      augmented(pairs, noisy, none, seed).map(({ segments, startSec }, i) => {
        const given = pairs[i].segments;
        expect([segments.count, startSec]).toEqual([given.count, pairs[i].startSec]);
        const added = Array.from(
          given.data,
          (value, j) => segments.data[(j % width) + segmentInputWidth(noisy) * Math.floor(j / width)] - value,
        );
        for (let j = width; j < added.length; j++) expect(added[j]).toBeCloseTo(added[j % width], 5);
        return added.slice(0, width);
      });
    const [first, other] = [noises('one'), noises('other')];
    expect(first[0]).not.toEqual(first[1]);
    expect(first[0]).not.toEqual(other[0]);
    const many = Array.from({ length: 40 }, (_, i) => noises(`${i}`)).flat(2);
    const deviation = Math.sqrt(many.reduce((sum, value) => sum + value * value, 0) / many.length);
    expect(deviation).toBeGreaterThan(0.45);
    expect(deviation).toBeLessThan(0.55);
  });

  test('makes the same of the same pairs with the same seed', () => {
    const mixed = { ...config, cuePrior: 0.5, cropShare: 0.5 };
    expect(augmented(pairs, mixed, none, 'one')).toEqual(augmented(pairs, mixed, none, 'one'));
    expect(augmented(pairs, mixed, none, 'one')).not.toEqual(augmented(pairs, mixed, none, 'other'));
  });

  test('splices the clips of as many pairs as the config says with others of the same moment', () => {
    const all = Map.groupBy(
      pairs.map((pair) => ({ ...pair, startSec: 0 })),
      ({ trackId }) => trackId,
    );
    const given = [...all.values()].flat();
    const spliced = augmented(given, { ...config, cuePrior: 0, spliceShare: 1 }, all, 'seed');
    const changed = spliced.filter(({ frames }, i) =>
      frames.data.some((value, k) => value !== given[i].frames.data[k]),
    );
    expect(changed.length).toBeGreaterThan(given.length / 2);
    expect(augmented(given, { ...config, cuePrior: 0, spliceShare: 0 }, all, 'seed')).toBe(given);
  });

  test('hands on pairs as they are where the config changes nothing', () => {
    expect(augmented(pairs, { ...config, cuePrior: 0 }, none, 'seed')).toBe(pairs);
  });
});
