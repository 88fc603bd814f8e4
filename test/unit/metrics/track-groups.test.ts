import { describe, expect, test } from 'vitest';
import { type Metrics, metricsApart, metricsTable } from '../../../offline/metrics/metrics.ts';
import { allNew, apart, groupOf, groupOfBoth, trainingRowsOf } from '../../../offline/metrics/track-groups.ts';

const tracks = (...ids: string[]) => ids.map((musicId) => ({ musicId }));
const metricsOf = (mIoU: number, clips: number): Metrics => ({ clips, mIoU, r1: 0.5, r5: 1, r10: 1, moR1: 0.25 });

describe('seen and new tracks', () => {
  test('are told by the rows of the training split', () => {
    expect(trainingRowsOf(tracks('a', 'b', 'c', 'a'), tracks('a', 'b', 'a', 'z'))).toEqual([2, 1, 0, 2]);
    expect([2, 0, undefined].map((trainingRows) => groupOf({ trainingRows }))).toEqual(['seen', 'new', undefined]);
  });

  test('are measured apart, each on its own rows, seen ones first', () => {
    const found = apart(['new', 'seen', 'new', 'seen'], (indices) => [...indices]);
    expect(Object.entries(found!)).toEqual([
      ['seen', [1, 3]],
      ['new', [0, 2]],
    ]);
  });

  test('are not told apart where there is only one group, or a row of which nobody knows', () => {
    const count = (indices: readonly number[]) => indices.length;
    expect(apart(['seen', 'seen'], count)).toBeUndefined();
    expect(apart(['new'], count)).toBeUndefined();
    expect(apart(['seen', 'new', undefined], count)).toBeUndefined();
    expect(metricsApart([1, 2], (indices) => metricsOf(0.5, indices.length))).toEqual(metricsOf(0.5, 2));
  });

  test('of two models are those that both, one or none of them was trained on', () => {
    const [one, none] = [{ trainingRows: 1 }, { trainingRows: 0 }];
    expect([groupOfBoth(one, one), groupOfBoth(none, none)]).toEqual(['seen', 'new']);
    expect([groupOfBoth(one, none), groupOfBoth(none, one)]).toEqual(['A only', 'B only']);
    expect([groupOfBoth({}, one), groupOfBoth(one, {})]).toEqual([undefined, undefined]);
  });

  test('are said to be new where all of them are', () => {
    expect(allNew([0, 0])).toEqual(['none of these tracks has a row in the training split']);
    for (const usual of [[0, 1], [1, 1], [], [undefined]]) expect(allNew(usual)).toEqual([]);
  });
});

describe('the table of metrics', () => {
  test('has the numbers of seen and of new tracks beside those of all, and says how many clips they are', () => {
    const model = metricsApart([3, 0, 1, 0, 0], (indices) => metricsOf(indices[0] / 10, indices.length));
    expect(metricsTable({ model, other: metricsOf(0.7, 5) })).toEqual([
      '                 R@1     R@5    mIoU   MoR@1 |  seen R@1    mIoU   MoR@1 |   new R@1    mIoU   MoR@1',
      'model          0.500   1.000   0.000   0.250 |     0.500   0.000   0.250 |     0.500   0.100   0.250',
      'other          0.500   1.000   0.700   0.250 |         –       –       – |         –       –       –',
      'seen: the 2 clips of tracks with training rows; new: the 3 clips of tracks without; ranks are among all tracks',
    ]);
  });

  test('is as it was where there is one group', () => {
    expect(metricsTable({ model: metricsOf(0.7, 5) })).toEqual([
      '                 R@1     R@5    mIoU   MoR@1',
      'model          0.500   1.000   0.700   0.250',
    ]);
  });
});
