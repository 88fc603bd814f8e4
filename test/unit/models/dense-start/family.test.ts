import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GRAPHS } from '../../../../functions/engine.ts';
import { exactAnswers } from '../../../../offline/evaluate/answers.ts';
import { measured } from '../../../../offline/evaluate/evaluation.ts';
import { groundAll } from '../../../../offline/evaluate/ground-all.ts';
import { clipOf } from '../../../../offline/evaluate/served/split-index.ts';
import { evaluationTable } from '../../../../offline/evaluate/table.ts';
import { reportTest } from '../../../../offline/evaluate/test-report.ts';
import { exportGraphs } from '../../../../offline/export/graphs.ts';
import { graphFault } from '../../../../offline/indexing/graph-fault.ts';
import { measureModel } from '../../../../offline/indexing/measure-model.ts';
import { heldOutSplit } from '../../../../offline/indexing/queries.ts';
import { folderStore } from '../../../../offline/indexing/store/folder-store.ts';
import { readChecked } from '../../../../offline/indexing/store/read-checked.ts';
import { loadCheckpoint } from '../../../../offline/models/checkpoint.ts';
import type { DenseStartConfig } from '../../../../offline/models/dense-start/config.ts';
import { familyOf, presets } from '../../../../offline/models/registry.ts';
import { evaluationReport } from '../../../../offline/report/evaluation-report.ts';
import { overridden } from '../../../../offline/train/override.ts';
import { type TrainingOptions, train } from '../../../../offline/train/train.ts';
import { type TestFolder, testFolder } from '../../data/folder.ts';
import { builtIn, tracks } from '../../indexing/sample.ts';
import { tinyDataset } from '../../train/tiny.ts';
import { tinyDense } from './tiny.ts';

const config: DenseStartConfig = { ...tinyDense, dropout: 0.1, learningRate: 6e-3 };
const data = tinyDataset();
let folder: TestFolder;
let options: TrainingOptions;
beforeAll(async () => {
  folder = await testFolder();
  const sizes = { batch: 8, micro: 4, threads: 1, every: 20 };
  options = { config, data, folder: join(folder.path, 'run'), length: { epochs: 60 }, seed: 'dense', ...sizes };
  await train(options);
});
afterAll(() => folder.remove());

const last = () => loadCheckpoint(join(options.folder, 'last.safetensors'));

test('it is trained by its preset’s name, and values are changed by their keys', () => {
  for (const name of ['cuepoint', 'small'])
    expect(presets()[name]).toMatchObject({ model: 'dense-start', preset: name });
  expect(overridden(config, ['dropout=0.5', 'loss.offset=2'])).toEqual({
    ...config,
    dropout: 0.5,
    loss: { ...config.loss, offset: 2 },
  });
});

test('its training that was stopped ends with the bytes of one that was not', async () => {
  const stopped = { ...options, folder: join(folder.path, 'stopped'), saveEvery: 2 };
  const stop = ({ step }: { step: number }): void => {
    if (step === 33) throw new Error('stopped');
  };
  await expect(train({ ...stopped, onStep: stop })).rejects.toThrow('stopped');
  await train(stopped);
  const bytesOf = (path: string) => readFile(join(path, 'last.safetensors'));
  expect((await bytesOf(stopped.folder)).equals(await bytesOf(options.folder))).toBe(true);
});

test('it learns tracks and moments, and its evaluation stands in tables and reports', async () => {
  const checkpoint = await last();
  const { model, startZero, lines } = await reportTest(checkpoint, data, 1);
  expect(model.mIoU).toBeGreaterThan(startZero.mIoU);
  expect(model.r1).toBeGreaterThan(0.5); // chance among four is 0.25
  expect(lines.find((line) => line.startsWith('Dense start'))).toMatch(/0\.\d{3}/);

  const answers = await exactAnswers(checkpoint, data, data.splits.test, 1);
  const resampling = { seed: '1', draws: 20 };
  const evaluation = {
    format: 'cuepoint-evaluation-1',
    checkpoint: { file: 'dense', preset: 'cuepoint', step: checkpoint.step, seed: 'dense' },
    data: 'tiny',
    split: 'test',
    tracks: answers.tracks,
    answers: answers.answers,
    resampling,
    exact: measured('the exact model', answers, resampling),
  } as const;
  expect(evaluation.exact.scores.mIoU).toBeCloseTo(model.mIoU, 12);
  expect(evaluationTable(evaluation).find((line) => line.startsWith('exact'))).toMatch(/\d$/);
  expect(evaluationReport(evaluation)).toContain('Evaluation of cuepoint on test');
});

test('it grounds every clip in every track, with relevance and the vectors that rank them', async () => {
  const { config, encoders, layout, theta } = await last();
  const model = await familyOf(config).open(config, layout, theta, { threads: 1, fixed: true });
  const tokens = new Map([
    ['video.a', [...data.videos.values()][0]],
    ['music.b', [...data.tracks.values()][0]],
  ]);
  const { tensors } = await groundAll(model, config, encoders, tokens, () => {});
  await model.close();
  expect([...tensors.keys()]).toEqual(expect.arrayContaining(['relevance', 'start', 'end']));
});

test('an index is built with it, and its graphs are those that the engine asks for', async () => {
  const store = folderStore(join(folder.path, 'index'));
  const manifest = await builtIn(store, { checkpoint: await last() });
  expect(manifest.model).toMatchObject({ preset: 'cuepoint', width: 16, maxSegments: 10 });
  expect(manifest.counts.tracks).toBe(tracks.length);
  for (const graph of GRAPHS)
    await graphFault(graph, (await readChecked(store, manifest.files[graph])).bytes, manifest);
});

test('serving it moves no start by more than a tenth of a segment, and tells how many chose another', async () => {
  const checkpoint = await last();
  const clips = data.splits.test.map((row) => clipOf(row, data, config.maxFrames));
  const graphs = exportGraphs(checkpoint, 'int8');
  const heldOut = heldOutSplit(data);
  const found = await measureModel({ checkpoint, graphs, clips, tracks: tracks.slice(0, 8), heldOut, threads: 1 });
  expect(found.tokens.moment).toMatchObject({ elsewhere: expect.any(Number) });
  expect(found.served.moment.elsewhere).toBeLessThanOrEqual(1 / clips.length);
  expect(found.served.moment.meanSec).toBeGreaterThan(0);
  expect(found.served.moment.meanSec).toBeLessThan(0.25);
  expect(found.served.relevance.largest).toBeLessThan(0.01);
  expect(found.heldOut!.exact.mIoU - found.heldOut!.served.mIoU).toBeLessThan(0.005);
});
