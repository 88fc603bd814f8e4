import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exactAnswers } from '../../../offline/evaluate/answers.ts';
import { measured, readEvaluation, writeEvaluation } from '../../../offline/evaluate/evaluation.ts';
import { groundAll } from '../../../offline/evaluate/ground-all.ts';
import { evaluationTable } from '../../../offline/evaluate/table.ts';
import { reportTest } from '../../../offline/evaluate/test-report.ts';
import { buildBundle } from '../../../offline/indexing/build.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { loadCheckpoint } from '../../../offline/models/checkpoint.ts';
import { small } from '../../../offline/models/dense-start/config.ts';
import { infoNce } from '../../../offline/models/info-nce.ts';
import { negativesInput, type PairTensors, pairInputs } from '../../../offline/models/pair-inputs.ts';
import { familyOf, presets, registerFamily } from '../../../offline/models/registry.ts';
import { noDropout } from '../../../offline/nn/dropout.ts';
import { add, scale } from '../../../offline/nn/elementwise.ts';
import { type Builder, linear } from '../../../offline/nn/layers.ts';
import { transpose } from '../../../offline/nn/layout.ts';
import { matmul } from '../../../offline/nn/linear.ts';
import { l2Normalise } from '../../../offline/nn/normalise.ts';
import { initialValues, recordLayout } from '../../../offline/nn/parameters.ts';
import { meanOf, type Sequence } from '../../../offline/nn/sequence.ts';
import { evaluationReport } from '../../../offline/report/evaluation-report.ts';
import { overridden } from '../../../offline/train/override.ts';
import { measureEncoders, pairsOf } from '../../../offline/train/pairs.ts';
import { createStepper, stepPartsOf } from '../../../offline/train/stepper.ts';
import { type TrainingOptions, train } from '../../../offline/train/train.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { tracks } from '../indexing/sample.ts';
import { tinyDataset } from '../train/tiny.ts';
import { type ToyConfig, toy, toyConfig } from './toy-family.ts';

const data = tinyDataset();
let folder: TestFolder;
let forget: () => void;
let options: TrainingOptions;
beforeAll(async () => {
  forget = registerFamily(toy);
  folder = await testFolder();
  const length = { epochs: 30 };
  const sizes = { batch: 5, micro: 2, threads: 1, every: 10 };
  options = { config: toyConfig, data, folder: join(folder.path, 'run'), length, seed: 'toy', ...sizes };
  await train(options);
});
afterAll(async () => {
  forget();
  await folder.remove();
});

const last = () => loadCheckpoint(join(options.folder, 'last.safetensors'));

test('a network that was registered trains: its one loss falls, under its own name', async () => {
  const { history, config } = await last();
  expect(config).toEqual(toyConfig);
  expect(Object.keys(history[0].loss)).toEqual(['total', 'span']);
  expect(Object.keys(history[0].norms)).toEqual(['all']);
  expect(history.at(-1)!.loss.total).toBeLessThan(0.8 * history[0].loss.total);
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

test('its gradient does not depend on how the batch is divided', async () => {
  const run = (micro: number) =>
    train({ ...options, folder: join(folder.path, `micro ${micro}`), micro, length: { steps: 1 } });
  const [one, five] = [await run(1), await run(5)];
  const size = Math.hypot(...five.first);
  expect(Math.hypot(...one.first.map((value, i) => value - five.first[i])) / size).toBeLessThan(1e-5);
});

test('it is evaluated on what it answers: moments, and no ranks', async () => {
  const checkpoint = await last();
  const { model, startZero, lines } = await reportTest(checkpoint, data, 1);
  expect(model.mIoU).toBeGreaterThan(startZero.mIoU);
  expect([model.r1, model.moR1]).toEqual([Number.NaN, Number.NaN]);
  expect(lines.find((line) => line.startsWith('Toy'))).toMatch(/^Toy +– +– +0\.\d{3} +–$/);

  const answers = await exactAnswers(checkpoint, data, data.splits.test, 1);
  const resampling = { seed: '1', draws: 20 };
  const evaluation = {
    format: 'cuepoint-evaluation-1',
    checkpoint: { file: 'toy', preset: 'toy-tiny', step: checkpoint.step, seed: 'toy' },
    data: 'tiny',
    split: 'test',
    tracks: answers.tracks,
    answers: answers.answers,
    resampling,
    exact: measured('the exact model', answers, resampling),
  } as const;
  expect(evaluation.exact.scores.mIoU).toBeCloseTo(model.mIoU, 12);
  const path = join(folder.path, 'evaluation.json');
  await folder.write('evaluation.json', writeEvaluation(evaluation));
  const read = (await readEvaluation(path)).exact;
  for (const part of ['rows', 'scores', 'intervals', 'groups'] as const)
    expect(read[part], part).toEqual(evaluation.exact[part]); // what is not answered is no number, and not infinite
  expect(evaluationTable(evaluation).find((line) => line.startsWith('exact'))).toMatch(/–$/);
  expect(evaluationReport(evaluation)).toContain('Evaluation of toy-tiny on test');
});

test('only its best moments are kept, since it ranks no tracks', async () => {
  const best = await loadCheckpoint(join(options.folder, 'best-mIoU.safetensors'));
  expect(best.history.at(-1)!.validation!.mIoU).toBeGreaterThan(0);
  await expect(loadCheckpoint(join(options.folder, 'best-r1.safetensors'))).rejects.toThrow();
});

test('it grounds every clip in every track, without relevance or vectors', async () => {
  const { config, encoders, layout, theta } = await last();
  const model = await familyOf(config).open(config, layout, theta, { threads: 1, fixed: true });
  const tokens = new Map([
    ['video.a', [...data.videos.values()][0]],
    ['music.b', [...data.tracks.values()][0]],
  ]);
  const { tensors } = await groundAll(model, config, encoders, tokens, () => {});
  await model.close();
  expect([...tensors.keys()]).toEqual(['start', 'end']);
});

test('no index is built with it, and the reason is a sentence', async () => {
  const build = buildBundle({
    folder: join(folder.path, 'index'),
    tracks,
    checkpoint: await last(),
    builtAt: new Date(0),
    threads: 1,
  });
  await expect(build).rejects.toThrow(
    'index: expected a checkpoint of a network that the Worker can run, got one of Toy, which is for training and evaluation only. Train a preset of MaDe or Dense start.',
  );
});

test('presets of all families are found by their names, and values are changed by their keys', () => {
  expect(presets()['toy-tiny']).toBe(toyConfig);
  expect(presets().small).toBe(small);
  expect(overridden(toyConfig, ['dropout=0.5'])).toEqual({ ...toyConfig, dropout: 0.5 });
});

test('a checkpoint of a network that is not known is refused by its name', async () => {
  forget();
  try {
    await expect(last()).rejects.toThrow(
      /last\.safetensors: config: expected a model of made, dense-start, .*got "toy"\./,
    );
  } finally {
    forget = registerFamily(toy);
  }
});

test('a loss over all pairs of a batch takes them at once, and another clip of a track is no negative', async () => {
  const side = (b: Builder, name: string, x: Sequence) => l2Normalise(linear(b, name, meanOf(x), toyConfig.width));
  const losses = (b: Builder, _: ToyConfig, { frames, segments, negatives }: PairTensors) => {
    const similarity = matmul(side(b, 'video', frames), transpose(side(b, 'music', segments), [1, 0]));
    return { contrast: infoNce(add(scale(similarity, 10), negatives!)) };
  };
  const training = { over: 'batch', losses } as const;
  const layout = (config: ToyConfig) =>
    recordLayout((graph, parameters) => {
      const sizes = { batch: 5, frames: 'F', segments: 'S' };
      const pairs = { ...pairInputs(graph, config, 'packed', sizes), negatives: negativesInput(graph, 5) };
      losses({ graph, parameters, dropout: noDropout }, config, pairs);
    });
  const away = registerFamily({ ...toy, name: 'contrast', training, layout });
  try {
    const { step } = stepPartsOf({ config: { ...toyConfig, model: 'contrast' }, layout: layout(toyConfig), batch: 5 });
    expect(step.stages.loss.sees).toBe('batch');
    const pairs = pairsOf(data, toyConfig, measureEncoders(toyConfig, data));
    const lossOf = async (some: typeof pairs) => {
      const config = { ...toyConfig, model: 'contrast' };
      const sizes = { config, layout: layout(toyConfig), batch: 5, micro: 2, threads: 1, device: 'cpu' } as const;
      const stepper = await createStepper(sizes);
      const zeros = () => new Float32Array(sizes.layout.size);
      const theta = initialValues(sizes.layout, createRandom('contrast'));
      await stepper.load({ theta, first: zeros(), second: zeros(), step: 0 });
      const seen: number[] = [];
      for (let i = 0; i < 20; i++) seen.push((await stepper.step(some, 1e-2, 'seed')).loss.contrast);
      await stepper.close();
      return seen;
    };
    const ofFive = [0, 2, 4, 6, 8].map((i) => pairs[i]);
    const falling = await lossOf(ofFive);
    expect(falling.at(-1)!).toBeLessThan(0.8 * falling[0]);
    const ofOneTrack = await lossOf(ofFive.map((pair) => ({ ...pair, trackId: 'one' })));
    expect(Math.max(...ofOneTrack)).toBeLessThan(1e-6); // each pair has no negative left
  } finally {
    away();
  }
});

test('one name is registered once', () => {
  expect(() => registerFamily(toy)).toThrow('models: expected a new name, got "toy" twice.');
});
