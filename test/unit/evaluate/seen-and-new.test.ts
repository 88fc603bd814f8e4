import { beforeAll, describe, expect, test } from 'vitest';
import { type Answers, exactAnswers, withTrainingRows } from '../../../offline/evaluate/answers.ts';
import { comparedTable, compareEvaluations } from '../../../offline/evaluate/compare.ts';
import {
  type Evaluation,
  evaluationCsv,
  FORMAT,
  measured,
  pairedDifference,
} from '../../../offline/evaluate/evaluation.ts';
import { evaluationTable } from '../../../offline/evaluate/table.ts';
import { reportTest } from '../../../offline/evaluate/test-report.ts';
import { scoresOf } from '../../../offline/metrics/scores.ts';
import { evaluationReport } from '../../../offline/report/evaluation-report.ts';
import { checkpoint } from '../indexing/sample.ts';
import { tinyDataset } from '../train/tiny.ts';

const whole = tinyDataset();
/** Eight clips, a track each; three of the tracks have no training row. */
const rows = [...whole.splits.test, ...whole.splits.val];
const heldOut = new Set(rows.slice(0, 3).map(({ musicId }) => musicId));
const train = whole.splits.train.filter(({ musicId }) => !heldOut.has(musicId));
const data = { ...whole, splits: { ...whole.splits, train, test: rows } };
const resampling = { seed: '1', draws: 50 };
let answers: Answers;
let evaluation: Evaluation;

beforeAll(async () => {
  answers = await exactAnswers(checkpoint, data, rows, 1);
  evaluation = evaluationOf(answers);
});

const evaluationOf = (answers: Answers): Evaluation => ({
  format: FORMAT,
  checkpoint: { file: 'best.safetensors', preset: 'tiny', step: 0, seed: '1' },
  data: 'data',
  split: 'test',
  tracks: answers.tracks,
  resampling,
  exact: measured('exact', answers, resampling),
});

describe('an evaluation of seen and new tracks', () => {
  test('counts and scores both apart, each rank among all tracks', () => {
    expect(answers.rows.map(({ trainingRows }) => trainingRows)).toEqual([0, 0, 0, 2, 2, 2, 2, 2]);
    const { seen, new: fresh } = evaluation.exact.groups!;
    expect([seen!.clips, fresh!.clips]).toEqual([5, 3]);
    expect(fresh!.scores).toEqual(scoresOf(answers.rows.slice(0, 3)));
    expect(seen!.scores).toEqual(scoresOf(answers.rows.slice(3)));
    expect(fresh!.intervals).toEqual(measured('', { rows: answers.rows.slice(0, 3) }, resampling).intervals);
    expect(evaluation.exact.scores).toEqual(scoresOf(answers.rows));
  });

  test('prints them below all, and once what they are', () => {
    const lines = evaluationTable(evaluation);
    expect(lines.filter((line) => /^ ?\w/.test(line)).map((line) => line.slice(0, 14).trim())).toEqual([
      '8 clips of tes',
      'exact',
      'seen (5)',
      'new (3)',
      'MaDe (paper)',
      'MVPt+/UVCOM+',
      'seen: the 5 cl',
      'shares in %; [',
    ]);
    expect(lines.find((line) => line.startsWith(' new (3)'))).toContain(
      evaluation.exact.groups!.new!.scores.mIoU.toFixed(3),
    );
    expect(lines.at(-2)).toBe(
      'seen: the 5 clips of tracks with training rows; new: the 3 clips of tracks without; ranks are among all tracks',
    );
  });

  test('tells the difference of two paths on both', () => {
    const better = answers.rows.map((row) => (row.trainingRows ? row : { ...row, iou: 1 }));
    const videos = rows.map(({ videoId }) => videoId);
    const served = {
      ...measured('served', { rows: better }, resampling),
      difference: pairedDifference(videos, answers.rows, better, resampling),
    };
    const { seen, new: fresh } = served.difference.groups!;
    expect(seen!.scores.mIoU).toBe(0);
    expect(fresh!.scores.mIoU).toBeCloseTo(1 - evaluation.exact.groups!.new!.scores.mIoU, 12);
    const lines = evaluationTable({ ...evaluation, served });
    expect(lines.filter((line) => line.startsWith(' new (3)'))).toHaveLength(3);
    const html = evaluationReport({ ...evaluation, served });
    for (const path of ['exact', 'served', 'served − exact'])
      for (const group of ['seen tracks (5)', 'new tracks (3)']) expect(html).toContain(`>${path}, ${group}</th>`);
    expect(html).toContain('Seen: the 5 clips of tracks with training rows');
  });

  test('has the training rows of each track in its spreadsheet', () => {
    const lines = evaluationCsv(evaluation).trimEnd().split('\n');
    expect(lines.map((line) => line.split(',').at(-1))).toEqual([
      'training_rows',
      '0',
      '0',
      '0',
      ...Array(5).fill('2'),
    ]);
  });

  test('says in one line that all are new, and nothing where all are seen', () => {
    const all = (train: typeof rows) =>
      evaluationTable(evaluationOf({ ...answers, rows: withTrainingRows(answers.rows, train) }));
    expect(all([])[1]).toBe('none of these tracks has a row in the training split');
    expect(all(rows).join('\n')).not.toMatch(/training|seen|new \(/);
    expect(all([])).toHaveLength(all(rows).length + 1);
  });
});

describe('a comparison', () => {
  const groupsIn = (a: Evaluation, b: Evaluation) => {
    const compared = compareEvaluations(a, b, resampling);
    const groups = Object.entries(compared.exact.groups ?? {}).map(([group, { clips }]) => [group, clips]);
    return { groups: Object.fromEntries(groups), lines: comparedTable(compared, ['a', 'b']) };
  };

  test('of two evaluations tells seen and new tracks apart', () => {
    const { groups, lines } = groupsIn(evaluation, evaluation);
    expect(groups).toEqual({ seen: 5, new: 3 });
    expect(lines.some((line) => line.startsWith(' new (3)'))).toBe(true);
    expect(lines.join('\n')).toContain('new: the 3 clips of tracks without;');
  });

  test('of models trained on different rows tells the tracks apart that only one was trained on', () => {
    const b = evaluationOf({ ...answers, rows: withTrainingRows(answers.rows, whole.splits.train) });
    const { groups, lines } = groupsIn(evaluation, b);
    expect(groups).toEqual({ seen: 5, 'B only': 3 });
    expect(lines.join('\n')).toContain('B only: the 3 clips of tracks that only B was trained on;');
  });

  test('with an evaluation of an earlier program, which did not say, tells nothing apart', () => {
    const earlier = structuredClone(evaluation);
    for (const row of earlier.exact.rows) delete row.trainingRows;
    expect(groupsIn(earlier, evaluation).groups).toEqual({});
  });
});

test('the test report after a training has both beside all, for the model and for what guessing gives', async () => {
  const { model, chance, lines } = await reportTest(checkpoint, data, 1);
  expect(model.groups!.new!.mIoU).toBeCloseTo(evaluation.exact.groups!.new!.scores.mIoU, 6);
  expect(model.groups!.seen!.moR1).toBe(evaluation.exact.groups!.seen!.scores['MoR@1']);
  expect([chance.groups!.new!.r1, chance.groups!.new!.clips]).toEqual([1 / 8, 3]);
  expect(lines).toHaveLength(8);
  expect(lines[7]).toContain('new: the 3 clips of tracks without');
  const all = await reportTest(checkpoint, { ...data, splits: { ...data.splits, train: whole.splits.train } }, 1);
  expect(all.model).toEqual({ ...model, groups: undefined });
  expect(all.lines).toHaveLength(7);
});
