import { expect, test } from 'vitest';
import type { AnsweredRow } from '../../../offline/evaluate/answers.ts';
import { type Evaluation, FORMAT, measured } from '../../../offline/evaluate/evaluation.ts';
import type { PlannedRow } from '../../../offline/experiments/plan.ts';
import { foundRows, markdown } from '../../../offline/experiments/table.ts';

const resampling = { seed: '1', draws: 20 };
const moment = { startSec: 0, endSec: 10 };

/** Four clips, the last of a track without training rows; overlaps as given, every right track first. */
function evaluationOf(
  seed: string,
  ious: readonly number[],
  trainingRows: readonly (number | undefined)[],
): Evaluation {
  const rows = ious.map(
    (iou, i): AnsweredRow => ({
      videoId: `v${i}`,
      musicId: `m${i}`,
      clipSec: 10,
      trackSec: 60,
      truth: moment,
      found: moment,
      rank: 1,
      iou,
      trainingRows: trainingRows[i],
    }),
  );
  const checkpoint = { file: 'model.safetensors', preset: 'p', step: 3, seed };
  return {
    format: FORMAT,
    checkpoint,
    data: 'd',
    split: 'test',
    tracks: 4,
    resampling,
    exact: measured('', { rows }, resampling),
  };
}

function tableOf(trainingRows: readonly (number | undefined)[]) {
  const row = (name: string, seeds: readonly (readonly number[])[]) => ({
    planned: { name, note: 'preset' } as PlannedRow,
    trained: 9,
    evaluations: seeds.map((ious, i) => evaluationOf(String(i + 1), ious, trainingRows)),
  });
  const rows = foundRows(
    [
      row('one', [
        [0.9, 0.9, 0.9, 0.1],
        [0.9, 0.9, 0.9, 0.3],
      ]),
      row('best', [
        [0.9, 0.9, 0.9, 0.5],
        [0.9, 0.9, 0.9, 0.9],
      ]),
    ],
    'best',
    resampling,
  );
  const guess = { clips: 4, mIoU: 0.4, r1: 0.25, r5: 1, r10: 1, moR1: 0.1 };
  const untrained = {
    'start 0': { ...guess, groups: { seen: { ...guess, clips: 3 }, new: { ...guess, clips: 1, mIoU: 0.2 } } },
    bare: guess,
  };
  return { rows, text: markdown({ title: 'T', comparedWith: 'best', rows, untrained }, []) };
}

test('an experiment tells seen and new tracks apart: its rows, what is not trained, each seed and the differences', () => {
  const { rows, text } = tableOf([2, 1, 5, 0]);
  const [{ groups, seeds, difference }] = rows;
  expect([groups!.seen!.clips, groups!.new!.clips]).toEqual([3, 1]); // of the split, whatever the number of seeds
  expect(groups!.seen!.scores.mIoU).toBeCloseTo(0.9, 12);
  expect(groups!.new!.scores.mIoU).toBeCloseTo(0.2, 12);
  expect(seeds.map(({ groups }) => groups!.new!.mIoU)).toEqual([0.1, 0.3]);
  expect(difference!.groups!.new!.scores.mIoU).toBeCloseTo(0.5, 12);
  expect(difference!.groups!.seen!.scores.mIoU).toBe(0);
  const starts = (start: string) => text.split('\n').filter((line) => line.startsWith(start));
  expect(starts('| one | seen | 3 | 0.900 [0.900, 0.900]')).toHaveLength(1);
  expect(starts('| one | new | 1 | 0.200 [')).toHaveLength(1);
  expect(starts('| start 0 | new | 1 | 0.200 | – | 25.0 |')).toHaveLength(1);
  expect(starts('| bare |')).toHaveLength(1);
  expect(starts('|  | seed |')[0]).toMatch(
    /\| mIoU, seen \| R@1, seen \| MoR@1, seen \| mIoU, new \| R@1, new \| MoR@1, new \|$/,
  );
  expect(starts('| one | 2 |')[0]).toMatch(/\| 0\.900 \| 100\.0 \| 100\.0 \| 0\.300 \| 100\.0 \| 0\.0 \|$/);
  expect(starts('| one, new (1) | +0.500 [+0.500, +0.500]')).toHaveLength(1);
});

test('an experiment whose tracks were all trained on, or of which nobody knows, has no more tables than before', () => {
  for (const trainingRows of [
    [2, 1, 5, 1],
    [undefined, undefined, undefined, undefined],
  ]) {
    const { rows, text } = tableOf(trainingRows);
    expect(rows[0].groups).toBeUndefined();
    expect(text).not.toMatch(/seen|new/);
  }
});
