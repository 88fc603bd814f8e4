import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holdOutTracks, shareFrom } from '../../../offline/data/hold-out.ts';

interface Row {
  musicId: string;
  row: number;
}

/** Rows of tracks by number, a split each. */
function splitsOf(train: readonly number[], val: readonly number[], test: readonly number[]) {
  let row = 0;
  const rows = (tracks: readonly number[]): Row[] => tracks.map((track) => ({ musicId: `m${track}`, row: row++ }));
  return { train: rows(train), val: rows(val), test: rows(test) };
}

const upTo = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i);
const tracksOf = (rows: readonly Row[]) => new Set(rows.map(({ musicId }) => musicId));

/** 100 tracks with three training rows each; validation asks for the first 40, test for 40 that begin with the 20th. */
const hundred = splitsOf([...upTo(100), ...upTo(100), ...upTo(100)], upTo(40), upTo(40, 20));

describe('tracks held out of training', () => {
  test('are the share of all tracks that was asked for, of test and of validation alike, and lose their training rows', () => {
    const { splits, tracks, of, leftOut } = holdOutTracks(hundred, 0.25, '1');
    const kept = tracksOf(splits.train);
    expect([tracks, of, kept.size]).toEqual([25, 100, 75]);
    expect(leftOut).toHaveLength(3 * 25);
    const fresh = (rows: readonly Row[]) => rows.filter(({ musicId }) => !kept.has(musicId)).length;
    expect(fresh(splits.test)).toBe(10);
    expect(fresh(splits.val.filter(({ musicId }) => !tracksOf(splits.test).has(musicId)))).toBe(5);
  });

  test('never change validation, test, or a row of another track, and are drawn by the seed alone', () => {
    const tracks = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 30 });
    fc.assert(
      fc.property(tracks, tracks, tracks, fc.double({ min: 0, max: 0.9, noNaN: true }), fc.string(), (...drawn) => {
        const [train, val, test_, share, seed] = drawn;
        const before = splitsOf(train, val, test_);
        let found: ReturnType<typeof holdOutTracks<Row>>;
        try {
          found = holdOutTracks(before, share, seed);
        } catch (error) {
          expect((error as Error).message).toMatch(/Give a smaller --hold-out-tracks\.$/);
          return;
        }
        const { splits, leftOut } = found;
        expect([splits.val, splits.test]).toEqual([before.val, before.test]);
        expect([...splits.train, ...leftOut].sort((a, b) => a.row - b.row)).toEqual(before.train);
        const kept = tracksOf(splits.train);
        expect(leftOut.filter(({ musicId }) => kept.has(musicId))).toEqual([]);
        const all = tracksOf(Object.values(before).flat()).size;
        const without = all - tracksOf(before.train).size;
        expect(all - kept.size).toBe(Math.max(without, Math.round(share * all)));
        expect(holdOutTracks(before, share, seed)).toEqual(found);
      }),
    );
    const held = (seed: string) => tracksOf(holdOutTracks(hundred, 0.25, seed).leftOut);
    expect(held('2')).not.toEqual(held('1'));
  });

  test('count those that have no training row as it is', () => {
    const splits = splitsOf(upTo(8), [8], [9, 0]);
    expect(holdOutTracks(splits, 0.3, '1').leftOut).toHaveLength(1);
    expect(holdOutTracks(splits, 0.2, '1').leftOut).toEqual([]);
    expect(holdOutTracks(splits, 0, '1')).toMatchObject({ splits, tracks: 2, of: 10 });
  });

  test('are refused where nothing is left to train on, and a share that is none by its flag', () => {
    expect(() => holdOutTracks(splitsOf([0, 1], [2], [3]), 0.9, '1')).toThrow(
      'hold out tracks: expected rows left to train on, found none with 4 of 4 tracks held out. Give a smaller --hold-out-tracks.',
    );
    expect(['0', '0.25', '1e-1'].map((text) => shareFrom('--share', text))).toEqual([0, 0.25, 0.1]);
    for (const text of ['1', '-0.1', '25', 'quarter', ' ', 'NaN'])
      expect(() => shareFrom('--hold-out-tracks', text)).toThrow(
        `--hold-out-tracks: expected a share of the tracks from 0 to below 1, got "${text}". Give 0.25 for a quarter of them.`,
      );
  });
});
