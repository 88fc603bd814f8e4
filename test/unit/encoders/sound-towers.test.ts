/** CED and the MobileNets of EfficientAT: their spectrograms against a transform written out, their sizes, and a run. */
import { describe, expect, test } from 'vitest';
import { CED_TINY, type CedSizes, cedTower } from '../../../offline/encoders/ced-tower.ts';
import { hann, melPower, triangles } from '../../../offline/encoders/mel-front.ts';
import { MN04, MN10, mnTower } from '../../../offline/encoders/mn-tower.ts';
import { createGraph, emit, input } from '../../../offline/nn/graph.ts';
import { openSession } from '../../../offline/nn/session.ts';
import { chord, concatenate, sine } from '../media/signals.ts';
import { expectClose } from '../nn/run.ts';
import { drawnWeights, total } from './drawn-weights.ts';

test('the power of mel bands is that of the transform, frame by frame, with mirrored ends', async () => {
  const samples = concatenate(sine(700, 0.05, 16000, 0.5), sine(2100, 0.05, 16000, 0.3));
  const [transform, hop, frames] = [64, 40, Math.floor(samples.length / 40) + 1];
  const window = hann(48, true);
  const mel = triangles(33, [0, 3, 8, 20, 32], (bin) => bin);
  const graph = createGraph();
  const power = melPower(input(graph, 'x', ['N', samples.length]), { transform, window, hop, frames, mel });
  const session = await openSession(emit(graph, { power }), { name: 'front', threads: 1 });
  const run = await session.run({ x: { data: samples, shape: [1, samples.length] } });
  await session.close();
  expect([...run.power.shape]).toEqual([1, frames, 3]);
  const at = (i: number) => samples[i < 0 ? -i : i >= samples.length ? 2 * (samples.length - 1) - i : i];
  const expected: number[] = [];
  for (let t = 0; t < frames; t++) {
    const bins = Array.from({ length: 33 }, (_, k) => {
      let [real, imaginary] = [0, 0];
      for (let n = 0; n < 48; n++) {
        const [value, angle] = [window[n] * at(t * hop - 32 + 8 + n), (2 * Math.PI * k * (n + 8)) / transform];
        real += value * Math.cos(angle);
        imaginary -= value * Math.sin(angle);
      }
      return real ** 2 + imaginary ** 2;
    });
    for (let band = 0; band < 3; band++) expected.push(bins.reduce((sum, value, k) => sum + value * mel[k][band], 0));
  }
  expectClose(run.power.data, expected, 1e-4);
});

/** Variances must be above 0. */
const positive = (weights: ReturnType<typeof drawnWeights>['weights']) => (name: string, shape: readonly number[]) =>
  name.endsWith('running_var') ? weights(name, shape).map((value) => 0.5 + Math.abs(value)) : weights(name, shape);

const [QUIET, LOUD] = [chord([60, 64, 67], 5, 16000), chord([48, 55, 63], 5, 16000).map((value) => 0.3 * value)];
const SOUNDS = concatenate(QUIET, LOUD);

async function heard(model: Uint8Array): Promise<{ shape: number[]; data: Float32Array; alone: Float32Array }> {
  const session = await openSession(model, { name: 'tower', threads: 2 });
  const both = (await session.run({ waveform: { data: SOUNDS, shape: [2, 80_000] } })).embedding;
  const one = (await session.run({ waveform: { data: LOUD, shape: [1, 80_000] } })).embedding;
  await session.close();
  return { shape: [...both.shape], data: both.data, alone: one.data };
}

describe('CED', () => {
  test('at full size has the parameters of CED-Tiny, and hears sounds apart, alone as beside another', async () => {
    const { weights, asked } = drawnWeights('ced', 0.05);
    const { shape, data, alone } = await heard(cedTower(positive(weights)));
    // Of the published 5.5 million its classifier has 192 · 527 + 527 + 2 · 192; a batch norm's statistics are no parameters.
    const statistics = 2 * CED_TINY.bands;
    const once = new Map([...asked].filter(([name]) => !name.includes('.fused.')));
    expect(((total(once) - statistics + 192 * 527 + 527 + 384) / 1e6).toFixed(1)).toBe('5.5');
    expect(shape).toEqual([2, 192]);
    expectClose(data.subarray(192), [...alone], 1e-4);
    expect(Math.hypot(...data.subarray(0, 192).map((value, i) => value - alone[i]))).toBeGreaterThan(0.1);
  });

  test('puts the position of a patch’s time and of its pitch where the patch is', async () => {
    const sizes: CedSizes = { ...CED_TINY, samples: 16_000, bands: 32, width: 16, heads: 2, layers: 1, hidden: 8 };
    const { weights } = drawnWeights('places', 0.1);
    const run = async (over: Record<string, (values: Float32Array) => Float32Array>) => {
      const model = cedTower((name, shape) => {
        const values = positive(weights)(name, shape);
        return over[name.replace('encoder.', '')]?.(values) ?? values;
      }, sizes);
      const session = await openSession(model, { name: 'places', threads: 1 });
      const { embedding } = await session.run({ waveform: { data: QUIET.slice(0, 16_000), shape: [1, 16_000] } });
      await session.close();
      return [...embedding.data];
    };
    const plain = await run({});
    // 101 frames are six patches: a seventh time position says nothing, the sixth does; so do both pitches.
    const bumped = (places: number, at: number) => (values: Float32Array) =>
      values.map((value, i) => (i % places === at ? value + Math.sin(i) : value));
    expect(await run({ time_pos_embed: bumped(63, 6) })).toEqual(plain);
    expect(await run({ time_pos_embed: bumped(63, 5) })).not.toEqual(plain);
    expect(await run({ freq_pos_embed: bumped(2, 1) })).not.toEqual(plain);
  });
});

describe('the MobileNets of EfficientAT', () => {
  test('at full size have the published parameters and widths, and hear sounds apart', async () => {
    const { weights, asked } = drawnWeights('mn10', 0.2);
    const { shape, data, alone } = await heard(mnTower(positive(weights), MN10));
    const parameters = [...asked].filter(([name]) => !name.includes('running_'));
    // Its classifier has 960 · 1280 + 1280 + 1280 · 527 + 527: 4.88 million in all, as published.
    const classifier = 960 * 1280 + 1280 + 1280 * 527 + 527;
    expect(((total(new Map(parameters)) + classifier) / 1e6).toFixed(2)).toBe('4.88');
    expect(shape).toEqual([2, 960]);
    expectClose(data.subarray(960), [...alone], 1e-4);
    expect(data.subarray(0, 960).some((value, i) => Math.abs(value - alone[i]) > 1e-3)).toBe(true);
    const small = drawnWeights('mn04', 0.2);
    expect((await heard(mnTower(positive(small.weights), MN04))).shape).toEqual([2, 384]);
  });
});
