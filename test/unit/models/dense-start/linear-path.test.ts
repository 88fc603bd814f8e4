import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Pair } from '../../../../offline/data/batch.ts';
import { untaught } from '../../../../offline/learn/teach.ts';
import { createRandom } from '../../../../offline/lib/random.ts';
import type { Checkpoint } from '../../../../offline/models/checkpoint.ts';
import { denseStartFamily as family } from '../../../../offline/models/dense-start/family.ts';
import { initialValues, view } from '../../../../offline/nn/parameters.ts';
import { meanToken, type Tokens } from '../../../../offline/nn/tokens.ts';
import { pairsOf } from '../../../../offline/train/pairs.ts';
import { train } from '../../../../offline/train/train.ts';
import { type TestFolder, testFolder } from '../../data/folder.ts';
import { tinyDataset } from '../../train/tiny.ts';
import { tinyDense } from './tiny.ts';

const config = { ...tinyDense, frameWidth: 12, segmentWidth: 10, canonicalDirections: 3 };
const WIDTH = config.width;
let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
});
afterAll(() => folder.remove());

/** Tracks of three hidden numbers, three clips each; tokens are two random maps of them, and noise. */
function drawPairs(tracks: number, seed: string): Pair[] {
  const maps = createRandom('maps');
  const map = (width: number) => Array.from({ length: 3 * width }, () => maps.normal());
  const [toFrames, toSegments] = [map(12), map(10)];
  const random = createRandom(seed);
  const tokens = (hidden: readonly number[], to: readonly number[], count: number, noise: number): Tokens => {
    const width = to.length / 3;
    const own = hidden.map((value) => value + noise * random.normal());
    const data = Float32Array.from({ length: count * width }, (_, at) => {
      const column = at % width;
      return own.reduce((sum, value, i) => sum + value * to[3 * column + i], 4) + noise * random.normal();
    });
    return { data, count };
  };
  return Array.from({ length: tracks }, (_, track) => {
    const hidden = [random.normal(), random.normal(), random.normal()];
    const segments = tokens(hidden, toSegments, 9, 0.05);
    return Array.from({ length: 3 }, (_, clip) => ({
      ...{ frames: tokens(hidden, toFrames, 5, 0.2), segments, uses: [], startSec: 0, endSec: 5 },
      ...{ trackId: `${track}`, videoId: `${track}.${clip}` },
    }));
  }).flat();
}

/** θ after `begin`, and what the paths make of a clip's or a track's mean token: they are linear, so it is the mean of what they give. */
function begun(pairs: readonly Pair[], change = {}) {
  const changed = { ...config, ...change };
  const layout = family.layout(changed);
  const theta = initialValues(layout, createRandom('start'));
  family.begin!(changed, layout, theta, pairs);
  const path = (kind: 'video' | 'music', tokens: Tokens): Float32Array => {
    const [weight, bias] = ['weight', 'bias'].map((part) => view(layout, theta, `${kind}.path.${part}`));
    const [mean, inputs] = [meanToken(tokens), weight.length / WIDTH];
    return bias.map((value, row) => mean.reduce((sum, x, i) => sum + x * weight[row * inputs + i], value));
  };
  return { layout, theta, path };
}

const length = (vector: Float32Array) => Math.hypot(...vector);
const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * b[i], 0) / length(a) / length(b);

test('before the first step the paths of clips that were never seen are nearest to those of their own tracks', () => {
  const { path } = begun(drawPairs(60, 'train'));
  const asked = drawPairs(12, 'asked').filter((_, i) => i % 3 === 0);
  const tracks = asked.map(({ segments }) => path('music', segments));
  const right = asked.filter(({ frames }, i) => {
    const likeness = tracks.map((track) => cosine(path('video', frames), track));
    return likeness.indexOf(Math.max(...likeness)) === i;
  });
  expect(right.length).toBeGreaterThanOrEqual(9); // chance is one of twelve
});

test('their means have no mean over the training pairs, and 0.6 of the length of a normalised row', () => {
  const pairs = drawPairs(60, 'train');
  const { path } = begun(pairs);
  for (const [kind, of] of [
    ['video', 'frames'],
    ['music', 'segments'],
  ] as const) {
    const vectors = pairs.map((pair) => path(kind, pair[of]));
    const square = vectors.reduce((sum, vector) => sum + length(vector) ** 2, 0) / vectors.length;
    expect(Math.sqrt(square / WIDTH)).toBeCloseTo(0.6, 4);
    for (let row = 0; row < WIDTH; row++) {
      const mean = vectors.reduce((sum, vector) => sum + vector[row], 0) / vectors.length;
      expect(Math.abs(mean)).toBeLessThan(1e-4);
      if (row >= 3) for (const vector of vectors) expect(vector[row]).toBe(0);
    }
  }
});

test('values of earlier uses beside a segment do not enter it at first', () => {
  const { layout, theta } = begun(drawPairs(20, 'train'), { cuePrior: 0.5 });
  const weight = view(layout, theta, 'music.path.weight');
  const inputs = weight.length / WIDTH;
  expect(inputs).toBeGreaterThan(10);
  expect(weight.some((value) => value !== 0)).toBe(true);
  for (let at = 0; at < weight.length; at++) if (at % inputs >= 10) expect(weight[at]).toBe(0);
});

test('the paths change nothing else that θ begins with, and stay zero where all clips are alike or there is one pair', () => {
  const [pair] = drawPairs(1, 'one');
  for (const pairs of [
    [pair],
    [pair, { ...pair, videoId: 'again' }],
    drawPairs(2, 'two').map((p) => ({ ...p, frames: pair.frames })),
  ]) {
    const { layout, theta } = begun(pairs);
    expect(theta).toEqual(initialValues(layout, createRandom('start')));
  }
  const { layout, theta } = begun(drawPairs(20, 'train'));
  const before = initialValues(layout, createRandom('start'));
  for (const { name } of layout.parameters.filter(({ name }) => !name.includes('.path.')))
    expect(view(layout, theta, name)).toEqual(view(layout, before, name));
});

test('a training from nothing begins with them, and one that goes on from another network keeps the other’s', async () => {
  const data = tinyDataset();
  const still = { ...tinyDense, learningRate: 0 };
  const begin = async (name: string, init?: Checkpoint) => {
    const sizes = { batch: 5, micro: 5, threads: 1, every: 1, seed: 'start', length: { steps: 1 } };
    return train({ config: still, data, folder: join(folder.path, name), init, ...sizes });
  };
  const { layout, theta, encoders } = await begin('nothing');
  const expected = initialValues(layout, createRandom('start/parameters'));
  family.begin!(still, layout, expected, pairsOf(data, still, encoders));
  expect(theta).toEqual(expected);
  expect(view(layout, theta, 'video.path.weight').some((value) => value !== 0)).toBe(true);

  const other = untaught({ config: still, data, seed: 'other' });
  expect((await begin('other', other)).theta).toEqual(other.theta);
});

test('more directions than a token has values are as many as it has', () => {
  const { theta } = begun(drawPairs(60, 'train'), { canonicalDirections: 500 });
  for (const value of theta) expect(Number.isFinite(value)).toBe(true);
});
