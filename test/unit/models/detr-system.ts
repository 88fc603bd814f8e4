/**
 * What every compared system of the DETR family must do, as tests: as many parameters as the paper counts, the same answers padded and packed, four pairs learned
 * by heart, a training that was stopped ends as one that was not. Whether it is the official network is its golden test's.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../../../offline/lib/random.ts';
import type { Detection } from '../../../offline/models/detr.ts';
import type { DetrConfig } from '../../../offline/models/detr-parts/config.ts';
import type { ModelFamily } from '../../../offline/models/family.ts';
import type { RawPair } from '../../../offline/models/pair-grounder.ts';
import { tokenInputs } from '../../../offline/models/pair-inputs.ts';
import { noDropout } from '../../../offline/nn/dropout.ts';
import { constant, createGraph, elements, type Graph } from '../../../offline/nn/graph.ts';
import type { Builder } from '../../../offline/nn/layers.ts';
import { initialValues, type ParameterSource, valueSource } from '../../../offline/nn/parameters.ts';
import type { Input } from '../../../offline/nn/session.ts';
import { padded } from '../../../offline/nn/tokens.ts';
import { createStepper } from '../../../offline/train/stepper.ts';
import { type TrainingOptions, train } from '../../../offline/train/train.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { run } from '../nn/run.ts';
import { fivePairs } from '../train/five-pairs.ts';
import { tinyDataset } from '../train/tiny.ts';
import { largestDifference } from './golden-baselines.ts';

/** Small enough for hundreds of steps in a test; with the data of train/tiny.ts. */
export const TINY = {
  frameWidth: 4,
  segmentWidth: 5,
  width: 16,
  heads: 2,
  ffn: 16,
  encoderLayers: 1,
  decoderLayers: 2,
  queries: 3,
  maxFrames: 8,
  maxSegments: 10,
  maxDurationSec: 25,
  learningRate: 3e-3,
} satisfies Partial<DetrConfig>;

/** A system as these tests ask it. */
export interface TestedSystem<C extends DetrConfig> {
  family: ModelFamily<C>;
  network(b: Builder, config: C, pairs: RawPair): { detections: readonly Detection[] };
  /** Of the sizes of TINY. */
  tiny: C;
  /** Parameters of each preset: those that it has, and as the paper counts. */
  counts: Readonly<Record<string, readonly [live: number, paper: number]>>;
  /** In which four pairs are learned by heart; 300 unless said. */
  steps?: number;
}

export function describeSystem<C extends DetrConfig>({
  family,
  network,
  tiny,
  counts,
  steps = 300,
}: TestedSystem<C>): void {
  const layout = family.layout(tiny);
  const theta = initialValues(layout, createRandom('system'));
  const pairs = fivePairs(tiny);

  test.each(Object.entries(counts))('%s has as many parameters as the formulas say', (preset, [live, paper]) => {
    const config = family.presets[preset];
    expect(family.layout(config).size).toBe(live);
    const modules = family.counts!(config);
    expect(modules.reduce((sum, module) => sum + module.live, 0)).toBe(live);
    expect(modules.reduce((sum, module) => sum + module.parameters, 0)).toBe(paper);
    expect((paper / 1e6).toFixed(1)).toBe(family.paper![preset].toFixed(1));
  });

  test('a moment is the same alone, packed with other pairs, and padded with anything', async () => {
    const model = await family.open(tiny, layout, theta, { threads: 1 });
    const [clips, tracks] = [
      await model.clips(pairs.map((pair) => pair.frames)),
      await model.tracks(pairs.map((pair) => pair.segments)),
    ];
    const together = await model.moments!(
      clips,
      tracks,
      pairs.map((_, i) => [i, i] as const),
    );
    for (const i of pairs.keys()) {
      const alone = await model.moments!(clips, tracks, [[i, i]]);
      expect(largestDifference(alone, together.subarray(2 * i, 2 * i + 2))).toBeLessThan(2e-6);
    }
    await model.close();

    const graph = createGraph();
    const b = { graph, parameters: valueSource(layout, graph, theta), dropout: noDropout };
    const { span } = network(b, tiny, tokenInputs(graph, tiny, 'padded')).detections.at(-1)!;
    for (const garbage of [0, 1e3, -7])
      for (const longer of [0, 2]) {
        const out = await run(graph, { span }, paddedWith(garbage, longer));
        expect(largestDifference(out.span.data, together), `${garbage} in ${longer} more`).toBeLessThan(2e-6);
      }
  });

  /** @param longer slots more than the longest pair needs */
  function paddedWith(garbage: number, longer: number): Record<string, Input> {
    const side = (kind: 'frames' | 'segments', width: number) => {
      const { tokens, mask } = padded(
        pairs.map((pair) => pair[kind]),
        width,
      );
      const [batch, length] = mask.shape;
      const wide = new Float32Array(batch * (length + longer) * width).fill(garbage);
      const real = new Float32Array(batch * (length + longer));
      for (let i = 0; i < batch; i++)
        for (let row = 0; row < length && mask.data[i * length + row]; row++) {
          const [from, to] = [(i * length + row) * width, (i * (length + longer) + row) * width];
          wide.set(tokens.data.subarray(from, from + width), to);
          real[i * (length + longer) + row] = 1;
        }
      return [
        { data: wide, shape: [batch, length + longer, width] },
        { data: real, shape: [batch, length + longer] },
      ];
    };
    const [[frames, frameMask], [segments, segmentMask]] = [
      side('frames', tiny.frameWidth),
      side('segments', tiny.segmentWidth),
    ];
    return { frames, frame_mask: frameMask, segments, segment_mask: segmentMask };
  }

  test('four pairs are learned by heart: the loss falls to near 0', async () => {
    const still = { ...tiny, dropout: { input: 0, network: 0 } };
    const stepper = await createStepper({ config: still, layout, batch: 4, micro: 4, threads: 1, device: 'cpu' });
    const zeros = () => new Float32Array(layout.size);
    await stepper.load({ theta, first: zeros(), second: zeros(), step: 0 });
    const losses: number[] = [];
    for (let i = 0; i < steps; i++)
      losses.push((await stepper.step(pairs.slice(0, 4), 4e-3 * (1 - i / steps), `${i}`)).loss.total);
    await stepper.close();
    expect(losses[0]).toBeGreaterThan(1);
    expect(losses.at(-1)).toBeLessThan(0.03 * losses[0]);
  });

  describe('trained', () => {
    let folder: TestFolder;
    let options: TrainingOptions;
    beforeAll(async () => {
      folder = await testFolder();
      const sizes = { batch: 4, micro: 2, threads: 1, every: 10, saveEvery: 2 };
      const base = { config: tiny, data: tinyDataset(), length: { steps: 6 }, seed: 'system', ...sizes };
      options = { ...base, folder: join(folder.path, 'whole') };
      await train(options);
    });
    afterAll(() => folder.remove());

    test('a training that was stopped ends with the bytes of one that was not', async () => {
      const stopped = { ...options, folder: join(folder.path, 'stopped') };
      const onStep = ({ step }: { step: number }): void => {
        if (step === 5) throw new Error('stopped');
      };
      await expect(train({ ...stopped, onStep })).rejects.toThrow('stopped');
      await train(stopped);
      const bytesOf = (path: string) => readFile(join(path, 'last.safetensors'));
      expect((await bytesOf(stopped.folder)).equals(await bytesOf(options.folder))).toBe(true);
    });
  });
}

/** A builder whose parameters are constants drawn by their names, for gradients of parts. */
export function drawnByName(graph: Graph): Builder {
  const draw = (name: string, shape: readonly number[]) => {
    const random = createRandom(name);
    return Float32Array.from({ length: elements(shape) }, () => random.normal());
  };
  const get: ParameterSource['get'] = (name, [first, ...rest], _, rows) => {
    const shape = [rows?.count ?? first, ...rest];
    const key = `${name}[${rows?.start ?? 0}]`;
    return constant(graph, draw(key, shape), shape, key);
  };
  return { graph, parameters: { get }, dropout: noDropout };
}
