import { describe, expect, test } from 'vitest';
import { expand, reshape, sum } from '../../../offline/nn/broadcast.ts';
import {
  abs,
  add,
  cosine,
  divide,
  erf,
  exp,
  gelu,
  inverseSigmoid,
  log,
  maximum,
  minimum,
  multiply,
  negate,
  prelu,
  relu,
  scale,
  sigmoid,
  sine,
  sqrt,
  subtract,
  tanh,
  vector,
} from '../../../offline/nn/elementwise.ts';
import { apply, filled, scalar, type Tensor } from '../../../offline/nn/graph.ts';
import { after, concat, shift, slice, split, transpose, transposeLast } from '../../../offline/nn/layout.ts';
import { gemm, linear, matmul } from '../../../offline/nn/linear.ts';
import { cosineWith, l2Normalise, layerNorm, logSoftmax, softmax } from '../../../offline/nn/normalise.ts';
import { maximumAlong, mean } from '../../../offline/nn/reduce.ts';
import { agree, type Case } from './agree.ts';
import { slopes, worst } from './finite-differences.ts';

/** Away from the places where an operator ends or bends, by more than the step of the differences. */
const POSITIVE: readonly [number, number] = [0.4, 2];

const shapePairs: readonly [string, number[], number[]][] = [
  ['equal shapes', [3, 2], [3, 2]],
  ['a vector over rows', [3, 5], [5]],
  ['a scalar', [2, 3], []],
  ['a column against a row', [3, 1], [1, 4]],
  ['a missing and a middle axis', [2, 1, 3], [4, 1]],
  ['the smaller first', [1, 3], [2, 2, 3]],
  ['all of one value against a larger rank', [1, 1], [3]],
];

describe('the gradient of an operator on two tensors is its slope', () => {
  for (const [op, of] of Object.entries({ add, subtract, multiply }))
    agree(shapePairs.map(([name, a, b]) => ({ name: `${op}: ${name}`, shapes: [a, b], build: ([x, y]) => of(x, y) })));
  agree(
    shapePairs.map(([name, a, b]) => ({
      name: `divide: ${name}`,
      shapes: [a, b],
      build: ([x, y]) => divide(x, y),
      between: POSITIVE,
    })),
  );
});

describe('the gradient of an operator on each value is its slope', () => {
  const sides = Float32Array.of(1, -1, 2, 1, -2);
  const one = (name: string, of: (x: Tensor) => Tensor, between?: Case['between']): Case => ({
    name,
    shapes: [[3, 5]],
    build: ([x]) => of(x),
    between,
  });
  agree([
    one('negate', negate),
    one('scale', (x) => scale(x, -2.5)),
    one('exp', exp),
    one('log', log, POSITIVE),
    one('sqrt', sqrt, POSITIVE),
    one('sigmoid', sigmoid),
    one('tanh', tanh),
    one('sine', sine),
    one('cosine', cosine),
    one('inverseSigmoid within its margins', inverseSigmoid, [0.05, 0.95]),
    one('inverseSigmoid beyond the lower margin', (x) => inverseSigmoid(x, 0.3), [0.05, 0.25]),
    one('inverseSigmoid beyond the upper margin', (x) => inverseSigmoid(x, 0.3), [0.75, 0.95]),
    one('erf', erf),
    one('gelu', gelu),
    one('relu of positive values', relu, POSITIVE),
    one('abs of positive values', abs, POSITIVE),
    one('abs of negative values', abs, [-2, -0.4]),
    one('relu of values on both sides of its bend', (x) => relu(add(x, vector(x.graph, sides))), [-0.5, 0.5]),
    one('abs of values on both sides of its bend', (x) => abs(add(x, vector(x.graph, sides))), [-0.5, 0.5]),
    one('a value used three times', (x) => multiply(x, multiply(x, sigmoid(x)))),
  ]);

  test('relu has no gradient where it gives nothing', async () => {
    const { built } = await slopes({ shapes: [[2, 3]], build: ([x]) => relu(x), between: [-2, -0.4] });
    expect(built[0].every((d) => d === 0)).toBe(true);
  });

  agree([
    {
      name: 'prelu and its slope, on both sides of its bend',
      shapes: [[3, 5], [1]],
      build: ([x, slope]) => prelu(add(x, vector(x.graph, sides)), slope),
      between: [-0.5, 0.5],
    },
  ]);

  const apart = (first: number): Case[] =>
    [maximum, minimum].map((of) => ({
      name: `${of.name} where the ${first > 0 ? 'first' : 'second'} is larger`,
      shapes: [[2, 3], [3]],
      // the product keeps the slope of the one that loses from being zero everywhere
      build: ([x, y]) => add(of(add(x, scalar(x.graph, first)), y), multiply(x, y)),
      between: [-0.5, 0.5],
    }));
  agree([...apart(2), ...apart(-2)]);
});

describe('the gradient of a sum or a mean is its slope', () => {
  agree([
    { name: 'the highest of the last axis', shapes: [[2, 3, 4]], build: ([x]) => exp(maximumAlong(x, [2])) },
    { name: 'the highest of the middle axis', shapes: [[2, 3, 4]], build: ([x]) => exp(maximumAlong(x, [1])) },
    { name: 'sum of the middle axis', shapes: [[2, 3, 4]], build: ([x]) => sum(exp(x), [1]) },
    { name: 'sum of the first and the last', shapes: [[2, 3, 4]], build: ([x]) => sum(exp(x), [0, 2]) },
    { name: 'sum of everything', shapes: [[3, 2]], build: ([x]) => sum(exp(x), [0, 1]) },
    { name: 'mean of the last axis', shapes: [[2, 5]], build: ([x]) => mean(exp(x), [1]) },
    { name: 'mean of two axes', shapes: [[2, 3, 2]], build: ([x]) => mean(exp(x), [0, 1]) },
  ]);
});

describe('the gradient of what moves values is its slope', () => {
  agree([
    { name: 'reshape', shapes: [[2, 6]], build: ([x]) => reshape(exp(x), [3, 4]) },
    { name: 'reshape to a scalar', shapes: [[1, 1]], build: ([x]) => reshape(exp(x), []) },
    { name: 'transpose, a cycle of three axes', shapes: [[2, 3, 4]], build: ([x]) => transpose(exp(x), [1, 2, 0]) },
    { name: 'transpose, four axes', shapes: [[2, 3, 1, 4]], build: ([x]) => transpose(exp(x), [3, 0, 2, 1]) },
    { name: 'transposeLast', shapes: [[2, 3, 4]], build: ([x]) => transposeLast(exp(x)) },
    {
      name: 'expand of an axis of 1',
      shapes: [[2, 1, 3]],
      build: ([x]) => expand(exp(x), filled(x.graph, 0, [2, 4, 3])),
    },
    { name: 'expand by new axes', shapes: [[3]], build: ([x]) => expand(exp(x), filled(x.graph, 0, [2, 2, 3])) },
    { name: 'slice at the start', shapes: [[5, 2]], build: ([x]) => slice(exp(x), 0, 0, 2) },
    { name: 'slice in the middle', shapes: [[2, 5, 2]], build: ([x]) => slice(exp(x), 1, 1, 2) },
    { name: 'slice at the end', shapes: [[2, 5]], build: ([x]) => slice(exp(x), 1, 3, 2) },
    { name: 'shift to later places', shapes: [[2, 4, 3]], build: ([x]) => shift(exp(x), 1, 1) },
    { name: 'shift by two to earlier ones', shapes: [[4, 3]], build: ([x]) => shift(exp(x), 0, -2) },
    {
      name: 'the second part of what was joined',
      shapes: [
        [2, 2],
        [2, 3],
      ],
      build: ([a, b]) => after(exp(concat([a, multiply(b, sum(a, [1]))], 1)), a, b, 1),
    },
    {
      name: 'split into three',
      shapes: [[2, 6]],
      build: ([x]) => {
        const [one, two, three] = split(exp(x), 1, 3);
        return multiply(one, subtract(three, two));
      },
    },
    { name: 'overlapping slices', shapes: [[5]], build: ([x]) => multiply(slice(x, 0, 0, 3), slice(x, 0, 2, 3)) },
    {
      name: 'concat of different lengths',
      shapes: [
        [2, 1],
        [2, 3],
        [2, 2],
      ],
      build: (parts) => concat(parts.map(exp), 1),
    },
    { name: 'concat of a tensor with itself', shapes: [[2, 2]], build: ([x]) => exp(concat([x, x], 0)) },
  ]);

  test('a split of which a part is not used says so instead of giving a wrong gradient', async () => {
    const built = slopes({ shapes: [[4]], build: ([x]) => split(x, 0, 2)[0] });
    await expect(built).rejects.toThrow('expected every part of a split to be used');
  });

  test('a slice leaves a gradient of zero for what it left out', async () => {
    const { built } = await slopes({ shapes: [[4]], build: ([x]) => slice(x, 0, 1, 2) });
    expect([...built[0]].map((d) => d !== 0)).toEqual([false, true, true, false]);
  });
});

describe('the gradient of a matrix product is its slope', () => {
  const [M, K, N] = [3, 4, 2];
  for (const transposeA of [false, true])
    for (const transposeB of [false, true]) {
      const a = transposeA ? [K, M] : [M, K];
      const b = transposeB ? [N, K] : [K, N];
      const name = `gemm of ${transposeA ? 'aᵀ' : 'a'} and ${transposeB ? 'bᵀ' : 'b'}`;
      agree([
        { name, shapes: [a, b], build: ([x, y]) => gemm(x, y, { transposeA, transposeB }) },
        {
          name: `${name} with a bias`,
          shapes: [a, b, [N]],
          build: ([x, y, bias]) => gemm(x, y, { transposeA, transposeB, bias }),
        },
      ]);
    }
  agree([
    { name: 'linear on a matrix', shapes: [[3, 4], [2, 4], [2]], build: ([x, w, b]) => linear(x, w, b) },
    { name: 'linear on three axes', shapes: [[2, 3, 4], [2, 4], [2]], build: ([x, w, b]) => linear(x, w, b) },
    { name: 'linear on a vector', shapes: [[4], [3, 4], [3]], build: ([x, w, b]) => linear(x, w, b) },
    {
      name: 'matmul of matrices',
      shapes: [
        [3, 4],
        [4, 2],
      ],
      build: ([a, b]) => matmul(a, b),
    },
    {
      name: 'matmul of batches',
      shapes: [
        [2, 2, 3, 4],
        [2, 2, 4, 2],
      ],
      build: ([a, b]) => matmul(a, b),
    },
    {
      name: 'matmul of a batch by one matrix',
      shapes: [
        [2, 3, 4],
        [4, 2],
      ],
      build: ([a, b]) => matmul(a, b),
    },
  ]);
});

describe('the gradient of a normalisation is its slope', () => {
  agree([
    { name: 'softmax', shapes: [[2, 2, 5]], build: ([x]) => softmax(x) },
    { name: 'softmax of large logits', shapes: [[2, 5]], build: ([x]) => softmax(scale(x, 3)) },
    { name: 'logSoftmax', shapes: [[3, 5]], build: ([x]) => logSoftmax(x) },
    { name: 'layerNorm', shapes: [[2, 3, 5], [5], [5]], build: ([x, gain, bias]) => layerNorm(x, gain, bias) },
    { name: 'l2Normalise', shapes: [[3, 5]], build: ([x]) => l2Normalise(x) },
    {
      name: 'cosineWith',
      shapes: [
        [3, 2, 5],
        [1, 2, 5],
      ],
      build: ([x, unit]) => cosineWith(x, unit),
    },
    {
      name: 'cosineWith of what is computed, read twice',
      shapes: [
        [3, 2, 5],
        [2, 5],
      ],
      build: ([x, y]) => {
        const both = exp(x);
        return multiply(cosineWith(both, reshape(l2Normalise(y), [1, 2, 5])), sum(both, [2]));
      },
    },
  ]);
});

test('a gradient that is wrong by one part in a hundred thousand does not pass', async () => {
  const wrong = (x: Tensor): Tensor => {
    const y: Tensor = apply('Exp', [x], x.shape, { gradient: ([d]) => [scale(multiply(d!, y), 1.00001)] });
    return y;
  };
  const { built, measured } = await slopes({ shapes: [[3, 5]], build: ([x]) => wrong(x) });
  expect(worst(built[0], measured[0])).toBeGreaterThan(5e-6);
});
