import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../offline/lib/random.ts';
import { reshape, sum } from '../../../offline/nn/broadcast.ts';
import { add, exp, floor, gelu, greater, multiply, relu, scale } from '../../../offline/nn/elementwise.ts';
import {
  apply,
  constant,
  createGraph,
  emit,
  filled,
  fixed,
  type Graph,
  input,
  type Shape,
  scalar,
  type Tensor,
  within,
} from '../../../offline/nn/graph.ts';
import { concat, rowsLike, slice, transpose, transposeLast } from '../../../offline/nn/layout.ts';
import { gemm, linear, matmul } from '../../../offline/nn/linear.ts';
import { layerNorm, softmax } from '../../../offline/nn/normalise.ts';
import { mean } from '../../../offline/nn/reduce.ts';
import { expectClose, run, values } from './run.ts';

/** What building throws, inside two named places. */
function complaint(build: (of: (...shape: number[]) => Tensor) => unknown): string {
  const graph = createGraph();
  try {
    within(graph, 'video', () => within(graph, 'attention', () => build((...shape) => input(graph, 'x', shape))));
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was thrown';
}

describe('a shape that does not fit is refused with the operator, the place and the shapes', () => {
  const cases: [string, (of: (...shape: number[]) => Tensor) => unknown, string][] = [
    [
      'adding',
      (of) => add(of(2, 3), of(4)),
      'Add in video/attention: expected shapes that broadcast, got [2, 3] and [4].',
    ],
    [
      'comparing',
      (of) => greater(of(2, 3), of(3, 3)),
      'Greater in video/attention: expected shapes that broadcast, got [2, 3] and [3, 3].',
    ],
    [
      'reshaping',
      (of) => reshape(of(2, 3), [4]),
      'Reshape in video/attention: expected shapes of equally many values, got [2, 3] and [4].',
    ],
    [
      'slicing too far',
      (of) => slice(of(2, 3), 1, 2, 2),
      'Slice in video/attention: expected an axis 1 of at least 4, got [2, 3].',
    ],
    [
      'slicing before the start',
      (of) => slice(of(2, 3), 1, -1, 2),
      'Slice in video/attention: expected an axis 1 of at least 1, got [2, 3].',
    ],
    [
      'slicing an axis that is not there',
      (of) => slice(of(2, 3), 2, 0, 1),
      'Slice in video/attention: expected an axis 2 of at least 1, got [2, 3].',
    ],
    [
      'joining',
      (of) => concat([of(2, 3), of(3, 3)], 1),
      'Concat in video/attention: expected equal sizes but on axis 1, got [2, 3] and [3, 3].',
    ],
    [
      'joining ranks',
      (of) => concat([of(2, 3), of(2)], 0),
      'Concat in video/attention: expected equal sizes but on axis 0, got [2, 3] and [2].',
    ],
    [
      'a linear layer',
      (of) => linear(of(2, 3), of(5, 4), of(5)),
      'Linear in video/attention: expected a last axis of 4, got [2, 3].',
    ],
    [
      'a product',
      (of) => gemm(of(2, 3), of(2, 3)),
      'Gemm in video/attention: expected equal inner sizes, got [2, 3] and [2, 3].',
    ],
    [
      'a product of batches',
      (of) => matmul(of(2, 4, 3), of(5, 3, 4)),
      'MatMul in video/attention: expected equal inner and leading sizes, got [2, 4, 3] and [5, 3, 4].',
    ],
    [
      'a matrix times a batch',
      (of) => matmul(of(4, 3), of(5, 3, 4)),
      'MatMul in video/attention: expected equal inner and leading sizes, got [4, 3] and [5, 3, 4].',
    ],
  ];
  test.each(cases)('%s', (_, build, message) => {
    expect(complaint(build)).toBe(message);
  });

  test('a place that failed is left again', () => {
    const graph = createGraph();
    expect(() => within(graph, 'broken', () => reshape(input(graph, 'x', [2]), [3]))).toThrow('in broken');
    expect(() => reshape(input(graph, 'x', [2]), [3])).toThrow('Reshape in the graph: expected');
  });

  test('a size that is only a name is refused where a number is needed', () => {
    const graph = createGraph();
    expect(() => fixed('F')).toThrow('expected a fixed size, got "F"');
    expect(() => filled(graph, 0, [1, 'F'] as never)).toThrow('expected a fixed size, got "F"');
    expect(() => mean(input(graph, 'x', [1, 'F']), [1])).toThrow('expected a fixed size, got "F"');
    expect(() => concat([input(graph, 'f', ['F']), input(graph, 's', ['S'])], 0)).toThrow('got "F"');
    expect(() => reshape(input(graph, 'x', ['A', 'B']), ['P', 'Q'])).toThrow('at most one moved size');
  });
});

describe('sizes that are names', () => {
  /** Every kind of operator that the network uses with them; B and F may be numbers or names. */
  function model(graph: Graph, b: Shape[number], f: Shape[number]): Tensor {
    const random = createRandom('weights');
    const weights = (...shape: number[]) =>
      constant(
        graph,
        Float32Array.from({ length: shape.reduce((a, c) => a * c, 1) }, () => random.uniform(-1, 1)),
        shape,
      );
    const x = input(graph, 'x', [b, f, 4]);
    const table = weights(6, 4);
    const placed = add(x, rowsLike(table, x, 1));
    const projected = linear(placed, weights(4, 4), weights(4)); // [B, F, 4]
    const heads = transpose(reshape(projected, [b, f, 2, 2]), [0, 2, 1, 3]); // [B, 2, F, 2]
    const attention = softmax(matmul(heads, transposeLast(heads))); // [B, 2, F, F]
    const mixed = reshape(transpose(matmul(attention, heads), [0, 2, 1, 3]), [b, f, 4]);
    const normed = layerNorm(gelu(mixed), weights(4), weights(4));
    const slots = typeof f === 'number' ? undefined : 'C';
    return reshape(sum(concat([normed, x], 1, slots), [1]), [b, 4]);
  }
  const drawn = (...shape: number[]) => {
    const random = createRandom(shape.join());
    return values(shape, ...Array.from({ length: shape.reduce((a, c) => a * c, 1) }, () => random.normal()));
  };

  test('one model runs at every size and gives what a model of that size gives', async () => {
    for (const [b, f] of [
      [1, 1],
      [1, 6],
      [3, 2],
    ]) {
      const [open, closed] = [createGraph(), createGraph()];
      const x = drawn(b, f, 4);
      const { y } = await run(open, { y: model(open, 'B', 'F') }, { x });
      const { y: expected } = await run(closed, { y: model(closed, b, f) }, { x });
      expect([...y.shape]).toEqual([b, 4]);
      for (const [i, value] of y.data.entries()) expect(value).toBeCloseTo(expected.data[i], 5);
    }
  });

  test('equal names broadcast, different names do not', () => {
    const graph = createGraph();
    expect(add(input(graph, 'a', ['B', 1]), input(graph, 'b', ['B', 3])).shape).toEqual(['B', 3]);
    expect(() => add(input(graph, 'a', ['B']), input(graph, 'b', ['F']))).toThrow('got [B] and [F]');
    expect(() => add(input(graph, 'a', ['B']), input(graph, 'b', [2]))).toThrow('got [B] and [2]');
  });
});

describe('the model file', () => {
  test('keeps numbers of more than seven bits', async () => {
    const graph = createGraph();
    const x = input(graph, 'x', ['B', 300]); // 300 takes two bytes of a varint
    const count = Float32Array.from({ length: 70_000 }, (_, i) => i); // 280,000 bytes: three
    const end = slice(constant(graph, count, [70_000]), 0, 69_700, 300);
    const { y } = await run(
      graph,
      { y: add(x, end) },
      { x: { shape: [2, 300], data: new Float32Array(600).fill(0.5) } },
    );
    expect([...y.shape]).toEqual([2, 300]);
    expect([y.data[0], y.data[599]]).toEqual([69_700.5, 69_999.5]);
  });

  test.each([1, 127, 128, 129, 255, 16_383, 16_384])('keeps the number %d', async (size) => {
    const graph = createGraph();
    const x = input(graph, 'x', [size]);
    const { y } = await run(graph, { y: scale(x, 2) }, { x: { shape: [size], data: new Float32Array(size).fill(3) } });
    expect([[...y.shape], y.data.at(-1)]).toEqual([[size], 6]);
  });

  test('keeps negative numbers, in attributes and in constants', async () => {
    const graph = createGraph();
    const x = input(graph, 'x', [2, 'N']);
    const columns = apply('Softmax', [x], [2, 'N'], { attributes: { axis: -2 } });
    const { y } = await run(graph, { y: reshape(columns, ['M']) }, { x: values([2, 1], 0, Math.log(3)) }); // reshape to [-1]
    expectClose(y.data, [0.25, 0.75]);
  });

  test('keeps names and places beyond ASCII', async () => {
    const graph = createGraph();
    const y = within(graph, 'Stück/音楽', () => exp(input(graph, 'Eingang „ä“', [1])));
    const out = await run(graph, { 'Ausgang „ö“': y }, { 'Eingang „ä“': values([1], 0) });
    expect([...out['Ausgang „ö“'].data]).toEqual([1]);
  });

  test('holds what the outputs need and nothing else', () => {
    const graph = createGraph();
    const x = input(graph, 'wanted_input', [2]);
    floor(input(graph, 'forgotten_input', [2]));
    const y = multiply(x, scalar(graph, 0.25));
    relu(add(y, constant(graph, Float32Array.of(1, 2), [2], 'forgotten_constant')));
    const text = Buffer.from(emit(graph, { y })).toString('latin1');
    expect(text).toContain('wanted_input');
    expect(text).toContain('scalar_0.25');
    expect(text).not.toContain('forgotten');
    expect(text).not.toContain('Relu');
  });

  test('stores equal constants once', () => {
    const graph = createGraph();
    const once = emit(graph, { y: filled(graph, 3, [500]) }).length;
    const twice = emit(graph, { y: add(filled(graph, 3, [500]), filled(graph, 3, [500])) }).length;
    expect(twice - once).toBeLessThan(500); // not 2000 bytes more
    expect(emit(graph, { y: add(filled(graph, 3, [500]), filled(graph, 4, [500])) }).length - once).toBeGreaterThan(
      2000,
    );
  });

  test('has equal bytes when built twice', () => {
    const build = () => {
      const graph = createGraph();
      return emit(graph, { y: softmax(scale(input(graph, 'x', ['B', 3]), 0.5)) });
    };
    expect(build()).toEqual(build());
  });
});
