import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exactAnswers } from '../../../offline/evaluate/answers.ts';
import { compositeOf, rankingOf } from '../../../offline/evaluate/composite.ts';
import { type Evaluation, measured, readEvaluation, writeEvaluation } from '../../../offline/evaluate/evaluation.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import type { Checkpoint } from '../../../offline/models/checkpoint.ts';
import { noSteps } from '../../../offline/models/checkpoint.ts';
import type { BaseConfig } from '../../../offline/models/family.ts';
import { mvptPlus } from '../../../offline/models/mvpt/config.ts';
import { familyOf, registerFamily } from '../../../offline/models/registry.ts';
import { initialValues } from '../../../offline/nn/parameters.ts';
import { measureEncoders } from '../../../offline/train/pairs.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { toy, toyConfig } from '../models/toy-family.ts';
import { tinyDataset } from '../train/tiny.ts';

const resampling = { seed: '1', draws: 20 };
const data = tinyDataset();
const rows = data.splits.test; // 4 clips of 4 tracks
const ranker: BaseConfig = {
  ...mvptPlus,
  ...{ preset: 'ranker', frameWidth: 4, segmentWidth: 5, width: 8, heads: 2, ffn: 8, layers: 1 },
  ...{ maxFrames: 8, maxSegments: 10, maxDurationSec: 25 },
} as BaseConfig;

let folder: TestFolder;
let forget: () => void;
beforeAll(async () => {
  forget = registerFamily(toy);
  folder = await testFolder();
});
afterAll(async () => {
  forget();
  await folder.remove();
});

function untrained(config: BaseConfig): Checkpoint {
  const layout = familyOf(config).layout(config);
  const theta = initialValues(layout, createRandom('composite'));
  const zeros = new Float32Array(layout.size);
  const encoders = measureEncoders(config, data);
  return {
    ...{ config, encoders, layout, theta, first: zeros, second: zeros },
    ...{ step: 0, seed: '1', run: '', running: noSteps(), history: [] },
  };
}

async function evaluated(config: BaseConfig, kept = {}): Promise<Evaluation> {
  const answers = await exactAnswers(untrained(config), data, rows, 1, kept);
  return {
    format: 'cuepoint-evaluation-1',
    checkpoint: { file: `${config.preset}.safetensors`, preset: config.preset, step: 0, seed: '1' },
    data: 'tiny',
    split: 'test',
    tracks: answers.tracks,
    answers: answers.answers,
    resampling,
    exact: measured('the exact model', answers, resampling),
  };
}

/** Written and read again, as the command does. */
async function throughFile(name: string, evaluation: Evaluation): Promise<Evaluation> {
  await folder.write(name, writeEvaluation(evaluation));
  return readEvaluation(join(folder.path, name));
}

test('a composite has the ranks of one network and the moments of the other, and counts both for MoR', async () => {
  const rank = await throughFile('rank.json', await evaluated(ranker, { top: 3 }));
  const candidates = rankingOf(rank, 'rank.json', rows, 'test');
  const moment = await throughFile('moment.json', await evaluated(toyConfig, { candidates }));
  const composite = await throughFile('composite.json', compositeOf(rank, moment, resampling));

  const { scores } = composite.exact;
  for (const name of ['R@1', 'R@5', 'R@10', 'median rank'] as const) expect(scores[name]).toBe(rank.exact.scores[name]);
  for (const name of ['mIoU', 'IoU@0.5', 'IoU@0.7'] as const) expect(scores[name]).toBe(moment.exact.scores[name]);
  const hits = rank.exact.rows.filter((row, i) => row.rank <= 1 && moment.exact.rows[i].iou > 0.7);
  expect(scores['MoR@1']).toBe(hits.length / rows.length);
  expect([rank, moment].map(({ exact }) => exact.scores['MoR@1'])).toEqual([Number.NaN, Number.NaN]); // alone neither answers
  expect(composite.checkpoint.preset).toBe('ranker / toy-tiny');
});

test('MoR@k of a composite is worked out by hand', async () => {
  const [rank, moment] = [await evaluated(ranker), await evaluated(toyConfig)];
  const ranks = [1, 1, 7, 200];
  const overlaps = [0.9, 0.7, 0.8, 1]; // 0.7 is not above 0.7
  for (const [i, row] of rank.exact.rows.entries()) row.rank = ranks[i];
  for (const [i, row] of moment.exact.rows.entries()) row.iou = overlaps[i];
  const { scores } = compositeOf(rank, moment, resampling).exact;
  expect([scores['MoR@1'], scores['MoR@10'], scores['MoR@100']]).toEqual([0.25, 0.5, 0.5]);
});

test('a composite’s starts are of the moments that count', async () => {
  const [rank, moment] = [await evaluated(ranker), await evaluated(toyConfig)];
  expect([rank.exact.starts, moment.exact.starts === undefined]).toEqual([undefined, false]);
  for (const [i, row] of moment.exact.rows.entries()) Object.assign(row, { beatSec: 0.5, onDownbeat: i < 3 });
  const { starts } = compositeOf(rank, moment, resampling).exact;
  expect(starts!.scores['start error']).toBe(moment.exact.starts!.scores['start error']);
  expect(starts!.scores['on a downbeat']).toBe(0.75);
});

test('the moments in the tracks that another network ranks highest are kept with a row, in its order', async () => {
  const rank = await evaluated(ranker, { top: 3 });
  const candidates = rankingOf(rank, 'rank.json', rows, 'test');
  for (const [i, { first, ranked, rank: own, musicId }] of rank.exact.rows.entries()) {
    expect(ranked).toHaveLength(3);
    expect(ranked![0]).toBe(first!.musicId);
    expect(ranked!.indexOf(musicId)).toBe(own <= 3 ? own - 1 : -1);
    expect(candidates[i]).toBe(ranked);
  }
  const { exact } = compositeOf(rank, await evaluated(toyConfig, { candidates }), resampling);
  for (const { ranked, moments, musicId, found } of exact.rows) {
    expect(moments!.map((moment) => moment.musicId)).toEqual(ranked);
    const own = moments!.find((moment) => moment.musicId === musicId);
    if (own) expect(own.startSec).toBeCloseTo(found.startSec, 5);
  }
});

test('what does not go together is refused by what is wrong with it', async () => {
  const [rank, moment] = [await evaluated(ranker), await evaluated(toyConfig)];
  expect(() => compositeOf(moment, rank, resampling)).toThrow(
    '--rank: expected an evaluation of a network that ranks tracks, got one of toy-tiny, which does not. Give another file.',
  );
  expect(() => compositeOf(rank, rank, resampling)).toThrow('--moment: expected an evaluation of a network that finds');
  expect(() => compositeOf(rank, { ...moment, split: 'val' }, resampling)).toThrow(
    '--rank, --moment: expected one split, got test and val.',
  );
  expect(() => compositeOf(rank, { ...moment, tracks: 9 }, resampling)).toThrow(
    '--rank, --moment: expected the same clips and tracks, got 4 clips against 4 tracks and 4 against 9.',
  );
  const other = structuredClone(moment);
  other.exact.rows[2].truth.startSec += 1;
  expect(() => compositeOf(rank, other, resampling)).toThrow(/ s in row 3\. Evaluate both on one split\.$/);
  expect(() => rankingOf(rank, 'A.json', rows, 'test')).toThrow(
    /^A\.json: expected the tracks that rank highest for ".*", found none\. Write it with evaluate --top 100\.$/,
  );
  expect(() => rankingOf(rank, 'A.json', rows, 'val')).toThrow('expected a ranking of the split val, got one of test');
  expect(() => rankingOf(rank, 'A.json', rows.slice(1), 'test')).toThrow('expected a ranking of 3 clips, got one of 4');
  expect(() => rankingOf(rank, 'A.json', rows.toReversed(), 'test')).toThrow('in row 1');
  await expect(evaluated(toyConfig, { top: 3 })).rejects.toThrow(
    '--top: expected a network that ranks tracks, got one of Toy, which does not. Leave it out.',
  );
  await expect(evaluated(ranker, { candidates: rows.map(() => []) })).rejects.toThrow(
    '--candidates: expected a network that finds moments, got one of MVPt, which does not.',
  );
  const elsewhere = rows.map(() => ['track of another split']);
  await expect(evaluated(toyConfig, { candidates: elsewhere })).rejects.toThrow(
    'evaluate: expected tracks of the split, got "track of another split".',
  );
});
