import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Pair, standardised, trainingBatch } from '../../../offline/data/batch.ts';
import { cuepoint, type MadeConfig, paper } from '../../../offline/made/config.ts';
import { padded, type Tokens } from '../../../offline/made/tokens.ts';

const config: MadeConfig = { ...paper, frameWidth: 2, segmentWidth: 3, strideSec: 2.5, maxDurationSec: 40 };
const tokens = (count: number, width: number, value: number): Tokens => ({
  data: new Float32Array(count * width).fill(value),
  count,
});
const pair = (over: Partial<Pair> = {}): Pair => ({
  frames: tokens(2, 2, 1),
  segments: tokens(8, 3, 1),
  trackId: 'a',
  startSec: 5,
  endSec: 15,
  ...over,
});
const batchOf = (pairs: Pair[], of = config) =>
  trainingBatch(pairs, of, { batch: pairs.length, frames: 4, segments: 10 });

describe('padding', () => {
  test('puts each item’s tokens at the start of its row and zeros behind them', () => {
    const { tokens: found, mask } = padded([tokens(1, 2, 7), tokens(3, 2, 8)], 2);
    expect([found.shape, [...found.data]]).toEqual([
      [2, 3, 2],
      [7, 7, 0, 0, 0, 0, 8, 8, 8, 8, 8, 8],
    ]);
    expect([mask.shape, [...mask.data]]).toEqual([
      [2, 3],
      [1, 0, 0, 1, 1, 1],
    ]);
  });

  test('goes to the length that is wanted', () => {
    const { tokens: found, mask } = padded([tokens(1, 1, 7)], 1, 4);
    expect([...found.data]).toEqual([7, 0, 0, 0]);
    expect([...mask.data]).toEqual([1, 0, 0, 0]);
  });
});

describe('raw tokens', () => {
  const info = { name: 'basic-frames', width: 2, statistics: { mean: [1, 10], deviation: [2, 5] } };
  const raw = { data: Float32Array.of(3, 10, 1, 0, -1, 15), shape: [3, 2] };

  test('are standardised with the encoder’s statistics', () => {
    expect(standardised(raw, info, 50)).toEqual({ data: Float32Array.of(1, 0, 0, -2, -1, 1), count: 3 });
  });

  test('are cut to the most the model looks at', () => {
    expect(standardised(raw, info, 2)).toEqual({ data: Float32Array.of(1, 0, 0, -2), count: 2 });
  });

  test('of another width are refused with the encoder’s name', () => {
    expect(() => standardised({ data: new Float32Array(6), shape: [2, 3] }, info, 50)).toThrow(
      'tokens of basic-frames: expected 2 values each, got 3. Encode the media again.',
    );
  });
});

describe('a training batch', () => {
  test('has the shapes that the training step declares', () => {
    const shapes = Object.fromEntries(Object.entries(batchOf([pair(), pair()])).map(([k, { shape }]) => [k, shape]));
    expect(shapes).toEqual({
      frames: [2, 4, 2],
      frame_mask: [2, 4],
      segments: [2, 10, 3],
      segment_mask: [2, 10],
      target: [2, 2],
      negatives: [2, 2],
      inside: [2, 10],
    });
    for (const { data, shape } of Object.values(batchOf([pair(), pair()])))
      expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
  });

  test('has centre and width as shares of the longest duration, the end clamped to it', () => {
    const { target } = batchOf([pair(), pair({ startSec: 30, endSec: 60 }), pair({ startSec: 0, endSec: 40 })]);
    expect([...target.data]).toEqual([10 / 40, 10 / 40, 35 / 40, 10 / 40, 20 / 40, 40 / 40].map(Math.fround));
  });

  test('takes another clip of the same track out of the negatives, both ways, and nothing else', () => {
    const masked: MadeConfig = { ...config, loss: { ...cuepoint.loss, maskSameTrack: true } };
    const { negatives } = batchOf([pair(), pair({ trackId: 'b' }), pair()], masked);
    const out = -1e9;
    expect([...negatives.data]).toEqual([0, 0, out, 0, 0, 0, out, 0, 0]);
  });

  test('keeps every negative where the config says so', () => {
    const { negatives } = batchOf([pair(), pair()]);
    expect(config.loss.maskSameTrack).toBe(false);
    expect([...negatives.data]).toEqual([0, 0, 0, 0]);
  });

  test('shares the moment among the segments nearest to it', () => {
    // segment j is nearest from 2.5 j - 1.25 to 2.5 j + 1.25: of 5..15 s the segments 2..6 have 1.25, 2.5, 2.5, 2.5, 1.25
    const { inside } = batchOf([pair()]);
    expect([...inside.data]).toEqual([0, 0, 0.125, 0.25, 0.25, 0.25, 0.125, 0, 0, 0]);
  });

  test('gives a moment at the very start to the first segment, and one between two to the nearer', () => {
    const { inside } = batchOf([pair({ startSec: 0, endSec: 1 }), pair({ startSec: 1.3, endSec: 3.7 })]);
    expect([...inside.data.subarray(0, 10)]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([...inside.data.subarray(10)]).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test('always shares a moment that the segments reach so that the shares sum to 1', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0.1, max: 60, noNaN: true }),
        (count, at, seconds) => {
          const startSec = at * (count - 0.6) * 2.5;
          const { inside } = batchOf([pair({ segments: tokens(count, 3, 1), startSec, endSec: startSec + seconds })]);
          expect(inside.data.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
          expect(inside.data.subarray(count).every((share) => share === 0)).toBe(true);
          expect(inside.data.every((share) => share >= 0)).toBe(true);
        },
      ),
    );
  });

  test('gives no share to a moment behind the last segment', () => {
    const { inside } = batchOf([pair({ segments: tokens(2, 3, 1), startSec: 30, endSec: 35 })]);
    expect(inside.data.every((share) => share === 0)).toBe(true);
  });
});
