import { expect, it } from 'vitest';
import { argminMask } from '../../../offline/nn/argmin.ts';
import { gradients } from '../../../offline/nn/autodiff.ts';
import { multiply } from '../../../offline/nn/elementwise.ts';
import { createGraph, filled, input } from '../../../offline/nn/graph.ts';
import { run, values } from './run.ts';

it('is 1 at the argminMask of each row, and shared among equal ones', async () => {
  const graph = createGraph();
  const chosen = argminMask(input(graph, 'cost', ['B', 3]));
  const out = await run(graph, { chosen }, { cost: values([2, 3], 3, -1, 2, 5, 5, 7) });
  expect([...out.chosen.data]).toEqual([0, 1, 0, 0.5, 0.5, 0]);
});

it('has no gradient of its own: only what is chosen has', async () => {
  const graph = createGraph();
  const cost = input(graph, 'cost', [1, 2]);
  const chosen = multiply(argminMask(cost), cost);
  const [d] = gradients(new Map([[chosen, filled(graph, 1, [1, 2])]]), [cost]);
  const out = await run(graph, { d: d! }, { cost: values([1, 2], 4, 3) });
  expect([...out.d.data]).toEqual([0, 1]);
});
