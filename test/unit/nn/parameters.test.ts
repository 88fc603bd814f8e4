import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../offline/lib/random.ts';
import { sum } from '../../../offline/nn/broadcast.ts';
import { multiply } from '../../../offline/nn/elementwise.ts';
import { constant, createGraph, filled, type Graph, input, type Tensor } from '../../../offline/nn/graph.ts';
import { linear } from '../../../offline/nn/linear.ts';
import {
  type Initial,
  initialValues,
  type ParameterSource,
  recordLayout,
  valueSource,
  vectorSource,
  view,
} from '../../../offline/nn/parameters.ts';
import { expectClose, run, values } from './run.ts';

const ZERO: Initial = { kind: 'constant', value: 0 };

/** Two layers: `packed` is read row by row, `unused` is asked for but never reaches the result. */
function network(graph: Graph, source: ParameterSource): Tensor {
  const x = constant(graph, Float32Array.of(1, 10), [1, 2]);
  const first = source.get('packed', [3, 2], { kind: 'xavier' }, { start: 0, count: 1 });
  const last = source.get('packed', [3, 2], { kind: 'xavier' }, { start: 2, count: 1 });
  source.get('unused', [2], ZERO);
  const gain = source.get('gain', [1], { kind: 'constant', value: 2 });
  const bias = source.get('bias', [1], ZERO);
  // gain · (x · first + bias) · (x · last + bias)
  return sum(multiply(multiply(linear(x, first, bias), linear(x, last, bias)), gain), [0, 1]);
}
const layout = recordLayout((graph, source) => void network(graph, source));
//                              packed: first | middle | last   unused  gain bias
const theta = Float32Array.from([1, 2, /* */ 100, 200, 3, 4, /**/ 7, 8, 2, 0.5]);
const FIRST = 1 * 1 + 2 * 10 + 0.5;
const LAST = 3 * 1 + 4 * 10 + 0.5;

describe('parameters', () => {
  test('stand in the vector in the order of their first use, whole, without gaps, each once', () => {
    expect(layout.size).toBe(10);
    expect(layout.parameters.map(({ name, shape, offset }) => [name, shape, offset])).toEqual([
      ['packed', [3, 2], 0],
      ['unused', [2], 6],
      ['gain', [1], 8],
      ['bias', [1], 9],
    ]);
    expect([...view(layout, theta, 'gain')]).toEqual([2]);
    view(layout, theta, 'gain')[0] = 2; // a view, not a copy
    expect(view(layout, theta, 'packed').buffer).toBe(theta.buffer);
  });

  test('give the same result as a vector and as values inside the model, rows included', async () => {
    const [open, closed] = [createGraph(), createGraph()];
    const fromVector = await run(
      open,
      { y: network(open, vectorSource(layout, input(open, 'theta', [layout.size]))) },
      { theta: { data: theta, shape: [layout.size] } },
    );
    const inside = await run(closed, { y: network(closed, valueSource(layout, closed, theta)) });
    expectClose(fromVector.y.data, [2 * FIRST * LAST]);
    expectClose(inside.y.data, [2 * FIRST * LAST]);
  });

  async function gradientOf(frozen: (name: string) => boolean): Promise<number[]> {
    const graph = createGraph();
    const source = vectorSource(layout, input(graph, 'theta', [layout.size]));
    const loss = network(graph, source);
    const { theta: gradient } = source.gradient(new Map([[loss, filled(graph, 1, loss.shape as number[])]]), frozen);
    expect(gradient.shape).toEqual([layout.size]);
    return [...(await run(graph, { gradient }, { theta: { data: theta, shape: [layout.size] } })).gradient.data];
  }
  const byHand = [2 * LAST, 20 * LAST, 0, 0, 2 * FIRST, 20 * FIRST, 0, 0, FIRST * LAST, 2 * (FIRST + LAST)];

  test('have their gradients in their places, zero where the loss does not reach', async () => {
    expectClose(await gradientOf(() => false), byHand);
  });

  test('have a gradient of zero where they are frozen, the others unchanged', async () => {
    const expected = byHand.map((d, i) => (i < 6 ? 0 : d));
    expectClose(await gradientOf((name) => name === 'packed'), expected);
    expectClose(await gradientOf((name) => name === 'bias'), [...byHand.slice(0, 9), 0]);
  });

  test('have their gradients beside those of other tensors, which nothing freezes', async () => {
    const graph = createGraph();
    const source = vectorSource(layout, input(graph, 'theta', [layout.size]));
    const [x, apart] = [input(graph, 'x', [3]), input(graph, 'apart', [1])];
    const gain = source.get('gain', [1], ZERO);
    const seeds = new Map([[multiply(x, gain), input(graph, 'seed', [3])]]);
    const { theta: d, others } = source.gradient(seeds, () => true, [x, apart]);
    expect(others).toEqual([expect.anything(), undefined]);
    const feeds = {
      theta: { data: theta, shape: [layout.size] },
      x: values([3], 1, 2, 3),
      seed: values([3], 1, 10, 0),
    };
    const out = await run(graph, { d, dx: others[0]! }, feeds);
    expect([...out.dx.data]).toEqual([2, 20, 0]); // gain 2
    expect([...out.d.data]).toEqual(Array(10).fill(0));
  });

  test('are refused when they are asked for in another shape or under an unknown name', () => {
    const graph = createGraph();
    const source = vectorSource(layout, input(graph, 'theta', [layout.size]));
    expect(() => source.get('packed', [2, 3], ZERO)).toThrow('parameter packed: expected [3, 2], got [2, 3].');
    expect(() => source.get('none', [1], ZERO)).toThrow('parameter none: not part of this network.');
    expect(() => view(layout, theta, 'none')).toThrow('parameter none: not part of this network.');
  });
});

describe('initial values', () => {
  const shapes: Record<string, [number[], Initial]> = {
    constant: [[40], { kind: 'constant', value: 0.25 }],
    xavier: [[60, 20], { kind: 'xavier' }],
    linear: [[50, 25], { kind: 'linear', fanIn: 25 }],
    identity: [[3, 3], { kind: 'identity' }],
    'attention identity': [[6, 2], { kind: 'attention-identity' }],
    normal: [[2000], { kind: 'normal' }],
    narrow: [[2000], { kind: 'normal', deviation: 0.02 }],
  };
  const drawn = (seed: string, names = Object.keys(shapes)) => {
    const of = recordLayout((_, source) => {
      for (const name of names) source.get(name, ...shapes[name]);
    });
    const all = initialValues(of, createRandom(seed));
    return (name: string) => [...view(of, all, name)];
  };

  test('are drawn from what each parameter asks for', () => {
    const of = drawn('seed');
    expect(new Set(of('constant'))).toEqual(new Set([0.25]));
    expect(of('identity')).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect(of('attention identity').slice(0, 8), 'q and k').toEqual([1, 0, 0, 1, 1, 0, 0, 1]);
    const value = of('attention identity').slice(8);
    expect(
      value.every((v) => v !== 0 && Math.abs(v) <= Math.sqrt(6 / 4)),
      'v',
    ).toBe(true);
    for (const [name, bound] of [
      ['xavier', Math.sqrt(6 / 80)],
      ['linear', 1 / 5],
    ] as const) {
      const largest = Math.max(...of(name).map(Math.abs));
      expect(largest).toBeLessThanOrEqual(bound);
      expect(largest).toBeGreaterThan(0.98 * bound); // of 1200 uniform values
    }
    for (const [name, deviation] of [
      ['normal', 1],
      ['narrow', 0.02],
    ] as const) {
      const normal = of(name).map((v) => v / deviation);
      const mean = normal.reduce((a, b) => a + b, 0) / normal.length;
      const variance = normal.reduce((a, b) => a + (b - mean) ** 2, 0) / normal.length;
      expect(Math.abs(mean)).toBeLessThan(0.09); // four deviations of a mean of 2000
      expect(Math.abs(variance - 1)).toBeLessThan(0.13); // and of their variance
    }
  });

  test('are equal for an equal seed and different for another', () => {
    expect(drawn('seed')('xavier')).toEqual(drawn('seed')('xavier'));
    expect(drawn('seed')('xavier')).not.toEqual(drawn('other')('xavier'));
  });

  test('depend on a parameter’s name, not on which others there are', () => {
    expect(drawn('seed', ['normal'])('normal')).toEqual(drawn('seed')('normal'));
    const twins = recordLayout((_, source) => {
      for (const name of ['a', 'b']) source.get(name, [5], { kind: 'normal' });
    });
    const all = initialValues(twins, createRandom('seed'));
    expect(view(twins, all, 'a')).not.toEqual(view(twins, all, 'b'));
  });
});

test('a parameter used twice gets the sum of both gradients', async () => {
  const twice = (source: ParameterSource) => {
    const w = () => source.get('w', [2], ZERO);
    return sum(multiply(w(), multiply(w(), w())), [0]); // w³
  };
  const small = recordLayout((_, source) => void twice(source));
  const graph = createGraph();
  const source = vectorSource(small, input(graph, 'theta', [2]));
  const loss = twice(source);
  const { theta: gradient } = source.gradient(new Map([[loss, filled(graph, 1, [1])]]), () => false);
  const out = await run(graph, { gradient }, { theta: values([2], 2, -1) });
  expectClose(out.gradient.data, [3 * 4, 3 * 1]);
});
