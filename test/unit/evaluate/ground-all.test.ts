import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { groundAll } from '../../../offline/evaluate/ground-all.ts';
import type { NamedTensor } from '../../../offline/formats/safetensors.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { type MadeGrounder, openMade } from '../../../offline/models/made/grounder.ts';
import { layoutOf } from '../../../offline/models/made/network.ts';
import { initialValues } from '../../../offline/nn/parameters.ts';
import { tinyConfig } from '../train/tiny.ts';

const encoders = { image: { name: 'eye', width: 4 }, audio: { name: 'ear', width: 5 } };
const layout = layoutOf(tinyConfig);
let model: MadeGrounder;
beforeAll(async () => {
  model = await openMade(tinyConfig, layout, initialValues(layout, createRandom('1')), { threads: 1 });
});
afterAll(() => model.close());

const tensor = (...shape: number[]): NamedTensor => ({
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1),
});
const seconds = (value: number): NamedTensor => ({ shape: [1], data: Float32Array.of(value) });
const ground = (changes: Record<string, NamedTensor | undefined>) => {
  const all = { 'video.a': tensor(2, 4), 'music.b': tensor(3, 5), ...changes };
  const given = Object.entries(all).filter((entry): entry is [string, NamedTensor] => entry[1] !== undefined);
  return groundAll(model, tinyConfig, encoders, new Map(given), () => {});
};

test('tokens with a duration are grounded within it', async () => {
  const { tensors, videoIds, trackIds } = await ground({ 'duration.b': seconds(0.5) });
  expect([videoIds, trackIds]).toEqual([['a'], ['b']]);
  expect(tensors.get('end')!.data[0]).toBeLessThanOrEqual(0.5);
});

describe('tokens that cannot be grounded are refused by name', () => {
  const refused: [string, Record<string, NamedTensor | undefined>, string][] = [
    ['no clips', { 'video.a': undefined }, 'tokens: expected tensors named "video.<id>", found none.'],
    ['no tracks', { 'music.b': undefined }, 'tokens: expected tensors named "music.<id>", found none.'],
    ['no token', { 'music.c': tensor(0, 5) }, 'tokens: expected [tokens, 5] for "music.c", got [0, 5].'],
    ['one dimension', { 'video.c': tensor(4) }, 'tokens: expected [tokens, 4] for "video.c", got [4].'],
    ['three dimensions', { 'video.c': tensor(1, 4, 4) }, 'for "video.c", got [1, 4, 4].'],
    [
      'another width',
      { 'video.c': tensor(2, 5) },
      'tokens: expected [tokens, 4] for "video.c", got [2, 5]. Encode it with eye, which the checkpoint is for.',
    ],
    [
      'a token that is no number',
      { 'music.b': { shape: [1, 5], data: Float32Array.of(1, 2, Number.NaN, 4, 5) } },
      'tokens: expected finite tokens for "music.b", got NaN or Infinity.',
    ],
    ['a duration that is no number', { 'duration.b': seconds(Number.NaN) }, 'above 0 for "duration.b", got NaN.'],
    ['a duration below zero', { 'duration.b': seconds(-3) }, 'seconds above 0 for "duration.b", got -3.'],
    ['an endless duration', { 'duration.b': seconds(Number.POSITIVE_INFINITY) }, 'for "duration.b", got Infinity.'],
    ['two durations in one', { 'duration.b': tensor(2) }, 'tokens: expected [1] for "duration.b", got [2].'],
    [
      'a duration of no track',
      { 'duration.c': seconds(3) },
      'tokens: expected a tensor "music.c" for "duration.c", got none.',
    ],
  ];
  test.each(refused)('%s', async (_, changes, message) => {
    await expect(ground(changes)).rejects.toThrow(message);
  });
});
