/**
 * What the paper prints, "Music Grounding by Short Video" (Xin et al., ICCV 2025), on MGSV-EC's test split: to stand beside our own numbers.
 *
 * Its Tables 4 to 8; Figure 5 has no printed numbers, so its words stand for them. Shares and overlaps from 0 to 1, as in
 * metrics/scores.ts. Rows are named by our presets. The two rows that `evaluate` shows too stand in evaluate/published.ts.
 */
import { PUBLISHED } from '../evaluate/published.ts';
import type { MetricName, Scores } from '../metrics/scores.ts';

export type PublishedScores = Partial<Scores>;

/** Overlaps as they stand, ranks and MoR in %. */
type Printed = readonly (number | undefined)[];

const scoresOf = (names: readonly MetricName[], printed: Printed): PublishedScores =>
  Object.fromEntries(
    names.flatMap((name, i) => {
      const value = printed[i];
      return value === undefined ? [] : [[name, name === 'mIoU' ? value : Number((value / 100).toPrecision(6))]];
    }),
  );

const rows = (names: readonly MetricName[], all: Readonly<Record<string, Printed>>) =>
  Object.fromEntries(Object.entries(all).map(([row, printed]) => [row, scoresOf(names, printed)]));

/** The composite's name: MVPt+ ranks, UVCOM+ finds the moment. */
export const COMPOSITE = 'mvpt-plus+uvcom-plus';

/** Table 4, overall, in its order. */
export const TABLE_4: Readonly<Record<string, { millions: number; scores: PublishedScores }>> = {
  'tr-detr': { millions: 7.8, scores: { mIoU: 0.393 } },
  'qd-detr': { millions: 6.9, scores: { mIoU: 0.423 } },
  eatr: { millions: 8.5, scores: { mIoU: 0.588 } },
  'moment-detr': { millions: 4.3, scores: { mIoU: 0.63 } },
  'tr-detr-plus': { millions: 6.2, scores: { mIoU: 0.63 } },
  'qd-detr-plus': { millions: 5.4, scores: { mIoU: 0.634 } },
  uvcom: { millions: 14.5, scores: { mIoU: 0.652 } },
  'uvcom-plus': { millions: 12.9, scores: { mIoU: 0.661 } },
  mvpt: { millions: 3.6, scores: scoresOf(['R@1', 'R@5', 'R@10'], [2.4, 6.8, 9.4]) },
  'mvpt-plus': { millions: 3.6, scores: scoresOf(['R@1', 'R@5', 'R@10'], [6.7, 11.9, 14.9]) },
  [COMPOSITE]: { millions: 16.5, scores: PUBLISHED['MVPt+/UVCOM+'] },
  conquer: {
    millions: 39.4,
    scores: scoresOf(
      ['mIoU', 'R@1', 'R@5', 'R@10', 'MoR@1', 'MoR@10', 'MoR@100'],
      [0.572, 5.8, 11.0, 13.5, 4.4, 9.6, 18.4],
    ),
  },
  reference: { millions: 10.5, scores: PUBLISHED['MaDe (paper)'] },
};

const SEVEN = ['mIoU', 'R@1', 'R@5', 'R@10', 'MoR@1', 'MoR@10', 'MoR@100'] as const;

/** Table 5, three splits: means and deviations. */
export const TABLE_5: Readonly<Record<string, { mean: PublishedScores; deviation: PublishedScores }>> = {
  'MVPt+/UVCOM+ (paper)': {
    mean: scoresOf(SEVEN, [0.676, 7.0, 12.5, 15.5, 5.6, 12.0, 24.3]),
    deviation: scoresOf(SEVEN, [0.013, 0.4, 0.7, 0.5, 0.1, 0.3, 1.0]),
  },
  'MaDe (paper)': {
    mean: scoresOf(SEVEN, [0.743, 9.0, 17.3, 21.1, 8.4, 18.0, 32.7]),
    deviation: scoresOf(SEVEN, [0.017, 0.5, 0.7, 1.0, 0.3, 0.5, 1.4]),
  },
};

/** Table 6, ablations. */
export const TABLE_6: Readonly<Record<string, PublishedScores>> = rows(['mIoU', 'MoR@1', 'MoR@10', 'MoR@100'], {
  'ablation-0': [0.722, 8.3, 17.6, 30.7],
  'ablation-1': [0.699, 6.4, 14.3, 27.4],
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: an overlap that the paper prints
  'ablation-2': [0.707, 6.8, 14.1, 26.9],
  'ablation-3': [0.708, 7.1, 15.8, 29.1],
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: an overlap that the paper prints
  'ablation-4': [0.707, 6.3, 15.1, 29.0],
  'ablation-5': [0.715, 7.5, 16.8, 29.2],
  'ablation-6': [0.716, 6.9, 16.0, 28.3],
  'ablation-7': [0.705, 8.1, 16.7, 29.1],
  'ablation-8': [0.697, 7.1, 16.4, 29.1],
  'ablation-9': [0.709, 7.4, 16.4, 29.0],
  'ablation-10': [0.719, 8.0, 17.4, 30.4],
  'ablation-11': [0.718, 7.5, 16.9, 29.5],
  'ablation-12': [0.716, 7.6, 16.7, 30.6],
  'ablation-13': [0.706, 7.3, 16.5, 29.0],
});

/** Table 7, layers of the decoder. */
export const TABLE_7: Readonly<Record<string, PublishedScores>> = rows(['MoR@1', 'MoR@10', 'MoR@100'], {
  'depth-1': [7.6, 16.7, 28.3],
  'depth-2': [7.9, 17.3, 28.5],
  'depth-3': [7.4, 16.0, 27.2],
  'depth-4': [8.2, 16.9, 30.0],
  'depth-5': [7.3, 16.2, 29.2],
  'depth-6': [8.3, 17.6, 30.7],
});

/** Table 8: millions of parameters, and seconds for one batch of 512 pairs on an RTX 3090, tokens given. */
export const TABLE_8 = {
  pairs: 512,
  parts: {
    enhancement: { millions: 2.1, seconds: 0.006 },
    matching: { millions: 0.3, seconds: 0.052 },
    detection: { millions: 8.1, seconds: 0.033 },
    total: { millions: 10.5, seconds: 0.091 },
  },
} as const;

/** Figure 5, mIoU over the share of the training data: what it shows; of the whole data Table 4 has the number. */
export const FIGURE_5 =
  'In the paper the mIoU of QD-DETR falls as data grows, and that of QD-DETR+ rises; it prints no numbers but those of the whole data (its Table 4).';
