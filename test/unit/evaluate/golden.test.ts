/** The metrics against the reference's own numbers on its sixty clips; what makes ranks and overlaps is train/golden-eval.test.ts's. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type MetricName, type Outcome, scoresOf } from '../../../offline/metrics/scores.ts';

interface Golden {
  iou: number[];
  rank0: number[];
  retrieval: Record<'R1' | 'R5' | 'R10' | 'MedianR', number>;
  localisation: Record<'mIoU' | 'IoU@0.5' | 'IoU@0.7', number>;
  composite: Record<'R1_iou0.7' | 'R10_iou0.7' | 'R100_iou0.7', number>;
}

const { iou, rank0, retrieval, localisation, composite } = JSON.parse(
  readFileSync(new URL('../../fixtures/made/golden_eval.json', import.meta.url), 'utf8'),
) as Golden;

test('every published metric is the reference’s, whose shares of overlaps are float32 percents', () => {
  const scores = scoresOf(iou.map((overlap, i): Outcome => ({ rank: rank0[i] + 1, iou: overlap })));
  const published: Record<MetricName, [value: number, digits: number]> = {
    mIoU: [localisation.mIoU, 7],
    'IoU@0.5': [localisation['IoU@0.5'] / 100, 12],
    'IoU@0.7': [localisation['IoU@0.7'] / 100, 12],
    'R@1': [retrieval.R1 / 100, 12],
    'R@5': [retrieval.R5 / 100, 12],
    'R@10': [retrieval.R10 / 100, 12],
    'median rank': [retrieval.MedianR, 12],
    'MoR@1': [composite['R1_iou0.7'] / 100, 7],
    'MoR@10': [composite['R10_iou0.7'] / 100, 7],
    'MoR@100': [composite['R100_iou0.7'] / 100, 7],
  };
  for (const [name, [value, digits]] of Object.entries(published))
    expect(scores[name as MetricName], name).toBeCloseTo(value, digits);
});
