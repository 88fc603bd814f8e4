import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../../../offline/lib/random.ts';
import { type MvptConfig, mvpt, mvptPlus } from '../../../offline/models/mvpt/config.ts';
import { layoutOf, mvptFamily } from '../../../offline/models/mvpt/family.ts';
import { match } from '../../../offline/models/mvpt/mvpt.ts';
import { tokenInputs } from '../../../offline/models/pair-inputs.ts';
import { noDropout } from '../../../offline/nn/dropout.ts';
import { createGraph } from '../../../offline/nn/graph.ts';
import { initialValues, valueSource } from '../../../offline/nn/parameters.ts';
import type { Input } from '../../../offline/nn/session.ts';
import { padded } from '../../../offline/nn/tokens.ts';
import { createStepper } from '../../../offline/train/stepper.ts';
import { train } from '../../../offline/train/train.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { run } from '../nn/run.ts';
import { fivePairs } from '../train/five-pairs.ts';
import { tinyDataset } from '../train/tiny.ts';

const tiny: MvptConfig = {
  ...mvpt,
  preset: 'mvpt-tiny',
  standardise: true,
  frameWidth: 4,
  segmentWidth: 5,
  width: 16,
  heads: 4,
  ffn: 16,
  layers: 1,
  maxFrames: 8,
  maxSegments: 10,
  maxDurationSec: 25,
  learningRate: 3e-3,
};
const POOLINGS = ['token', 'mean'] as const;
const PAIRS = fivePairs(tiny);

test('there are as many parameters as the formulas and the paper say', () => {
  expect(layoutOf(mvptPlus).size).toBe(3_618_817);
  expect(layoutOf(mvpt).size).toBe(3_618_817 + 512);
  for (const [preset, config] of Object.entries(mvptFamily.presets)) {
    const counts = mvptFamily.counts!(config);
    expect(counts.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(layoutOf(config).size);
    expect(layoutOf(config).size / 1e6).toBeCloseTo(mvptFamily.paper![preset], 1);
  }
});

test('another pooling is refused by its name', () => {
  expect(() => layoutOf({ ...mvpt, pooling: 'last' as 'mean' })).toThrow(
    'config: expected one of token, mean for "pooling", got "last".',
  );
});

describe.each(POOLINGS)('pooled by %s', (pooling) => {
  const config = { ...tiny, pooling };
  const layout = layoutOf(config);
  const theta = initialValues(layout, createRandom('mvpt'));

  test('a track is the same alone, packed with others, and padded with anything', async () => {
    const model = await mvptFamily.open(config, layout, theta, { threads: 1 });
    const [frames, segments] = [PAIRS.map((pair) => pair.frames), PAIRS.map((pair) => pair.segments)];
    const together = await model.relevance!(await model.clips(frames), await model.tracks(segments));
    const alone = await model.relevance!(await model.clips([frames[3]]), await model.tracks([segments[4]]));
    await model.close();
    expect(alone[0]).toBeCloseTo(together[3 * 5 + 4], 6);

    const graph = createGraph();
    const b = { graph, parameters: valueSource(layout, graph, theta), dropout: noDropout };
    const { similarity } = match(b, config, tokenInputs(graph, config, 'padded'));
    for (const garbage of [0, 1e3]) {
      const found = await run(graph, { similarity }, paddedWith(garbage));
      for (const [i, value] of found.similarity.data.entries()) expect(value).toBeCloseTo(together[i], 5);
    }
  });

  test('four pairs are learned by heart: the loss falls to near 0', async () => {
    const four = PAIRS.slice(0, 4); // of four tracks
    const still: MvptConfig = { ...config, dropout: 0 };
    const stepper = await createStepper({
      config: still,
      layout,
      batch: 4,
      micro: 4,
      threads: 1,
      device: 'cpu',
    });
    const zeros = () => new Float32Array(layout.size);
    await stepper.load({ theta, first: zeros(), second: zeros(), step: 0 });
    const losses: number[] = [];
    for (let i = 0; i < 60; i++) losses.push((await stepper.step(four, 3e-3, `${i}`)).loss.matching);
    await stepper.close();
    expect(losses[0]).toBeGreaterThan(0.5);
    expect(losses.at(-1)).toBeLessThan(0.01);
  });
});

/** Padded inputs of the pairs. @param garbage what stands in the padding */
function paddedWith(garbage: number): Record<string, Input> {
  const side = (kind: 'frames' | 'segments', width: number) => {
    const { tokens, mask } = padded(
      PAIRS.map((pair) => pair[kind]),
      width,
    );
    mask.data.forEach((real, row) => {
      if (!real) tokens.data.fill(garbage, row * width, (row + 1) * width);
    });
    return { tokens, mask };
  };
  const [video, music] = [side('frames', tiny.frameWidth), side('segments', tiny.segmentWidth)];
  return { frames: video.tokens, frame_mask: video.mask, segments: music.tokens, segment_mask: music.mask };
}

describe('trained on clips that can be matched', () => {
  let folder: TestFolder;
  beforeAll(async () => {
    folder = await testFolder();
  });
  afterAll(() => folder.remove());

  test.each(POOLINGS)('by %s it ranks held-out tracks, and a stopped run ends with the same bytes', async (pooling) => {
    const options = {
      config: { ...tiny, pooling },
      data: tinyDataset(),
      folder: join(folder.path, `${pooling} whole`),
      length: { epochs: 20 },
      seed: 'mvpt',
      ...{ batch: 8, micro: 2, threads: 1, every: 10 },
    };
    const { history } = await train(options);
    const { validation } = history.at(-1)!;
    expect(validation!.r1).toBeGreaterThan(0.5); // of 4 tracks
    expect(validation!.mIoU).toBeNaN();
    const stopped = { ...options, folder: join(folder.path, `${pooling} stopped`), saveEvery: 2 };
    const onStep = ({ step }: { step: number }): void => {
      if (step === 13) throw new Error('stopped');
    };
    await expect(train({ ...stopped, onStep })).rejects.toThrow('stopped');
    await train(stopped);
    const bytesOf = (path: string) => readFile(join(path, 'last.safetensors'));
    expect((await bytesOf(stopped.folder)).equals(await bytesOf(options.folder))).toBe(true);
  });
});
