import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Checkpoint, type Epoch, loadCheckpoint } from '../../../offline/models/checkpoint.ts';
import type { MadeConfig } from '../../../offline/models/made/config.ts';
import { view } from '../../../offline/nn/parameters.ts';
import { type TrainingOptions, train } from '../../../offline/train/train.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { tinyConfig, tinyDataset } from './tiny.ts';

const data = tinyDataset();
const folders: TestFolder[] = [];
let options: TrainingOptions;
/** A run of `options` that nothing disturbed: what it returned, and the bytes of its checkpoint. */
let whole: { checkpoint: Checkpoint; bytes: Buffer };

async function freshFolder(): Promise<TestFolder> {
  const folder = await testFolder();
  folders.push(folder);
  return folder;
}
beforeAll(async () => {
  const folder = await testFolder();
  options = {
    config: tinyConfig,
    data,
    folder: folder.path,
    length: { epochs: 6 },
    batch: 5,
    micro: 2,
    seed: 'seed',
    threads: 1,
    every: 2,
  };
  whole = { checkpoint: await train(options), bytes: await bytesOf(folder.path) };
  await folder.remove();
});
beforeEach(async () => {
  options = { ...options, folder: (await freshFolder()).path };
});
afterEach(async () => {
  for (const folder of folders.splice(0)) await folder.remove();
});

const bytesOf = (folder: string) => readFile(join(folder, 'last.safetensors'));
/** What the epochs of a run reported. */
async function epochsOf(over: Partial<TrainingOptions> = {}): Promise<Epoch[]> {
  const seen: Epoch[] = [];
  await train({ ...options, ...over, onEpoch: (epoch) => void seen.push(epoch) });
  return seen;
}

describe('training', () => {
  test('gives equal bytes for an equal seed', async () => {
    await train(options);
    expect((await bytesOf(options.folder)).equals(whole.bytes)).toBe(true);
  });

  test.each([0, 4])(
    'that was stopped after epoch %d and started again ends as one that never was',
    async (stopAfter) => {
      const stop = (epoch: Epoch): void => {
        if (epoch.epoch === stopAfter) throw new Error('stopped');
      };
      await expect(train({ ...options, onEpoch: stop })).rejects.toThrow('stopped');
      const again = await epochsOf();
      expect(again.map(({ epoch }) => epoch)).toEqual(stopAfter ? [4, 5] : [0, 1, 2, 3, 4, 5]); // saved after 1, 3 and 5
      expect((await bytesOf(options.folder)).equals(whole.bytes)).toBe(true);
    },
  );

  test.each([3, 9])(
    'that was stopped within an epoch, after step %d, ends as one that never was',
    async (stopAfter) => {
      const stop = ({ step }: { step: number }): void => {
        if (step === stopAfter) throw new Error('stopped');
      };
      await expect(train({ ...options, saveEvery: 2, onStep: stop })).rejects.toThrow('stopped');
      const saved = await loadCheckpoint(join(options.folder, 'last.safetensors'));
      expect([saved.step, saved.running.steps]).toEqual(stopAfter === 3 ? [2, 2] : [8, 2]);
      const steps: number[] = [];
      await train({ ...options, saveEvery: 2, onStep: ({ step }) => void steps.push(step) });
      expect(steps[0]).toBe(saved.step + 1);
      expect((await bytesOf(options.folder)).equals(whole.bytes)).toBe(true);
    },
  );

  test('takes a number of steps instead of epochs, and validates at its end', async () => {
    const { history, step } = await train({ ...options, length: { steps: 4 }, every: 100 });
    expect(step).toBe(4);
    expect(history.map(({ epoch, validation }) => [epoch, validation !== undefined])).toEqual([
      [0, false],
      [1, true],
    ]);
  });

  test('starts from given parameters where their names and shapes agree', async () => {
    const init = whole.checkpoint;
    const wider = { ...tinyConfig, detectionFfn: 24 };
    const stop = () => Promise.reject(new Error('stopped'));
    const parametersAfterOneStep = async (config: MadeConfig) => {
      const run = { ...options, config: { ...config, learningRate: 0 }, init, length: { steps: 1 } };
      return train(run).catch(stop);
    };
    const same = await parametersAfterOneStep(tinyConfig);
    expect(same.theta).toEqual(init.theta);
    expect([same.step, same.first.some(Number.isNaN)]).toEqual([1, false]);
    await rm(join(options.folder, 'last.safetensors'));
    const other = await parametersAfterOneStep(wider);
    const of = (checkpoint: Checkpoint, name: string) => view(checkpoint.layout, checkpoint.theta, name);
    expect(of(other, 'video.project.weight')).toEqual(of(init, 'video.project.weight'));
    expect(of(other, 'encoder.0.ffn.in.weight').length).toBe(24 * 16);
    expect(of(other, 'encoder.0.ffn.in.weight').slice(0, 256)).not.toEqual(of(init, 'encoder.0.ffn.in.weight'));
  });

  test('tells the loss parts, the norms and the real tokens of every step', async () => {
    const steps: Parameters<NonNullable<TrainingOptions['onStep']>>[0][] = [];
    await train({ ...options, config: { ...tinyConfig, cropShare: 0 }, onStep: (step) => void steps.push(step) });
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 18 }, (_, i) => i + 1));
    for (const { loss, norms, tokens } of steps) {
      expect(loss.matching + loss.detection).toBeCloseTo(loss.total, 4);
      expect(Math.min(norms.enhancement, norms.matching, norms.detection)).toBeGreaterThan(0);
      expect(tokens).toBe(5 * (7 + 9));
    }
  });

  test('keeps the newest checkpoints and the best by each metric', async () => {
    await train({ ...options, keep: 3 });
    const steps = await Promise.all(
      ['last', 'last-1', 'last-2'].map(
        async (name) => (await loadCheckpoint(join(options.folder, `${name}.safetensors`))).step,
      ),
    );
    expect(steps).toEqual([18, 12, 6]);
    expect(existsSync(join(options.folder, 'last-3.safetensors'))).toBe(false);
    for (const metric of ['r1', 'mIoU', 'moR1'] as const) {
      const best = await loadCheckpoint(join(options.folder, `best-${metric}.safetensors`));
      const values = whole.checkpoint.history.flatMap(({ validation }) => (validation ? [validation[metric]] : []));
      expect(best.history.at(-1)!.validation![metric]).toBe(Math.max(...values));
      expect(best.first.every((value) => value === 0)).toBe(true); // parameters only
    }
  });

  test('continues from the checkpoint before a damaged one', async () => {
    await train(options);
    const path = join(options.folder, 'last.safetensors');
    await writeFile(path, (await readFile(path)).subarray(0, 500));
    const again = await epochsOf();
    expect(again.map(({ epoch }) => epoch)).toEqual([4, 5]);
    expect((await bytesOf(options.folder)).equals(whole.bytes)).toBe(true);
  });

  test('writes down the git revision it was made with', async () => {
    await train({ ...options, revision: 'abc123' });
    expect((await loadCheckpoint(join(options.folder, 'last.safetensors'))).revision).toBe('abc123');
  });

  test('lowers the loss, and finds tracks that chance does not', async () => {
    const seen = await epochsOf({ length: { epochs: 40 }, every: 40 });
    const [first, last] = [seen[0].loss, seen[39].loss];
    expect(last.total).toBeLessThan(0.5 * first.total);
    expect(last.matching).toBeLessThan(0.5 * first.matching);
    expect(last.detection).toBeLessThan(0.8 * first.detection);
    expect(last.matching + last.detection).toBeLessThanOrEqual(last.total + 1e-5);
    const validation = seen[39].validation!;
    expect(validation.clips).toBe(4);
    expect(validation.r1).toBeGreaterThanOrEqual(0.75); // of 4 tracks: chance 0.25
  });

  test('validates and saves every so many epochs and after the last', async () => {
    const measured = (seen: Epoch[]) => seen.filter(({ validation }) => validation).map(({ epoch }) => epoch);
    expect(measured(await epochsOf({ length: { epochs: 5 }, every: 2 }))).toEqual([1, 3, 4]);
    const { history, step, run } = await loadCheckpoint(join(options.folder, 'last.safetensors'));
    expect(history.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4]);
    expect(step).toBe(5 * 3); // 16 pairs in batches of 5: the last one is dropped
    expect(run).toMatch(/^[0-9a-f]{64}$/);
  });

  test('does nothing more once it is finished', async () => {
    await folders[0].write('last.safetensors', whole.bytes);
    expect(await epochsOf()).toEqual([]);
    expect((await bytesOf(options.folder)).equals(whole.bytes)).toBe(true);
  });

  test('returns what it saved', async () => {
    const path = await folders[0].write('last.safetensors', whole.bytes);
    expect(await loadCheckpoint(path)).toEqual(whole.checkpoint);
  });
});

describe('a run does not continue the checkpoint', () => {
  const otherTokens = { ...data, videos: new Map(data.videos) };
  const id = data.splits.train[0].videoId;
  const { shape, data: values } = data.videos.get(id)!;
  otherTokens.videos.set(id, { shape, data: values.map((value) => 2 * value) });

  test.each([
    ['of another seed', { seed: 'other' }],
    ['of another config', { config: { ...tinyConfig, learningRate: 1e-4 } }],
    ['of another number of epochs', { length: { epochs: 7 } }],
    ['of another batch size', { batch: 6 }],
    ['validated on other clips', { data: { ...data, splits: { ...data.splits, val: data.splits.val.slice(1) } } }],
    ['of other annotations', { data: { ...data, splits: { ...data.splits, train: data.splits.train.slice(1) } } }],
    ['of other tokens of the same media', { data: otherTokens }],
    ['of another encoder', { data: { ...data, encoders: { ...data.encoders, image: 'other' } } }],
  ] satisfies [string, Partial<TrainingOptions>][])('%s', async (_, over) => {
    await folders[0].write('last.safetensors', whole.bytes);
    let first: Epoch | undefined;
    const onEpoch = (epoch: Epoch): void => {
      first = epoch;
      throw new Error('seen');
    };
    await expect(train({ ...options, ...over, onEpoch })).rejects.toThrow(
      /expected a folder for this run, found step 18 of another \(preset tiny, seed seed; .*\)\. Give another folder/,
    );
    expect((await bytesOf(options.folder)).equals(whole.bytes)).toBe(true);
    await expect(train({ ...options, ...over, otherRun: 'replace', onEpoch })).rejects.toThrow('seen');
    expect(first!.epoch).toBe(0);
  });

  test('that cannot be read, and says so', async () => {
    await folders[0].write('last.safetensors', 'not a checkpoint');
    await expect(train(options)).rejects.toThrow(/last\.safetensors: .*not a safetensors file.*delete it/i);
  });
});

describe('a run that cannot go on', () => {
  test('because a token is NaN stops at its first step with a sentence, and saves nothing', async () => {
    const broken = tinyDataset();
    broken.videos.get(broken.splits.train[3].videoId)!.data[2] = Number.NaN;
    await expect(train({ ...options, data: broken })).rejects.toThrow('training: the loss is NaN in epoch 0, step 0.');
    expect(existsSync(join(options.folder, 'last.safetensors'))).toBe(false);
  });

  test('because it diverged stops with a sentence and leaves what was there', async () => {
    await folders[0].write('last.safetensors', whole.bytes);
    const config = { ...tinyConfig, learningRate: 1e30, warmup: 0 };
    await expect(train({ ...options, otherRun: 'replace', config })).rejects.toThrow(
      /training: the loss is (NaN|-?Infinity) in epoch 0, step \d+\. Lower the learning rate\. No checkpoint has been saved yet\./, // what is there is another run's
    );
    expect((await bytesOf(options.folder)).equals(whole.bytes)).toBe(true);
  });

  test('because its config is for other tokens says which width they have', async () => {
    const config = { ...tinyConfig, segmentWidth: 7 };
    await expect(train({ ...options, config })).rejects.toThrow(
      'config: expected segmentWidth 5, the width of the tokens of tiny-audio, got 7. Leave it out.',
    );
  });

  test('because no moment starts within the longest duration says so', async () => {
    const late = data.splits.train.map((row) => ({ ...row, musicStartSec: 30, musicEndSec: 40 }));
    await expect(train({ ...options, data: { ...data, splits: { ...data.splits, train: late } } })).rejects.toThrow(
      'training: expected moments that start before 25 s, found none. Raise maxDurationSec.',
    );
  });

  test('because the given parameters are of another network says so', async () => {
    const other = { ...tinyConfig, width: 32, heads: { enhancement: 4, detection: 4 } };
    const init = { ...whole.checkpoint, layout: { parameters: [], size: 0 } };
    await expect(train({ ...options, config: other, init })).rejects.toThrow(
      'init: expected parameters with the names and shapes of this network, found none. Use its config.',
    );
  });

  test('because a gradient exploded names the group, and the last checkpoint', async () => {
    const config = { ...tinyConfig, loss: { ...tinyConfig.loss, l1: 1e9 } };
    await expect(train({ ...options, config })).rejects.toThrow(
      /training: expected a gradient norm of (enhancement|detection) up to 1000000, got .* in epoch 0, step 0\. Lower the learning rate\. No checkpoint has been saved yet\./,
    );
  });

  test('because its parameters broke in the very last step is not saved as perfect', async () => {
    // One step per epoch: the loss is measured before the step that breaks the parameters, the validation after it.
    const config = { ...tinyConfig, learningRate: 1e38, warmup: 0 };
    await expect(train({ ...options, config, batch: 16, length: { epochs: 1 } })).rejects.toThrow('got NaN');
    expect(existsSync(join(options.folder, 'last.safetensors'))).toBe(false);
  });
});
