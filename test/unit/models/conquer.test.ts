import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { momentEnds } from '../../../offline/data/batch.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import type { Checkpoint } from '../../../offline/models/checkpoint.ts';
import { loadCheckpoint } from '../../../offline/models/checkpoint.ts';
import { bestMoment } from '../../../offline/models/conquer/best-moment.ts';
import { type ConquerConfig, conquer } from '../../../offline/models/conquer/config.ts';
import { forward } from '../../../offline/models/conquer/conquer.ts';
import { conquerFamily, layoutOf } from '../../../offline/models/conquer/family.ts';
import { type MvptConfig, mvptPlus } from '../../../offline/models/mvpt/config.ts';
import { mvptFamily } from '../../../offline/models/mvpt/family.ts';
import { tokenInputs } from '../../../offline/models/pair-inputs.ts';
import { noDropout } from '../../../offline/nn/dropout.ts';
import { createGraph } from '../../../offline/nn/graph.ts';
import { initialValues, valueSource, view } from '../../../offline/nn/parameters.ts';
import { padded } from '../../../offline/nn/tokens.ts';
import { createStepper } from '../../../offline/train/stepper.ts';
import { type TrainingOptions, train } from '../../../offline/train/train.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { run } from '../nn/run.ts';
import { fivePairs } from '../train/five-pairs.ts';
import { tinyDataset } from '../train/tiny.ts';

const sizes = { frameWidth: 4, segmentWidth: 5, maxFrames: 8, maxSegments: 10, maxDurationSec: 25, standardise: true };
const ranker: MvptConfig = { ...mvptPlus, ...sizes, width: 8, heads: 2, ffn: 8, layers: 1, learningRate: 3e-3 };
const tiny: ConquerConfig = {
  ...conquer,
  ...sizes,
  preset: 'conquer-tiny',
  ...{ width: 16, heads: 4, ffn: 16, scoreWidth: 8, rivalsFrom: 5, candidates: 3, learningRate: 3e-3, ranker },
  loss: { moment: 0.5, track: 0.5 },
};
const layout = layoutOf(tiny);
const theta = initialValues(layout, createRandom('conquer'));
const zeros = () => new Float32Array(layout.size);

/** Each with the tracks of three others. */
const PAIRS = fivePairs(tiny).map((pair, i, all) => ({
  ...pair,
  startSec: 0,
  endSec: Math.min(pair.segments.count, 2) * 2.5,
  rivals: [1, 2, 3].map((more) => all[(i + more) % 5].segments),
}));

test('there are as many parameters as the formulas and the paper say', () => {
  const own = (config: ConquerConfig) =>
    conquerFamily.counts!(config).reduce((sum, { parameters }) => sum + parameters, 0);
  const size = own(conquer);
  expect(size).toBe(39_401_344 + 20 * 768); // the release's 30 positions of a query, and 20 more
  expect(size / 1e6).toBeCloseTo(conquerFamily.paper!.conquer, 1);
  expect((own({ ...conquer, released: true }) - 20 * 768) / 1e6).toBeCloseTo(54.17, 2);
  expect(layoutOf(conquer).size).toBe(size + mvptFamily.layout(mvptPlus).size);
});

test('what does not go together is refused by its name', () => {
  const refused = (change: Partial<ConquerConfig>) => () => layoutOf({ ...tiny, ...change });
  expect(refused({ rivalsFrom: 2 })).toThrow('config: expected at least 3, the number of rivals for "rivalsFrom"');
  expect(refused({ trackNoise: 0.5 })).toThrow(
    'config: expected 0, since rivals are shown as they are for "trackNoise", got 0.5.',
  );
  expect(refused({ rankBy: 'clip' as 'track' })).toThrow('config: expected one of moment, track for "rankBy"');
  expect(refused({ maxSegments: 101 })).toThrow(
    'config: expected at least 101, the longest that there may be for "positions.segments", got 100.',
  );
  expect(refused({ maxSegments: 12 })).toThrow(
    'config: expected 10, as the network that ranks has it for "maxSegments", got 12. Train both on one form of tokens.',
  );
});

describe('the likeliest moment', () => {
  test('does not end before it begins, nor last longer than it may', () => {
    const [begin, end] = [Float32Array.of(0, 3, 0, 0), Float32Array.of(9, 0, 1, 2)];
    expect(bestMoment(begin, end, 4)).toMatchObject({ begin: 0, end: 0 }); // 0 + 9
    end[0] = -9;
    expect(bestMoment(begin, end, 4)).toMatchObject({ begin: 1, end: 3 }); // 3 + 2
    expect(bestMoment(begin, end, 2)).toMatchObject({ begin: 1, end: 2 }); // 3 + 1
    const sum = (values: number[]) => Math.log(values.reduce((total, value) => total + Math.exp(value), 0));
    const { logProbability } = bestMoment(begin, end, 2);
    expect(logProbability).toBeCloseTo(4 - sum([0, 3, 0, 0]) - sum([-9, 0, 1, 2]), 5);
  });

  test('of a pair is told by the segments in which it begins and ends, of its own track only', () => {
    const [first] = fivePairs(tiny); // 7 segments
    const at = (startSec: number, endSec: number) => {
      const pair = { ...first, startSec, endSec, rivals: [{ count: 9, data: new Float32Array(0) }] };
      const { begin, end } = momentEnds([pair], tiny);
      expect(begin.shape).toEqual([2, 9]);
      return [begin, end].map(({ data }) => [...data.keys()].filter((i) => data[i]));
    };
    expect(at(2.5, 7.5)).toEqual([[1], [2]]);
    expect(at(2.4, 7.6)).toEqual([[0], [3]]);
    expect(at(16, 30)).toEqual([[6], [6]]); // behind the track's end
    expect(at(0, 0.1)).toEqual([[0], [0]]);
  });
});

test('a pair is the same alone, packed with others, and padded with anything', async () => {
  const model = await conquerFamily.open(tiny, layout, theta, { threads: 1 });
  const clips = await model.clips(PAIRS.map(({ frames }) => frames));
  const tracks = await model.tracks(PAIRS.map(({ segments }) => segments));
  const numbers = PAIRS.map((_, i) => [i, i] as const);
  const together = await model.moments!(clips, tracks, numbers);
  for (const pair of numbers)
    expect([...(await model.moments!(clips, tracks, [pair]))]).toEqual([
      ...together.slice(2 * pair[0], 2 * pair[0] + 2),
    ]);
  await model.close();

  const graph = createGraph();
  const b = { graph, parameters: valueSource(layout, graph, theta), dropout: noDropout };
  const inputs = tokenInputs(graph, tiny, 'padded');
  const { begin, end, score } = forward(b, tiny, inputs.frames, inputs.segments);
  const [frames, segments] = (['frames', 'segments'] as const).map((kind) =>
    padded(
      PAIRS.map((pair) => pair[kind]),
      kind === 'frames' ? tiny.frameWidth : tiny.segmentWidth,
    ),
  );
  const found = async (garbage: number) => {
    const dirty = [frames, segments].map(({ tokens, mask }) => {
      const width = tokens.shape[2];
      return { ...tokens, data: tokens.data.map((value, i) => (mask.data[Math.floor(i / width)] ? value : garbage)) };
    });
    const feeds = { frames: dirty[0], frame_mask: frames.mask, segments: dirty[1], segment_mask: segments.mask };
    return run(graph, { begin, end, score }, feeds);
  };
  const [clean, dirty] = [await found(0), await found(1e3)];
  for (const name of ['begin', 'end', 'score']) expect(dirty[name].data).toEqual(clean[name].data);
  const longest = clean.begin.shape[1];
  for (const [i, pair] of PAIRS.entries()) {
    const row = ({ data }: { data: Float32Array }) => data.subarray(i * longest, i * longest + pair.segments.count);
    const best = bestMoment(row(clean.begin), row(clean.end), tiny.maxMomentSegments);
    const [centre, width] = together.subarray(2 * i, 2 * i + 2);
    expect(Math.round(((centre - width / 2) * 25) / 2.5)).toBe(best.begin);
    expect(Math.round(((centre + width / 2) * 25) / 2.5) - 1).toBe(best.end);
  }
});

test('candidates are ranked by the network, the other tracks behind them in the order of the ranker', async () => {
  const model = await conquerFamily.open(tiny, layout, theta, { threads: 1 });
  const first = await conquerFamily.ranked!.open(tiny, layout, theta, { threads: 1 });
  const [frames, segments] = [PAIRS.map((pair) => pair.frames), PAIRS.map((pair) => pair.segments)];
  const scores = await model.relevance!(await model.clips(frames), await model.tracks(segments));
  const cosines = await first.relevance!(await first.clips(frames), await first.tracks(segments));
  await model.close();
  await first.close();
  const order = (row: Float32Array) => [...row.keys()].sort((a, b) => row[b] - row[a]);
  for (const i of PAIRS.keys()) {
    const [ours, theirs] = [scores, cosines].map((all) => order(all.subarray(i * 5, i * 5 + 5)));
    expect(new Set(ours.slice(0, 3))).toEqual(new Set(theirs.slice(0, 3)));
    expect(ours.slice(3)).toEqual(theirs.slice(3));
  }
});

describe('a step', () => {
  const open = (config: ConquerConfig, micro: number, batch = 5) =>
    createStepper({ config, layout, batch, micro, threads: 1, device: 'cpu' });

  async function gradientOf(config: ConquerConfig, micro: number) {
    const stepper = await open({ ...config, clipNorm: 1e9 }, micro);
    await stepper.load({ theta, first: zeros(), second: zeros(), step: 0 });
    const { loss } = await stepper.step(PAIRS, 0, 'seed');
    const { first } = await stepper.state();
    await stepper.close();
    return { loss, first };
  }

  test.each([0, 0.3])(
    'with dropout %d has one gradient, however the batch is divided, and none of the ranker',
    async (dropout) => {
      const [one, all] = [await gradientOf({ ...tiny, dropout }, 1), await gradientOf({ ...tiny, dropout }, 5)];
      const size = Math.hypot(...all.first);
      expect(Math.hypot(...one.first.map((value, i) => value - all.first[i])) / size).toBeLessThan(1e-5);
      expect(one.loss.total).toBeCloseTo(all.loss.total, 5);
      for (const { name } of layout.parameters)
        if (name.startsWith('ranker.')) expect(Math.max(...view(layout, all.first, name).map(Math.abs))).toBe(0);
    },
  );

  test('four pairs are learned by heart: the loss falls to near 0', async () => {
    const stepper = await open({ ...tiny, dropout: 0 }, 4, 4);
    await stepper.load({ theta, first: zeros(), second: zeros(), step: 0 });
    const four = PAIRS.filter((_, i) => i !== 1); // its track has one segment
    const losses: number[] = [];
    for (let i = 0; i < 100; i++) losses.push((await stepper.step(four, 5e-3, `${i}`)).loss.total);
    await stepper.close();
    expect(losses[0]).toBeGreaterThan(1);
    expect(losses.at(-1)).toBeLessThan(0.05);
  });
});

describe('trained with the candidates of a checkpoint of MVPt+', () => {
  const data = tinyDataset();
  let folder: TestFolder;
  let candidates: Checkpoint;
  let options: TrainingOptions;
  beforeAll(async () => {
    folder = await testFolder();
    const usual = { data, seed: 'conquer', batch: 8, micro: 4, threads: 1, every: 10 };
    const first = { ...usual, config: ranker, folder: join(folder.path, 'ranker'), length: { epochs: 20 } };
    candidates = await train(first);
    const config = conquerFamily.ranked!.by(tiny, candidates.config);
    options = {
      ...usual,
      config,
      candidates,
      folder: join(folder.path, 'whole'),
      length: { epochs: 10 },
    } as TrainingOptions;
  });
  afterAll(() => folder.remove());

  test('its loss falls, it answers track and moment, and a stopped run ends with the same bytes', async () => {
    const { history } = await train(options);
    expect(Object.keys(history[0].loss)).toEqual(['total', 'moment', 'track']);
    expect(history.at(-1)!.loss.total).toBeLessThan(0.8 * history[0].loss.total);
    const { validation } = history.at(-1)!;
    expect(validation!.r1).toBeGreaterThan(0);
    expect(validation!.mIoU).toBeGreaterThan(0);

    const stopped = { ...options, folder: join(folder.path, 'stopped'), saveEvery: 2 };
    const onStep = ({ step }: { step: number }): void => {
      if (step === 13) throw new Error('stopped');
    };
    await expect(train({ ...stopped, onStep })).rejects.toThrow('stopped');
    await train(stopped);
    const bytesOf = (path: string) => readFile(join(path, 'last.safetensors'));
    expect((await bytesOf(stopped.folder)).equals(await bytesOf(options.folder))).toBe(true);

    const saved = await loadCheckpoint(join(options.folder, 'last.safetensors'));
    for (const { name } of candidates.layout.parameters)
      expect(view(saved.layout, saved.theta, `ranker.${name}`)).toEqual(
        view(candidates.layout, candidates.theta, name),
      );
  });

  test('without candidates, and with those of other tokens, it is refused by what is wrong', async () => {
    await expect(train({ ...options, candidates: undefined })).rejects.toThrow(
      'training: expected a checkpoint of a network that ranks tracks for CONQUER, got none.',
    );
    const other = { ...candidates, encoders: { ...candidates.encoders, audio: { name: 'other', width: 5 } } };
    await expect(train({ ...options, candidates: other })).rejects.toThrow(
      '--candidates: expected a checkpoint that was trained on these tokens, got one of other encoders',
    );
    await expect(train({ ...options, config: ranker })).rejects.toThrow(
      '--candidates: expected a network that takes candidates, got MVPt. Leave it out.',
    );
    expect(() => conquerFamily.ranked!.by(tiny, tiny)).toThrow(
      '--candidates: expected a checkpoint of MVPt or MVPt+, got one of the preset conquer-tiny.',
    );
  });
});
