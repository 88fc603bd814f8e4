import { describe, expect, test } from 'vitest';
import { gradients } from '../../../offline/nn/autodiff.ts';
import { expand, reshape, sizeOf, sum } from '../../../offline/nn/broadcast.ts';
import { abs, divide, exp, floor, gelu, greater, maximum, minimum, sigmoid } from '../../../offline/nn/elementwise.ts';
import { constant, createGraph, filled, type Graph, input, scalar, type Tensor } from '../../../offline/nn/graph.ts';
import {
  columnsLike,
  concat,
  cumulativeSum,
  rowsLike,
  slice,
  transpose,
  transposeLast,
} from '../../../offline/nn/layout.ts';
import { gemm, linear, matmul } from '../../../offline/nn/linear.ts';
import { l2Normalise, layerNorm, logSoftmax, softmax } from '../../../offline/nn/normalise.ts';
import { max, mean } from '../../../offline/nn/reduce.ts';
import { expectClose, run, values } from './run.ts';

type Make = (shape: readonly number[], ...data: number[]) => Tensor;

async function resultOf(build: (of: Make, graph: Graph) => Tensor): Promise<{ data: number[]; shape: number[] }> {
  const graph = createGraph();
  const y = build((shape, ...data) => constant(graph, Float32Array.from(data), shape), graph);
  const { data, shape } = (await run(graph, { y })).y;
  expect([...shape], 'the shape that was promised').toEqual([...y.shape]);
  return { data: [...data], shape: [...shape] };
}

test('a matrix product is the sum of products, whichever side is stored transposed', async () => {
  // [1 2 3; 4 5 6] · [1 0; 2 1; 0 3] = [5 11; 14 23]
  const expected = [5, 11, 14, 23];
  const a: Record<string, [number[], number[]]> = {
    plain: [
      [2, 3],
      [1, 2, 3, 4, 5, 6],
    ],
    transposed: [
      [3, 2],
      [1, 4, 2, 5, 3, 6],
    ],
  };
  const b: Record<string, [number[], number[]]> = {
    plain: [
      [3, 2],
      [1, 0, 2, 1, 0, 3],
    ],
    transposed: [
      [2, 3],
      [1, 2, 0, 0, 1, 3],
    ],
  };
  for (const left of ['plain', 'transposed'])
    for (const right of ['plain', 'transposed']) {
      const sides = { transposeA: left === 'transposed', transposeB: right === 'transposed' };
      const { data } = await resultOf((of) =>
        gemm(of(a[left][0], ...a[left][1]), of(b[right][0], ...b[right][1]), { ...sides, bias: of([2], 10, 20) }),
      );
      expect(data).toEqual([15, 31, 24, 43]);
    }
  const { data } = await resultOf((of) => matmul(of(a.plain[0], ...a.plain[1]), of(b.plain[0], ...b.plain[1])));
  expect(data).toEqual(expected);
});

test('linear reads its weight as [out, in]', async () => {
  const { data } = await resultOf((of) => linear(of([1, 1, 2], 1, 2), of([3, 2], 1, 0, 0, 1, 1, 1), of([3], 0, 0, 10)));
  expect(data).toEqual([1, 2, 13]);
});

test('softmax gives shares, and log-softmax their logarithms without overflow', async () => {
  const [a, b] = [Math.log(2), Math.log(3)];
  expectClose((await resultOf((of) => softmax(of([1, 3], 0, a, b)))).data, [1 / 6, 2 / 6, 3 / 6]);
  // log softmax(x + 1000) = log softmax(x); float32's spacing at 1000 is 6e-5
  expectClose(
    (await resultOf((of) => logSoftmax(of([1, 2], 1000, 1000 + b)))).data,
    [-Math.log(4), b - Math.log(4)],
    1e-4,
  );
});

test('layer norm subtracts the mean, divides by the deviation over n, then scales and shifts', async () => {
  // mean 2.5, variance 1.25
  const unit = [-1.5, -0.5, 0.5, 1.5].map((x) => x / Math.sqrt(1.25 + 1e-5));
  const { data } = await resultOf((of) =>
    layerNorm(of([1, 4], 1, 2, 3, 4), of([4], 1, 1, 2, -1), of([4], 0, 10, 0, 0)),
  );
  expectClose(data, [unit[0], unit[1] + 10, 2 * unit[2], -unit[3]]);
});

test('L2 normalisation gives length 1, and zero for zero', async () => {
  expectClose((await resultOf((of) => l2Normalise(of([2, 2], 3, 4, 0, 0)))).data, [0.6, 0.8, 0, 0]);
});

test('GELU is x · Φ(x)', async () => {
  // Φ(1) = 0.8413447, Φ(2) = 0.9772499 (tables of the normal distribution)
  const { data } = await resultOf((of) => gelu(of([4], -1, 0, 1, 2)));
  expectClose(data, [-0.1586553, 0, 0.8413447, 1.9544997]);
});

test('reductions keep their axes with size 1', async () => {
  const x = [1, 2, 3, 4, 5, 6];
  expect(await resultOf((of) => sum(of([2, 3], ...x), [0]))).toEqual({ data: [5, 7, 9], shape: [1, 3] });
  expect(await resultOf((of) => mean(of([2, 3], ...x), [1]))).toEqual({ data: [2, 5], shape: [2, 1] });
  expect(await resultOf((of) => max(of([2, 3], ...x), [0, 1]))).toEqual({ data: [6], shape: [1, 1] });
});

test('operators on each value broadcast as numpy does', async () => {
  const pair = (op: (a: Tensor, b: Tensor) => Tensor) =>
    resultOf((of) => op(of([2, 1], 1, 6), of([3], 2, 6, 4))).then(({ data }) => data);
  expectClose(await pair(divide), [1 / 2, 1 / 6, 1 / 4, 3, 1, 6 / 4]);
  expect(await pair(maximum)).toEqual([2, 6, 4, 6, 6, 6]);
  expect(await pair(minimum)).toEqual([1, 1, 1, 2, 6, 4]);
  expect(await pair(greater), '1 only where strictly greater').toEqual([0, 0, 0, 1, 0, 1]);
});

test('the smaller ones do what they are called', async () => {
  expect((await resultOf((of) => abs(of([3], -2, 0, 3)))).data).toEqual([2, 0, 3]);
  expect((await resultOf((of) => floor(of([3], -1.5, 2, 2.9)))).data).toEqual([-2, 2, 2]);
  expectClose((await resultOf((of) => sigmoid(of([2], 0, Math.log(3))))).data, [0.5, 0.75]);
  expect((await resultOf((of) => cumulativeSum(of([2, 3], 1, 0, 1, 1, 1, 0), 1))).data).toEqual([1, 1, 2, 1, 2, 2]);
});

test('moving values changes none of them', async () => {
  const x = [1, 2, 3, 4, 5, 6];
  const moved = async (build: (x: Tensor) => Tensor) => (await resultOf((of) => build(of([2, 3], ...x)))).data;
  expect(await moved((t) => transpose(t, [1, 0]))).toEqual([1, 4, 2, 5, 3, 6]);
  expect(await moved((t) => slice(t, 1, 1, 2))).toEqual([2, 3, 5, 6]);
  expect(await moved((t) => concat([slice(t, 0, 1, 1), t], 0))).toEqual([4, 5, 6, ...x]);
  expect(await moved((t) => expand(slice(t, 1, 0, 1), filled(t.graph, 0, [2, 2])))).toEqual([1, 1, 4, 4]);
  expect(await moved((t) => rowsLike(transpose(t, [1, 0]), t, 0))).toEqual([1, 4, 2, 5]);
});

test('what is moved there and back is the tensor itself', () => {
  const graph = createGraph();
  const x = input(graph, 'x', ['B', 'L', 4]);
  expect(transposeLast(transposeLast(x))).toBe(x);
  expect(transpose(transpose(x, [1, 2, 0]), [2, 0, 1])).toBe(x);
  expect(transpose(transpose(x, [1, 2, 0]), [1, 2, 0])).not.toBe(x); // a third of the way is still to go
  expect(reshape(reshape(x, ['rows', 4]), ['B', 'L', 4])).toBe(x);
  expect(expand(x, x)).toBe(x);
});

test('constants of one value keep what tells them apart', async () => {
  const { data } = await resultOf((_, graph) =>
    concat(
      [1e-6, 1e-5, -1, 1 / 3].map((value) => expand(scalar(graph, value), filled(graph, 0, [1]))),
      0,
    ),
  );
  expect(data).toEqual([1e-6, 1e-5, -1, 1 / 3].map(Math.fround));
});

describe('values where a size is a name', () => {
  const graph = createGraph();
  const x = input(graph, 'x', ['B', 'L']);
  const two = values([2, 3], 1, 2, 3, 4, 5, 6);
  const of = async (y: Tensor) => {
    const out = (await run(graph, { y }, { x: two })).y;
    return { shape: [...out.shape], data: [...out.data] };
  };

  test('repeat along the axes of another tensor', async () => {
    expect(await of(expand(filled(graph, 7, [1, 1]), x))).toEqual({ shape: [2, 3], data: [7, 7, 7, 7, 7, 7] });
    expect(await of(expand(sum(x, [1]), x))).toEqual({ shape: [2, 3], data: [6, 6, 6, 15, 15, 15] });
  });

  test('join to a size that is told', async () => {
    const joined = concat(
      [x, filled(graph, 0, [1, 1]), x].map((part) => reshape(part, ['all'])),
      0,
      'twice',
    );
    expect(joined.shape).toEqual(['twice']);
    expect(await of(joined)).toEqual({ shape: [13], data: [1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6] });
  });

  test('of a table are as many as the other tensor has', async () => {
    const table = constant(graph, Float32Array.of(10, 20, 30, 40, 50), [5, 1]);
    expect(await of(rowsLike(table, x, 1))).toEqual({ shape: [3, 1], data: [10, 20, 30] });
    expect(await of(rowsLike(table, x, 0))).toEqual({ shape: [2, 1], data: [10, 20] });
    expect(await of(columnsLike(transpose(table, [1, 0]), x))).toEqual({ shape: [1, 3], data: [10, 20, 30] });
    expect(await of(cumulativeSum(x, 1))).toEqual({ shape: [2, 3], data: [1, 3, 6, 4, 9, 15] });
  });

  test('are refused where the size must be found at an input and none has it', () => {
    const inner = createGraph();
    const part = input(inner, 'part', ['F', 2]);
    const whole = concat([part, part], 0, 'C');
    expect(() => sizeOf(whole, 0)).toThrow('internal: no input of the graph has the size "C"');
    expect(() => expand(filled(inner, 1, [1, 2]), whole)).toThrow('internal: no input of the graph has the size "C"');
    const total = sum(exp(whole), [0, 1]);
    expect(() => gradients(new Map([[total, filled(inner, 1, [1, 1])]]), [part])).toThrow(
      'internal: no input of the graph has the size "C"',
    );
  });
});
