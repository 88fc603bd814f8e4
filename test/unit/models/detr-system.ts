/**
 * What every compared system of the DETR family must do beside giving the official numbers, as tests on a tiny config of it: count, drop the same
 * however a batch is divided, ignore what else is in a batch, learn four pairs by heart, and end with the same bytes when it is stopped.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../../../offline/lib/random.ts';
import type { DetrConfig } from '../../../offline/models/detr-parts/config.ts';
import type { ModelFamily } from '../../../offline/models/family.ts';
import { initialValues, type Layout } from '../../../offline/nn/parameters.ts';
import { createStepper, type State } from '../../../offline/train/stepper.ts';
import { train } from '../../../offline/train/train.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { fivePairs } from '../train/five-pairs.ts';
import { tinyDataset } from '../train/tiny.ts';

/** At most. */
const STEPS = 600;
/** The share of its first loss that is left where four pairs are known by heart. */
const KNOWN = 0.05;

/** A preset in the sizes of the tiny data set (train/tiny.ts). */
export function tinyOf<C extends DetrConfig>(preset: C, change: Partial<C> = {}): C {
  return {
    ...preset,
    ...{ standardise: true, frameWidth: 4, segmentWidth: 5, width: 16, heads: 4, ffn: 32, queries: 4 },
    ...{ maxFrames: 8, maxSegments: 10, maxDurationSec: 25, learningRate: 3e-3 },
    ...change,
  };
}

/** How many parameters a preset has, live and as the paper counts. */
export function expectCounts<C extends DetrConfig>(
  family: ModelFamily<C>,
  preset: string,
  live: number,
  counted: number,
): void {
  const config = family.presets[preset];
  const counts = family.counts!(config);
  const sum = (of: 'live' | 'parameters') => counts.reduce((total, count) => total + count[of], 0);
  expect(family.layout(config).size, 'live').toBe(live);
  expect(sum('live'), 'live, in all modules').toBe(live);
  expect(sum('parameters'), 'as the paper counts').toBe(counted);
  expect(counted / 1e6, 'as the paper prints').toBeCloseTo(family.paper![preset], 1);
  expect(family.describe!(config).at(-1)).toContain(live.toLocaleString('en'));
}

/** A network that has learned nothing yet. */
export const startOf = (layout: Layout): State => ({
  theta: initialValues(layout, createRandom('start')),
  first: new Float32Array(layout.size),
  second: new Float32Array(layout.size),
  step: 0,
});

/** Five pairs two at a time and at once: what is dropped and what the step moves are the same. */
export async function expectSameStepDivided<C extends DetrConfig>(family: ModelFamily<C>, config: C): Promise<void> {
  const layout = family.layout(config);
  const momentum = async (micro: number) => {
    const stepper = await createStepper({ config, layout, batch: 5, micro, threads: 1, device: 'cpu' });
    await stepper.load(startOf(layout));
    await stepper.step(fivePairs(config), 1e-3, 'seed');
    const { first } = await stepper.state();
    await stepper.close();
    return first;
  };
  const [two, five] = [await momentum(2), await momentum(5)];
  const difference = Math.hypot(...two.map((value, i) => value - five[i]));
  expect(difference / Math.hypot(...five)).toBeLessThan(1e-5);
}

/** @param config tiny, with dropout; @param everyLayer whether it takes the losses of all layers to learn four pairs */
export function describeDetrSystem<C extends DetrConfig>(
  name: string,
  family: ModelFamily<C>,
  config: C,
  everyLayer = false,
): void {
  describe(name, () => {
    const layout = family.layout(config);
    const still = { ...config, dropout: { input: 0, network: 0 } };

    test('a step drops the same and gives the same gradient however the batch is divided', () =>
      expectSameStepDivided(family, config));

    // Of the last layer alone, where that is enough: the first reads with queries that hold nothing, and takes thousands of steps to tell four pairs apart.
    test('it learns four pairs by heart', async () => {
      const last = { ...still, width: 32, loss: { ...still.loss, everyLayer } };
      const wide = family.layout(last);
      const stepper = await createStepper({
        config: last,
        layout: wide,
        batch: 4,
        micro: 4,
        threads: 1,
        device: 'cpu',
      });
      await stepper.load(startOf(wide));
      const pairs = fivePairs(config);
      const totals: number[] = [];
      for (let i = 0; i < STEPS; i++) {
        const rate = 3e-3 * Math.max(0.02, 0.5 * (1 + Math.cos((Math.PI * i) / STEPS)));
        totals.push((await stepper.step(pairs.slice(0, 4), rate, `${i}`)).loss.total);
        if (totals[i] / totals[0] < KNOWN) break;
      }
      await stepper.close();
      expect(totals.at(-1)! / totals[0]).toBeLessThan(KNOWN);
    });

    test('a moment does not depend on what else is in the batch', async () => {
      const data = tinyDataset();
      const tokens = (table: typeof data.videos) =>
        [...table.values()].slice(0, 4).map(({ data, shape }, i) => ({ data, count: shape[0] - i })); // of four lengths
      const grounder = await family.open(still, layout, startOf(layout).theta, { threads: 1 });
      const ask = async (some: readonly number[]) => {
        const pick = <T>(all: readonly T[]) => some.map((i) => all[i]);
        const [clips, tracks] = [
          await grounder.clips(pick(tokens(data.videos))),
          await grounder.tracks(pick(tokens(data.tracks))),
        ];
        return grounder.moments!(
          clips,
          tracks,
          some.map((_, i) => [i, i] as const),
        );
      };
      const together = await ask([0, 1, 2, 3]);
      for (const i of [0, 1, 2, 3]) {
        const alone = await ask([i]);
        for (const k of [0, 1]) expect(Math.abs(alone[k] - together[2 * i + k])).toBeLessThan(2e-6);
      }
      await grounder.close();
    });

    describe('trained', () => {
      let folder: TestFolder;
      beforeAll(async () => {
        folder = await testFolder();
      });
      afterAll(() => folder.remove());

      test('its training that was stopped ends with the bytes of one that was not', async () => {
        const sizes = { batch: 5, micro: 3, threads: 1, every: 2, seed: 'detr', length: { epochs: 2 }, saveEvery: 1 };
        const options = { config, data: tinyDataset(), ...sizes };
        const at = (name: string) => join(folder.path, name);
        await train({ ...options, folder: at('whole') });
        const stop = ({ step }: { step: number }) => {
          if (step === 4) throw new Error('stopped');
        };
        await expect(train({ ...options, folder: at('stopped'), onStep: stop })).rejects.toThrow('stopped');
        await train({ ...options, folder: at('stopped') });
        const bytes = (name: string) => readFile(join(at(name), 'last.safetensors'));
        expect((await bytes('stopped')).equals(await bytes('whole'))).toBe(true);
      });
    });
  });
}
