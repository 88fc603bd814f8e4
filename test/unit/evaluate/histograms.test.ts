import { describe, expect, test } from 'vitest';
import type { AnsweredRow } from '../../../offline/evaluate/answers.ts';
import { byIou, byRank, calibration, iouByLength } from '../../../offline/evaluate/histograms.ts';

const row = (over: Partial<AnsweredRow>): AnsweredRow => ({
  videoId: 'v',
  musicId: 'm',
  rank: 1,
  iou: 0,
  clipSec: 10,
  trackSec: 100,
  truth: { startSec: 0, endSec: 1 },
  found: { startSec: 0, endSec: 1 },
  first: { musicId: 'm', relevance: 0 },
  ...over,
});

describe('the classes of a page', () => {
  test('hold every rank once, those not returned among those beyond 100', () => {
    const { labels, values } = byRank([1, 2, 5, 6, 100, 101, Infinity].map((rank) => row({ rank })));
    expect(labels).toEqual(['1', '2–5', '6–10', '11–20', '21–50', '51–100', '> 100']);
    expect(values).toEqual([1, 2, 1, 0, 0, 1, 2]);
  });

  test('hold every overlap once, a whole one in the last tenth', () => {
    expect(byIou([0, 0.05, 0.1, 0.95, 1].map((iou) => row({ iou }))).values).toEqual([2, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
  });

  test('tell how often the first track is right where it is believed little and much', () => {
    const rows = [0.9, 0.1, 0.2, 0.8].map((relevance) =>
      row({ rank: relevance > 0.15 ? 1 : 2, first: { musicId: 'm', relevance } }),
    );
    expect(calibration(rows, 2)).toEqual({ labels: ['0.10', '0.80'], values: [0.5, 1] });
  });

  test('have the mean overlap of each length, an edge in the class above it, none where no row is', () => {
    const rows = [row({ clipSec: 9, iou: 0.2 }), row({ clipSec: 10, iou: 0.4 }), row({ clipSec: 19, iou: 0.8 })];
    const { labels, values } = iouByLength(rows, ({ clipSec }) => clipSec, [10, 20]);
    expect(labels).toEqual(['< 10', '10–20', '≥ 20']);
    expect(values).toEqual([0.2, expect.closeTo(0.6, 12), Number.NaN]);
  });
});
