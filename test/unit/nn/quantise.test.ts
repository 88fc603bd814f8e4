import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../offline/lib/random.ts';
import { reshape } from '../../../offline/nn/broadcast.ts';
import { add, relu } from '../../../offline/nn/elementwise.ts';
import { constant, createGraph, emit, type Graph, input, type Shape, type Tensor } from '../../../offline/nn/graph.ts';
import { transposeLast } from '../../../offline/nn/layout.ts';
import { gemm, linear, matmul } from '../../../offline/nn/linear.ts';
import { quantiseProducts } from '../../../offline/nn/quantise.ts';
import { run } from './run.ts';

// K = 2 inner values · N = 8 columns: 127 and -n, so that a byte is a step of 1 and nothing is rounded
const COLUMNS = 8;
const columns = Array.from({ length: COLUMNS }, (_, n) => n);
const stored = {
  /** [N, K], as linear layers keep them. */
  byColumn: Float32Array.from(columns.flatMap((n) => [127, -n])),
  /** [K, N] */
  byRow: Float32Array.from([...columns.map(() => 127), ...columns.map((n) => -n)]),
};
/** Inputs from 0 to 255 are a step of 1 too. */
const rows = [
  [1, 255],
  [3, 0],
];
const products = (bias: (n: number) => number) =>
  rows.flatMap(([a, b]) => columns.map((n) => 127 * a - n * b + bias(n)));

const named = (graph: Graph, name: string, data: Float32Array, ...shape: number[]) =>
  constant(graph, data, shape, name);
const operators = (graph: Graph, y: Tensor) => {
  const text = new TextDecoder('latin1').decode(emit(graph, { y }));
  return ['DynamicQuantizeMatMul', 'MatMul', 'Gemm', 'Transpose', 'Add'].filter((op) => text.includes(`/${op}_`));
};

describe('a product with a constant matrix becomes one product of bytes', () => {
  const cases: [string, Shape, (graph: Graph, x: Tensor) => Tensor, (n: number) => number][] = [
    [
      'a linear layer on rows',
      ['R', 2],
      (g, x) => linear(x, named(g, 'w', stored.byColumn, 8, 2), named(g, 'bias', Float32Array.from(columns), 8)),
      (n) => n,
    ],
    [
      'a linear layer on a batch whose size is a name',
      ['B', 'L', 2],
      (g, x) => linear(x, named(g, 'w', stored.byColumn, 8, 2), named(g, 'bias', Float32Array.from(columns), 8)),
      (n) => n,
    ],
    ['a product with rows', ['R', 2], (g, x) => gemm(x, named(g, 'w', stored.byRow, 2, 8)), () => 0],
    ['a product of a batch', ['B', 'L', 2], (g, x) => matmul(x, named(g, 'w', stored.byRow, 2, 8)), () => 0],
  ];
  test.each(cases)('%s', async (_, shape, build, bias) => {
    const graph = createGraph();
    const y = build(graph, input(graph, 'x', shape));
    quantiseProducts(graph);
    expect(operators(graph, y)).toEqual(['DynamicQuantizeMatMul']);
    const x = { data: Float32Array.from(rows.flat()), shape: shape.length === 2 ? [2, 2] : [1, 2, 2] };
    expect([...(await run(graph, { y }, { x })).y.data]).toEqual(products(bias));
  });
});

test('rounds each weight by half a step of its own column at most', async () => {
  const random = createRandom('columns');
  const spread = columns.map((n) => 10 ** -n); // from 1 to 1e-7
  const weights = Float32Array.from({ length: 5 * COLUMNS }, (_, i) => random.uniform(-1, 1) * spread[i % COLUMNS]);
  const graph = createGraph();
  const y = matmul(input(graph, 'x', [5, 5]), named(graph, 'w', weights, 5, COLUMNS));
  quantiseProducts(graph);
  const x = { data: Float32Array.from({ length: 25 }, (_, i) => (i % 6 ? 0 : 1)), shape: [5, 5] }; // the identity
  const found = (await run(graph, { y }, { x })).y.data;
  for (const n of columns) {
    const column = (of: Float32Array) => of.filter((_, i) => i % COLUMNS === n);
    const largest = Math.max(...column(weights).map(Math.abs));
    expect(largest).toBeGreaterThan(0.1 * spread[n]);
    for (const [k, value] of column(found).entries())
      expect(Math.abs(value - column(weights)[k])).toBeLessThanOrEqual(largest * (0.5 / 127 + 1e-6));
  }
});

test('gives the bias for a column of zeros', async () => {
  const graph = createGraph();
  const bias = Float32Array.from(columns, (n) => n + 0.25);
  const x = input(graph, 'x', ['R', 2]);
  const y = linear(x, named(graph, 'w', new Float32Array(16), 8, 2), named(graph, 'bias', bias, 8));
  quantiseProducts(graph);
  expect([...(await run(graph, { y }, { x: { data: Float32Array.of(3, -7), shape: [1, 2] } })).y.data]).toEqual([
    ...bias,
  ]);
});

test('is never further from the float product than the steps of both factors explain', async () => {
  const sizes = [fc.integer({ min: 1, max: 70 }), fc.integer({ min: 8, max: 40 })] as const;
  await fc.assert(
    fc.asyncProperty(...sizes, fc.string(), async (inner, width, seed) => {
      const random = createRandom(seed);
      const drawn = (count: number) => Float32Array.from({ length: count }, () => random.normal());
      const [data, weights, bias] = [drawn(6 * inner), drawn(width * inner), drawn(width)];
      const answer = async (bytes: boolean) => {
        const graph = createGraph();
        const x = input(graph, 'x', ['B', 'L', inner]);
        const y = linear(x, named(graph, 'w', weights, width, inner), named(graph, 'bias', bias, width));
        if (bytes) quantiseProducts(graph);
        return (await run(graph, { y }, { x: { data, shape: [2, 3, inner] } })).y.data;
      };
      const [float, bytes] = [await answer(false), await answer(true)];
      const step = (Math.max(0, ...data) - Math.min(0, ...data)) / 255; // half of it rounds the value, half the zero point
      for (const [i, value] of bytes.entries()) {
        const x = data.subarray(Math.floor(i / width) * inner).subarray(0, inner);
        const w = weights.subarray((i % width) * inner).subarray(0, inner);
        const half = Math.max(...w.map(Math.abs)) / 254;
        const bound = x.reduce((sum, v, k) => sum + Math.abs(v) * half + Math.abs(w[k]) * step + half * step, 1e-4);
        expect(Math.abs(value - float[i])).toBeLessThanOrEqual(bound);
      }
    }),
    { numRuns: 20 },
  );
});

describe('stays float and gives the same file', () => {
  const cases: [string, (graph: Graph) => Tensor][] = [
    ['a product of two activations', (g) => matmul(input(g, 'x', ['R', 9]), input(g, 'z', [9, 8]))],
    [
      'a product with an activation turned',
      (g) => matmul(input(g, 'x', ['R', 9]), transposeLast(input(g, 'z', [8, 9]))),
    ],
    [
      'a batch of matrices',
      (g) => matmul(input(g, 'x', [2, 'R', 4]), reshape(named(g, 'w', new Float32Array(64).fill(1), 8, 8), [2, 4, 8])),
    ],
    [
      'a linear layer with two outputs',
      (g) =>
        linear(
          input(g, 'x', ['B', 'L', 3]),
          named(g, 'w', new Float32Array(6).fill(1), 2, 3),
          named(g, 'b', new Float32Array(2), 2),
        ),
    ],
    [
      'a sum with a constant row',
      (g) => add(relu(input(g, 'x', ['R', 8])), named(g, 'b', new Float32Array(8).fill(1), 8)),
    ],
  ];
  test.each(cases)('%s', (_, build) => {
    const graph = createGraph();
    const y = build(graph);
    const before = emit(graph, { y });
    quantiseProducts(graph);
    expect(emit(graph, { y })).toEqual(before);
  });
});

test('takes a quarter of the bytes: the float matrix is left out', () => {
  const size = (bytes: boolean) => {
    const graph = createGraph();
    const weight = named(graph, 'w', new Float32Array(256 * 256), 256, 256);
    const y = linear(input(graph, 'x', ['B', 'L', 256]), weight, named(graph, 'b', new Float32Array(256), 256));
    if (bytes) quantiseProducts(graph);
    return emit(graph, { y }).length;
  };
  expect(size(false)).toBeGreaterThan(4 * 65536);
  expect(size(true)).toBeLessThan(65536 + 4096); // scales, zero points, bias: 9 bytes a column
});
