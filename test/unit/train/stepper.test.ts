import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../offline/lib/random.ts';
import type { MadeConfig } from '../../../offline/models/made/config.ts';
import { layoutOf, madeNetwork } from '../../../offline/models/made/network.ts';
import { initialValues } from '../../../offline/nn/parameters.ts';
import { openSession } from '../../../offline/nn/session.ts';
import { createStepper } from '../../../offline/train/stepper.ts';
import { wholeGradient } from '../models/whole-gradient.ts';
import { fivePairs } from './five-pairs.ts';
import { tinyConfig } from './tiny.ts';
import { wholeBatch } from './whole-batch.ts';

/** Clipping and dropout are off, so that a step shows its gradient. */
const plain: MadeConfig = { ...tinyConfig, dropout: { enhancement: 0, matching: 0, detection: 0 }, clipNorm: 1e9 };
const pairs = fivePairs(plain);

/** The first moments after one step of rate 0 are a tenth of the gradient. */
async function stepOf(config: MadeConfig, micro: number, seed = 'seed') {
  const layout = layoutOf(config);
  const stepper = await createStepper({ config, layout, batch: pairs.length, micro, threads: 1, device: 'cpu' });
  const zeros = () => new Float32Array(layout.size);
  const theta = initialValues(layout, createRandom('theta'));
  await stepper.load({ theta, first: zeros(), second: zeros(), step: 0 });
  const result = await stepper.step(pairs, 0, seed);
  const state = await stepper.state();
  await stepper.close();
  return { ...result, gradient: state.first.map((value) => value * 10), theta: state.theta, step: state.step };
}

async function wholeOf(config: MadeConfig) {
  const layout = layoutOf(config);
  const sizes = { batch: pairs.length, frames: config.maxFrames, segments: config.maxSegments };
  const session = await openSession(wholeGradient(madeNetwork(config), layout, sizes).model, {
    name: 'whole',
    threads: 1,
  });
  const theta = initialValues(layout, createRandom('theta'));
  const out = await session.run({ ...wholeBatch(pairs, config, sizes), theta: { data: theta, shape: [layout.size] } });
  await session.close();
  return out;
}

/** ‖a - b‖ / ‖b‖ */
function relative(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((value, i) => value - b[i])) / Math.hypot(...b);
}

describe('a step in micro-batches', () => {
  const kinds: [string, MadeConfig][] = [
    ['the default losses', plain],
    ['every auxiliary loss', { ...plain, loss: { ...plain.loss, attention: 1, saliency: 0.7, everyLayer: false } }],
    ['the reference’s own', { ...plain, decoderSelfAttention: true, foregroundHead: true, decoderLayers: 2 }],
  ];

  test.each(kinds)('has the gradient and losses of the padded whole batch, with %s', async (_, config) => {
    const whole = await wholeOf(config);
    for (const micro of [1, 2, 5]) {
      const step = await stepOf(config, micro);
      expect(relative(step.gradient, whole.gradient.data)).toBeLessThan(2e-6);
      expect(step.loss.total / whole.total.data[0]).toBeCloseTo(1, 5);
      expect(step.loss.matching / whole.matching.data[0]).toBeCloseTo(1, 5);
      expect(step.loss.detection / whole.detection.data[0]).toBeCloseTo(1, 5);
    }
  });

  test('drops the same values however the batch is divided', async () => {
    const config = { ...plain, dropout: { enhancement: 0.5, matching: 0.3, detection: 0.2 } };
    const [one, two, all] = [await stepOf(config, 1), await stepOf(config, 2), await stepOf(config, 5)];
    expect(relative(one.gradient, all.gradient)).toBeLessThan(2e-6);
    expect(relative(two.gradient, all.gradient)).toBeLessThan(2e-6);
    const none = await stepOf(plain, 5);
    expect(relative(all.gradient, none.gradient)).toBeGreaterThan(0.1);
    expect(relative((await stepOf(config, 5, 'another seed')).gradient, all.gradient)).toBeGreaterThan(0.1);
  });

  test('reports the norm of each group’s gradient', async () => {
    const { norms, gradient } = await stepOf(plain, 2);
    expect(Math.hypot(norms.enhancement, norms.matching, norms.detection) / Math.hypot(...gradient)).toBeCloseTo(1, 5);
  });

  test('of rate 0 leaves the parameters alone', async () => {
    const { theta, step } = await stepOf(plain, 2);
    expect(theta).toEqual(initialValues(layoutOf(plain), createRandom('theta')));
    expect(step).toBe(1);
  });
});
