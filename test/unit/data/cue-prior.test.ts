import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CUE_VALUES, type KnownUse, segmentInputWidth, withCues } from '../../../offline/data/cue-prior.ts';
import type { MadeConfig } from '../../../offline/models/made/config.ts';
import type { Tokens } from '../../../offline/nn/tokens.ts';
import { fullMade } from '../../fixtures/made-configs.ts';

const config: MadeConfig = {
  ...fullMade,
  segmentWidth: 2,
  frameWidth: 3,
  strideSec: 2.5,
  maxDurationSec: 240,
  cuePrior: 0.5,
};
const SCALE = 32;
const tokens = (count: number): Tokens => ({ count, data: Float32Array.from({ length: 2 * count }, (_, i) => i + 1) });
const use = (startSec: number, endSec: number): KnownUse => ({ videoId: 'clip', startSec, endSec });

/** A value beside each segment's token, as a share. */
function column(value: number, count: number, uses: readonly KnownUse[]): number[] {
  const { data } = withCues(tokens(count), config, uses);
  const width = segmentInputWidth(config);
  return Array.from({ length: count }, (_, s) => Number((data[s * width + 2 + value] / SCALE).toFixed(6)));
}

describe('the cue prior', () => {
  test('leaves tokens as they are and adds zeros where nobody used the track', () => {
    const { data, count } = withCues(tokens(2), config);
    expect([count, [...data]]).toEqual([2, [1, 2, 0, 0, 0, 0, 0, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0, 0]]);
  });

  test('is nothing at all for a config without it', () => {
    const plain = tokens(3);
    expect(withCues(plain, { ...config, cuePrior: 0 }, [use(0, 5)])).toBe(plain);
    expect(segmentInputWidth({ ...config, cuePrior: 0 })).toBe(2);
  });

  test('tells which share of the uses plays at the centre of a segment', () => {
    expect(column(0, 5, [use(2.5, 6), use(5, 20)])).toEqual([0, 0.5, 1, 0.5, 0.5]);
  });

  test('tells where uses start, between two centres in proportion', () => {
    expect(column(1, 4, [use(2.5, 9), use(3.125, 9)])).toEqual([0, 0.875, 0.125, 0]);
  });

  test('tells of every segment how many uses there are and where most of them start', () => {
    const uses = [use(60, 70), use(12, 30), use(12.5, 40), use(13, 22)];
    expect(column(2, 2, uses)).toEqual([0.8, 0.8]);
    expect(column(3, 2, uses)).toEqual([0.052083, 0.052083]); // 12.5 s of 240
  });

  test('tells of every segment the mean frame of the clips whose frames are known', () => {
    const seen = [
      { ...use(0, 5), frames: Float32Array.of(1, 2, 3) },
      { ...use(0, 5), frames: Float32Array.of(3, 2, 1) },
    ];
    const { data } = withCues(tokens(2), config, [...seen, use(0, 5)]);
    expect([...data.subarray(6, 9), ...data.subarray(15, 18)]).toEqual([2, 2, 2, 2, 2, 2]);
    const unseen = withCues(tokens(2), config, [use(0, 5)]).data;
    expect([...unseen.subarray(6, 9)]).toEqual([0, 0, 0]);
  });

  test('of equally many starts, takes the earliest', () => {
    expect(column(3, 1, [use(90, 99), use(30, 39)])).toEqual([0.125]);
  });

  test('is finite, and a share, for any uses of a track, also behind its last segment', () => {
    const seconds = fc.double({ min: 0, max: 300, noNaN: true });
    const anyUses = fc.array(
      fc.tuple(seconds, seconds).map(([start, sec]) => use(start, start + sec)),
      { maxLength: 9 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 96 }), anyUses, (count, uses) => {
        for (let value = 0; value < CUE_VALUES; value++)
          for (const share of column(value, count, uses)) {
            expect(share).toBeGreaterThanOrEqual(0);
            expect(share).toBeLessThanOrEqual(value === 3 ? 300 / 240 : 1.000001);
          }
      }),
    );
  });
});
