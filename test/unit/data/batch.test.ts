import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  momentDistribution,
  negatives,
  type Pair,
  slotDistribution,
  standardised,
  targets,
} from '../../../offline/data/batch.ts';
import { type MadeConfig, paper } from '../../../offline/models/made/config.ts';
import { padded, type Tokens } from '../../../offline/nn/tokens.ts';
import { fullMade } from '../../fixtures/made-configs.ts';

const config: MadeConfig = { ...paper, frameWidth: 2, segmentWidth: 3, strideSec: 2.5, maxDurationSec: 40 };
const tokens = (count: number, width: number, value: number): Tokens => ({
  data: new Float32Array(count * width).fill(value),
  count,
});
const pair = (over: Partial<Pair> = {}): Pair => ({
  frames: tokens(2, 2, 1),
  segments: tokens(8, 3, 1),
  trackId: 'a',
  videoId: 'clip',
  uses: [],
  startSec: 5,
  endSec: 15,
  ...over,
});

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

  test('are left as they are where the encoder has no statistics', () => {
    const { data } = standardised(raw, { name: 'other', width: 2 }, 2);
    expect([...data]).toEqual([3, 10, 1, 0]);
  });

  test('of another width are refused with the encoder’s name', () => {
    expect(() => standardised({ data: new Float32Array(6), shape: [2, 3] }, info, 50)).toThrow(
      'tokens of basic-frames: expected 2 values each, got 3. Encode the media again.',
    );
  });
});

describe('the targets of a batch', () => {
  test('are centre and width as shares of the longest duration, the end clamped to it', () => {
    const pairs = [pair(), pair({ startSec: 30, endSec: 60 }), pair({ startSec: 0, endSec: 40 })];
    const { data, shape } = targets(pairs, config);
    expect(shape).toEqual([3, 2]);
    expect([...data]).toEqual([10 / 40, 10 / 40, 35 / 40, 10 / 40, 20 / 40, 40 / 40].map(Math.fround));
  });
});

describe('the negatives of a batch', () => {
  test('leave out another clip of the same track, both ways, and nothing else', () => {
    const masked: MadeConfig = { ...config, loss: { ...fullMade.loss, maskSameTrack: true } };
    const out = -1e9;
    expect(negatives([pair(), pair({ trackId: 'b' }), pair()], masked)).toEqual({
      shape: [3, 3],
      data: Float32Array.of(0, 0, out, 0, 0, 0, out, 0, 0),
    });
  });

  test('are all of them where the config says so', () => {
    expect(config.loss.maskSameTrack).toBe(false);
    expect([...negatives([pair(), pair()], config).data]).toEqual([0, 0, 0, 0]);
  });
});

describe('the share of a moment in each segment', () => {
  test('goes to the segments nearest to it', () => {
    // segment j is nearest from 2.5 j - 1.25 to 2.5 j + 1.25: of 5..15 s the segments 2..6 have 1.25, 2.5, 2.5, 2.5, 1.25
    const { data, shape } = momentDistribution([pair()], config);
    expect(shape).toEqual([1, 8]);
    expect([...data]).toEqual([0, 0, 0.125, 0.25, 0.25, 0.25, 0.125, 0]);
  });

  test('goes to the first segment at the very start, and between two to the nearer', () => {
    const of = (startSec: number, endSec: number) => [...momentDistribution([pair({ startSec, endSec })], config).data];
    expect(of(0, 1)).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
    expect(of(1.3, 3.7)).toEqual([0, 1, 0, 0, 0, 0, 0, 0]);
  });

  test('stands in rows as long as the longest track', () => {
    const short = pair({ segments: tokens(2, 3, 1), startSec: 0, endSec: 1 });
    const { data, shape } = momentDistribution(
      [short, pair({ segments: tokens(3, 3, 1), startSec: 4, endSec: 6 })],
      config,
    );
    expect(shape).toEqual([2, 3]);
    expect([...data]).toEqual([1, 0, 0, 0, 0, 1]);
  });

  test('always sums to 1 where the segments reach the moment', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0.1, max: 60, noNaN: true }),
        (count, at, seconds) => {
          const startSec = at * (count - 0.6) * 2.5;
          const reached = pair({ segments: tokens(count, 3, 1), startSec, endSec: startSec + seconds });
          const { data } = momentDistribution([reached, pair({ segments: tokens(10, 3, 1) })], config);
          const row = data.subarray(0, 10);
          expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
          expect(row.subarray(count).every((share) => share === 0)).toBe(true);
          expect(row.every((share) => share >= 0)).toBe(true);
        },
      ),
    );
  });

  test('is nothing for a moment behind the last segment', () => {
    const { data } = momentDistribution([pair({ segments: tokens(2, 3, 1), startSec: 30, endSec: 35 })], config);
    expect(data.every((share) => share === 0)).toBe(true);
  });

  test('stands behind the frames among the slots, which say what is a segment', () => {
    const pairs = [
      pair({ frames: tokens(1, 2, 1), segments: tokens(2, 3, 1), startSec: 0, endSec: 1 }),
      pair({ frames: tokens(3, 2, 1), segments: tokens(2, 3, 1), startSec: 1.25, endSec: 3 }),
    ];
    const { inside, segment } = slotDistribution(pairs, config);
    expect(inside).toEqual({ shape: [2, 5], data: Float32Array.of(0, 1, 0, 0, 0, 0, 0, 0, 0, 1) });
    expect(segment).toEqual({ shape: [2, 5], data: Float32Array.of(0, 1, 1, 0, 0, 0, 0, 0, 1, 1) });
  });
});
