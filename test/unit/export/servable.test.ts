import { afterAll, beforeAll, expect, test } from 'vitest';
import { GRAPHS } from '../../../functions/engine.ts';
import { exportGraphs } from '../../../offline/export/graphs.ts';
import { openServable } from '../../../offline/export/servable.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import type { EnhancedGrounder, ModelFamily } from '../../../offline/models/family.ts';
import { registerFamily } from '../../../offline/models/registry.ts';
import { noDropout } from '../../../offline/nn/dropout.ts';
import { input } from '../../../offline/nn/graph.ts';
import { linear } from '../../../offline/nn/layers.ts';
import { initialValues, recordLayout } from '../../../offline/nn/parameters.ts';
import { openSession } from '../../../offline/nn/session.ts';
import { type ToyConfig, toy, toyConfig } from '../models/toy-family.ts';

/** Opens nothing, and is known by its face. */
const opened = {} as EnhancedGrounder;

/** No network that grounds: a layer of its own in each graph, of which only relevance may hold bytes. */
const served: ModelFamily<ToyConfig> = {
  ...toy,
  name: 'served-toy',
  presets: {},
  layout: (config) =>
    recordLayout((graph, parameters) => {
      for (const name of GRAPHS) served.serving!.outputs(name, { graph, parameters, dropout: noDropout }, config);
    }),
  serving: {
    outputs: (graph, b, { width }) => ({
      [`${graph}_out`]: linear(b, graph, input(b.graph, `${graph}_in`, ['B', width]), width),
    }),
    inBytes: ['relevance'],
    open: async () => opened,
  },
};
const config = { ...toyConfig, model: 'served-toy' } as unknown as ToyConfig;
const layout = served.layout(config);
const checkpoint = { config, layout, theta: initialValues(layout, createRandom('served')) };

let forget: () => void;
beforeAll(() => {
  forget = registerFamily(served);
});
afterAll(() => forget());

test('the Worker’s graphs are what a family says, whichever network it is', async () => {
  const graphs = exportGraphs(checkpoint, 'fp32');
  for (const name of GRAPHS) {
    const session = await openSession(graphs[name], { name, threads: 1 });
    const x = { data: new Float32Array(8).fill(1), shape: [1, 8] };
    expect(Object.keys(await session.run({ [`${name}_in`]: x }))).toEqual([`${name}_out`]);
    await session.close();
  }
});

test('only graphs that a family allows hold bytes', () => {
  const holdsBytes = (model: Uint8Array) => Buffer.from(model).includes('DynamicQuantizeMatMul');
  const graphs = exportGraphs(checkpoint, 'int8');
  expect(GRAPHS.filter((name) => holdsBytes(graphs[name]))).toEqual(['relevance']);
});

test('the exact model beside them is the family’s', async () => {
  expect(await openServable(checkpoint, 1)).toBe(opened);
});
