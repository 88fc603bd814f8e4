import { expect, test } from 'vitest';
import { type Outcome, relativeDifference, trialStep } from '../../../offline/train/trial.ts';
import { tinyConfig } from './tiny.ts';

const cpu: Outcome = {
  loss: { total: 5, matching: 3, detection: 2 },
  norms: { enhancement: 1, matching: 2, detection: 4 },
  first: Float32Array.of(3, 0, -4),
};

test('two outcomes are as far relativeDifference as their gradients, relative to the whole of it', () => {
  expect(relativeDifference(cpu, cpu)).toBe(0);
  // ‖(0, 0.5, 0)‖ / ‖(3, 0, -4)‖ = 0.5 / 5: that one true value is 0 does not matter
  expect(relativeDifference({ ...cpu, first: Float32Array.of(3, 0.5, -4) }, cpu)).toBeCloseTo(0.1, 12);
});

test('or as the one loss or norm that differs most', () => {
  expect(relativeDifference({ ...cpu, loss: { ...cpu.loss, matching: 3.3 } }, cpu)).toBeCloseTo(0.1, 12);
  expect(relativeDifference({ ...cpu, norms: { ...cpu.norms, detection: 2 } }, cpu)).toBeCloseTo(0.5, 12);
});

test('what is not a number is not near anything', () => {
  expect(relativeDifference({ ...cpu, loss: { ...cpu.loss, total: Number.NaN } }, cpu)).toBeNaN();
  expect(relativeDifference({ ...cpu, first: Float32Array.of(Number.NaN, 0, 0) }, cpu)).toBeNaN();
});

test('a trial is the same every time, and reaches the parameters of every group', async () => {
  const [one, two] = [await trialStep(tinyConfig, 'cpu', 1), await trialStep(tinyConfig, 'cpu', 1)];
  expect(relativeDifference(two, one)).toBe(0);
  for (const norm of Object.values(one.norms)) expect(norm).toBeGreaterThan(0.01);
  expect(one.first.filter((value) => value !== 0).length / one.first.length).toBeGreaterThan(0.9);
});

test('a trial drops values, as the run will', async () => {
  const config = { ...tinyConfig, dropout: { enhancement: 0, matching: 0, detection: 0 } };
  expect(relativeDifference(await trialStep(config, 'cpu', 1), await trialStep(tinyConfig, 'cpu', 1))).toBeGreaterThan(
    0.01,
  );
});
