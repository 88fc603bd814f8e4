import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../offline/lib/random.ts';
import { createGraph, input } from '../../../offline/nn/graph.ts';
import { ADAM, adam, clipGroups, type Group, learningRate } from '../../../offline/nn/optimiser.ts';
import { expectClose, run, values } from './run.ts';

interface State {
  theta: number[];
  first: number[];
  second: number[];
}

/** One step of Adam on the graph, counted from 1. */
async function step({ theta, first, second }: State, gradient: number[], rate: number, t: number): Promise<State> {
  const graph = createGraph();
  const vector = (name: string) => input(graph, name, [theta.length]);
  const next = adam(graph, vector('gradient'), {
    theta: vector('theta'),
    first: vector('first'),
    second: vector('second'),
    rate: input(graph, 'rate', []),
    firstCorrection: input(graph, 'first_correction', []),
    secondCorrection: input(graph, 'second_correction', []),
  });
  const given = (data: number[]) => values([data.length], ...data);
  const out = await run(
    graph,
    { theta_next: next.theta, first_next: next.first, second_next: next.second },
    {
      theta: given(theta),
      first: given(first),
      second: given(second),
      gradient: given(gradient),
      rate: values([], rate),
      first_correction: values([], 1 / (1 - ADAM.beta1 ** t)),
      second_correction: values([], 1 / (1 - ADAM.beta2 ** t)),
    },
  );
  return { theta: [...out.theta_next.data], first: [...out.first_next.data], second: [...out.second_next.data] };
}

describe('Adam', () => {
  test('makes two steps as worked out by hand', async () => {
    // First: m = 0.1 g, v = 0.001 g², both corrected to g and g², so every value moves by the rate, against its gradient.
    const one = await step({ theta: [1, 1, 1], first: [0, 0, 0], second: [0, 0, 0] }, [2, -0.5, 0], 0.1, 1);
    expectClose(one.first, [0.2, -0.05, 0]);
    expectClose(one.second, [0.004, 0.00025, 0], 1e-9);
    expectClose(one.theta, [0.9, 1.1, 1]);
    // Second, gradient 1: m = 0.9 · 0.2 + 0.1 = 0.28, / 0.19 = 1.473684; v = 0.999 · 0.004 + 0.001 = 0.004996, / 0.001999
    // = 2.499250, root 1.580902; 0.1 · 1.473684 / 1.580902 = 0.0932179.
    const two = await step(one, [1, 0, 0], 0.1, 2);
    expectClose(two.first.slice(0, 1), [0.28]);
    expectClose(two.second.slice(0, 1), [0.004996], 1e-8);
    expectClose(two.theta.slice(0, 1), [0.9 - 0.0932179]);
    expect(two.theta[1], 'goes on by its momentum').toBeGreaterThan(1.1);
    expect(two.theta[2]).toBe(1);
  });

  test('does not move at a rate of 0 but keeps its moments', async () => {
    const still = await step({ theta: [1], first: [0], second: [0] }, [3], 0, 1);
    expect(still.theta).toEqual([1]);
    expectClose(still.first, [0.3]);
  });

  test('moves little for a gradient far below its epsilon', async () => {
    // g / (|g| + 1e-8) with g = 1e-9: 1 / 11 of the rate
    const { theta } = await step({ theta: [0], first: [0], second: [0] }, [1e-9], 0.1, 1);
    expectClose(theta, [-0.1 / 11], 1e-5);
  });
});

describe('clipping', () => {
  const groups: Group[] = [
    { name: 'a', start: 0, count: 2 },
    { name: 'b', start: 2, count: 1 },
    { name: 'c', start: 3, count: 2 },
  ];
  const clip = async (gradient: number[], maxNorm: number) => {
    const graph = createGraph();
    const { clipped, norms } = clipGroups(input(graph, 'g', [5]), groups, maxNorm);
    const out = await run(graph, { clipped, norms }, { g: values([5], ...gradient) });
    return { clipped: out.clipped.data, norms: out.norms.data };
  };

  test('shortens each group that is too long, by itself, and leaves the others alone', async () => {
    const { clipped, norms } = await clip([3, 4, 0.5, -6, 8], 1);
    expectClose(norms, [5, 0.5, 10]);
    expectClose(clipped, [0.6, 0.8, 0.5, -0.6, 0.8]);
  });

  test('keeps to another limit', async () => {
    expectClose((await clip([3, 4, 0.5, -6, 8], 6)).clipped, [3, 4, 0.5, -3.6, 4.8]);
  });

  test('measures the norm of millions of values to six digits, where one running sum keeps four', async () => {
    const random = createRandom('norm');
    const count = 4_000_000 + 321; // not a whole number of rows
    const data = Float32Array.from({ length: count }, () => random.uniform(-1, 1));
    const graph = createGraph();
    const { norms } = clipGroups(input(graph, 'g', [count]), [{ name: 'all', start: 0, count }], 1);
    const out = await run(graph, { norms }, { g: { data, shape: [count] } });
    const inDoubles = Math.sqrt(data.reduce((total, value) => total + value * value, 0));
    expect(Math.abs(out.norms.data[0] / inDoubles - 1)).toBeLessThan(1e-6);
  });

  test('leaves a gradient of zero, and a tiny one, as it is', async () => {
    const { clipped, norms } = await clip([0, 0, 1e-7, 0, -1e-5], 1);
    expect([...clipped]).toEqual([0, 0, 1e-7, 0, -1e-5].map(Math.fround));
    expectClose(norms, [0, 1e-7, 1e-5], 1e-9);
  });
});

describe('the learning rate', () => {
  const at = (step: number) => learningRate(step, 100, 0.5, 0.2);

  test('starts at 0, rises in equal steps to its peak at the end of the warm-up', () => {
    expect(at(0)).toBe(0);
    expect(at(5)).toBeCloseTo(0.125, 12);
    expect(at(19)).toBeCloseTo(0.475, 12);
    expect(at(20)).toBe(0.5);
  });

  test('falls along half a cosine to 0', () => {
    expect(at(40)).toBeCloseTo(0.25 * (1 + Math.SQRT1_2), 12); // a quarter of the way: cos 45°
    expect(at(60)).toBeCloseTo(0.25, 12);
    expect(at(80)).toBeCloseTo(0.25 * (1 - Math.SQRT1_2), 12);
    expect(at(99)).toBeGreaterThan(0);
    expect(at(99)).toBeLessThan(0.0002);
    expect(at(100)).toBe(0);
  });

  test('starts at its peak without a warm-up, and may have one of part of a step', () => {
    expect(learningRate(0, 10, 0.5, 0)).toBe(0.5);
    expect(learningRate(0, 10, 0.5, 0.05)).toBe(0);
    expect(learningRate(1, 10, 0.5, 0.05)).toBeGreaterThan(0.49);
  });

  test('is never below 0, above its peak or not a number', () => {
    for (const [total, warmup] of [
      [1, 0],
      [1, 0.02],
      [3, 1],
      [200, 0.02],
    ])
      for (let step = 0; step < total; step++) {
        const rate = learningRate(step, total, 1e-3, warmup);
        expect(rate).toBeGreaterThanOrEqual(0);
        expect(rate).toBeLessThanOrEqual(1e-3);
      }
  });
});
