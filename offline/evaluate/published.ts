/** What others reached on MGSV-EC's test split: MaDe (ICCV 2025), Table 4. Shares from 0 to 1, as in scores.ts. */
import type { MetricName } from '../metrics/scores.ts';

export const PUBLISHED: Readonly<Record<string, Partial<Record<MetricName, number>>>> = {
  'MaDe (paper)': {
    mIoU: 0.722,
    'R@1': 0.088,
    'R@5': 0.163,
    'R@10': 0.198,
    'MoR@1': 0.083,
    'MoR@10': 0.176,
    'MoR@100': 0.307,
  },
  'MVPt+/UVCOM+': {
    mIoU: 0.661,
    'R@1': 0.067,
    'R@5': 0.119,
    'R@10': 0.149,
    'MoR@1': 0.054,
    'MoR@10': 0.118,
    'MoR@100': 0.23,
  },
};
