import { expect, test } from 'vitest';
import { createRandom } from '../../../../offline/lib/random.ts';
import type { DenseStartConfig } from '../../../../offline/models/dense-start/config.ts';
import { denseStartNetwork, layoutOf } from '../../../../offline/models/dense-start/network.ts';
import { openGrounder } from '../../../../offline/models/grounding/grounder.ts';
import { initialValues } from '../../../../offline/nn/parameters.ts';
import { openSession } from '../../../../offline/nn/session.ts';
import { createStepper } from '../../../../offline/train/stepper.ts';
import { fivePairs } from '../../train/five-pairs.ts';
import { wholeBatch } from '../../train/whole-batch.ts';
import { wholeGradient } from '../whole-gradient.ts';
import { thetaOf, tinyDense } from './tiny.ts';

/** Clipping is off, so that a step shows its gradient. */
const plain: DenseStartConfig = { ...tinyDense, clipNorm: 1e9 };
const pairs = fivePairs(plain);
const layout = layoutOf(plain);
const zeros = () => new Float32Array(layout.size);

const open = (config: DenseStartConfig, batch: number, micro: number) =>
  createStepper({ config, layout, batch, micro, threads: 1, device: 'cpu' });

/** The first moments after one step of rate 0 are a tenth of the gradient. */
async function stepOf(config: DenseStartConfig, micro: number) {
  const stepper = await open(config, pairs.length, micro);
  await stepper.load({ theta: thetaOf(layout), first: zeros(), second: zeros(), step: 0 });
  const { loss, norms } = await stepper.step(pairs, 0, 'seed');
  const { first } = await stepper.state();
  await stepper.close();
  return { loss, norms, gradient: first.map((value) => value * 10) };
}

/** ‖a - b‖ / ‖b‖ */
const relative = (a: Float32Array, b: Float32Array) =>
  Math.hypot(...a.map((value, i) => value - b[i])) / Math.hypot(...b);

test('a step in micro-batches has the gradient and losses of the padded whole batch', async () => {
  const sizes = { batch: pairs.length, frames: plain.maxFrames, segments: plain.maxSegments };
  const { model } = wholeGradient(denseStartNetwork(plain), layout, sizes);
  const session = await openSession(model, { name: 'whole', threads: 1 });
  const theta = { data: thetaOf(layout), shape: [layout.size] };
  const whole = await session.run({ ...wholeBatch(pairs, plain, sizes), theta });
  await session.close();
  for (const micro of [1, 2, 5]) {
    const { loss, norms, gradient } = await stepOf(plain, micro);
    expect(relative(gradient, whole.gradient.data)).toBeLessThan(2e-6);
    expect(Object.keys(loss)).toEqual(['total', 'matching', 'alignment', 'start', 'offset', 'saliency']);
    for (const [name, value] of Object.entries(loss)) expect(value / whole[name].data[0], name).toBeCloseTo(1, 5);
    expect(norms.all / Math.hypot(...gradient)).toBeCloseTo(1, 5);
  }
});

test('it drops the same values however the batch is divided', async () => {
  const config = { ...plain, dropout: 0.3 };
  const [one, all] = [await stepOf(config, 1), await stepOf(config, 5)];
  expect(relative(one.gradient, all.gradient)).toBeLessThan(2e-6);
  expect(relative(all.gradient, (await stepOf(plain, 5)).gradient)).toBeGreaterThan(0.1);
});

test('another clip of the same track is no negative', async () => {
  const config = { ...plain, loss: { ...plain.loss, maskSameTrack: false } };
  const [masked, all] = [await stepOf(plain, 5), await stepOf(config, 5)];
  expect(all.loss.matching).toBeGreaterThan(masked.loss.matching + 0.01);
  expect(all.loss.alignment).toBe(masked.loss.alignment);
});

/** Of learning by heart. */
const STEPS = 250;

test('four pairs are learned by heart: the loss near its floor, every start right', async () => {
  const four = fivePairs(plain)
    .slice(0, 4)
    .map((pair, i) => {
      const startSec = [3.75, 0, 11.25, 5][i];
      return { ...pair, startSec, endSec: startSec + pair.frames.count };
    });
  const stepper = await open({ ...plain, clipNorm: 1 }, 4, 4);
  const theta = initialValues(layout, createRandom('by heart'));
  await stepper.load({ theta, first: zeros(), second: zeros(), step: 0 });
  let loss = (await stepper.step(four, 4e-3, '0')).loss;
  const before = loss.total;
  for (let step = 1; step < STEPS; step++) loss = (await stepper.step(four, 4e-3 * (1 - step / STEPS), `${step}`)).loss;
  const state = await stepper.state();
  await stepper.close();

  const floor = four.reduce((sum, pair) => sum + entropy(startShares(pair)) / 4, 0);
  expect(floor).toBeGreaterThan(0.3);
  expect(loss.start).toBeGreaterThan(floor - 1e-4);
  expect(loss.start).toBeLessThan(floor + 0.05);
  for (const part of ['matching', 'offset', 'saliency']) expect(loss[part], part).toBeLessThan(0.1);
  expect(loss.total).toBeLessThan(before / 3);

  const model = await openGrounder(denseStartNetwork(plain), layout, state.theta, { threads: 1 });
  const [clips, tracks] = [
    await model.clips(four.map((p) => p.frames)),
    await model.tracks(four.map((p) => p.segments)),
  ];
  const relevance = await model.relevance(clips, tracks);
  const spans = await model.moments(
    clips,
    tracks,
    [0, 1, 2, 3].map((i) => [i, i]),
  );
  await model.close();
  for (const [i, { startSec, frames }] of four.entries()) {
    const [centre, width] = spans.subarray(2 * i, 2 * i + 2);
    expect(width * 25).toBeCloseTo(frames.count, 4);
    expect(Math.abs((centre - width / 2) * 25 - startSec), `start of ${i}`).toBeLessThan(0.4);
    const row = [...relevance.subarray(4 * i, 4 * i + 4)];
    expect(row.indexOf(Math.max(...row)), `track of ${i}`).toBe(i);
  }
});

/** What the starts' loss wants of a track's segments. */
function startShares({ segments, startSec }: (typeof pairs)[number]): number[] {
  const weights = Array.from({ length: segments.count }, (_, j) => Math.exp(-2 * (j - startSec / 2.5) ** 2));
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}

const entropy = (shares: readonly number[]) => -shares.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);
