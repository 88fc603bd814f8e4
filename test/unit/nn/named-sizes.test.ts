import { describe } from 'vitest';
import { expand, reshape, sum } from '../../../offline/nn/broadcast.ts';
import { noDropout } from '../../../offline/nn/dropout.ts';
import { add, divide, exp, gelu, multiply, subtract } from '../../../offline/nn/elementwise.ts';
import { scalar } from '../../../offline/nn/graph.ts';
import { after, concat, shift, slice, transpose, transposeLast } from '../../../offline/nn/layout.ts';
import { gemm, linear, matmul } from '../../../offline/nn/linear.ts';
import { l2Normalise, layerNorm, logSoftmax, softmax } from '../../../offline/nn/normalise.ts';
import { packed } from '../../../offline/nn/packing.ts';
import { learnedPosition } from '../../../offline/nn/positions.ts';
import { mean } from '../../../offline/nn/reduce.ts';
import { packedInputs } from '../../../offline/nn/sequence.ts';
import { agree } from './agree.ts';

// The training graphs are built before anyone knows how many rows a micro-batch has: the same rules again, with names.

describe('the gradient of an operator on each value is its slope where a size is a name', () => {
  const [rows, three] = [[['T', 3]], [['B', 'L', 3]]];
  agree([
    { name: 'gelu', shapes: [[4, 3]], names: rows, build: ([x]) => gelu(x) },
    { name: 'a vector over rows', shapes: [[4, 3], [3]], names: [['T', 3], [3]], build: ([x, b]) => multiply(x, b) },
    { name: 'a scalar', shapes: [[4, 3], []], names: [['T', 3], []], build: ([x, b]) => subtract(x, b) },
    {
      name: 'one row of each sequence over all of them',
      shapes: [
        [2, 3, 2],
        [2, 1, 2],
      ],
      names: [
        ['B', 'L', 2],
        ['B', 1, 2],
      ],
      build: ([x, b]) => multiply(x, b),
    },
    {
      name: 'one value for each row',
      shapes: [
        [2, 3, 2],
        [2, 3, 1],
      ],
      names: [
        ['B', 'L', 2],
        ['B', 'L', 1],
      ],
      build: ([x, b]) => divide(x, add(exp(b), scalar(x.graph, 1))),
    },
    {
      name: 'one matrix for all sequences',
      shapes: [
        [2, 3, 2],
        [3, 2],
      ],
      names: [
        ['B', 'L', 2],
        ['L', 2],
      ],
      build: ([x, b]) => multiply(x, b),
    },
    {
      name: 'a reshape that moves several sizes, found at the inputs that have them',
      shapes: [
        [4, 3, 2],
        [2, 6],
      ],
      names: [
        ['N', 'L', 2],
        ['B', 'all'],
      ],
      build: ([x, y]) => multiply(reshape(exp(x), ['B', 'some', 2]), reshape(exp(y), ['B', 'some', 1])),
    },
    {
      name: 'a learned position of every row',
      shapes: [
        [5, 2],
        [4, 2],
      ],
      names: [
        ['ST', 2],
        [4, 2],
      ],
      given: packed('segment', [2, 3]),
      build: ([x, table]) => {
        const b = { graph: x.graph, parameters: { get: () => table }, dropout: noDropout };
        const rows = { rows: x, packing: packedInputs(x.graph, 'segment', 'B', 'S', 'ST') };
        return multiply(x, learnedPosition(b, 'position', rows, 4, { kind: 'normal' }));
      },
    },
    { name: 'sum over a named axis', shapes: [[2, 3, 3]], names: three, build: ([x]) => sum(exp(x), [1]) },
    { name: 'sum over all of them', shapes: [[2, 3, 3]], names: three, build: ([x]) => sum(exp(x), [0, 1, 2]) },
    { name: 'mean beside a named axis', shapes: [[4, 3]], names: rows, build: ([x]) => mean(exp(x), [1]) },
    { name: 'shift along a named axis', shapes: [[2, 3, 3]], names: three, build: ([x]) => shift(exp(x), 1, -1) },
    {
      name: 'the second part of what was joined',
      shapes: [
        [2, 3],
        [4, 3],
      ],
      names: [
        ['FT', 3],
        ['ST', 3],
      ],
      build: ([a, b]) => after(exp(concat([a, multiply(b, sum(a, [0]))], 0, 'CT')), a, b, 0),
    },
    { name: 'softmax over a named axis', shapes: [[2, 3]], names: [['B', 'L']], build: ([x]) => softmax(x) },
    { name: 'logSoftmax over a named axis', shapes: [[2, 3]], names: [['B', 'L']], build: ([x]) => logSoftmax(x) },
    { name: 'l2Normalise', shapes: [[4, 3]], names: rows, build: ([x]) => l2Normalise(x) },
    {
      name: 'layerNorm of rows with its gain and its bias',
      shapes: [[4, 5], [5], [5]],
      names: [['T', 5], [5], [5]],
      build: ([x, gain, bias]) => layerNorm(x, gain, bias),
    },
    {
      name: 'layerNorm of sequences with its gain and its bias',
      shapes: [[2, 3, 5], [5], [5]],
      names: [['B', 'L', 5], [5], [5]],
      build: ([x, gain, bias]) => layerNorm(x, gain, bias),
    },
  ]);
});

describe('the gradient of what moves values is its slope where a size is a name', () => {
  agree([
    {
      name: 'reshape into heads',
      shapes: [[2, 3, 4]],
      names: [['B', 'L', 4]],
      build: ([x]) => reshape(exp(x), ['B', 'L', 2, 2]),
    },
    {
      name: 'reshape of as many sequences as are known to rows',
      shapes: [[2, 3, 4]],
      names: [[2, 'L', 4]],
      build: ([x]) => {
        const rows = reshape(exp(x), ['rows', 4]);
        return multiply(rows, rows);
      },
    },
    {
      name: 'transpose',
      shapes: [[2, 3, 2, 2]],
      names: [['B', 'L', 2, 2]],
      build: ([x]) => transpose(exp(x), [0, 2, 1, 3]),
    },
    {
      name: 'expand of one row to many',
      shapes: [
        [1, 3],
        [4, 3],
      ],
      names: [
        [1, 3],
        ['T', 3],
      ],
      build: ([x, like]) => multiply(expand(exp(x), like), like),
    },
    {
      name: 'expand along the middle axis',
      shapes: [
        [2, 1, 3],
        [2, 4, 3],
      ],
      names: [
        ['B', 1, 3],
        ['B', 'L', 3],
      ],
      build: ([x, like]) => multiply(expand(exp(x), like), like),
    },
    {
      name: 'expand by a new axis',
      shapes: [[3], [4, 3]],
      names: [[3], ['T', 3]],
      build: ([x, like]) => multiply(expand(exp(x), like), like),
    },
    { name: 'slice of columns', shapes: [[4, 5]], names: [['T', 5]], build: ([x]) => slice(exp(x), 1, 1, 3) },
    {
      name: 'concat of rows along a named axis',
      shapes: [
        [4, 2],
        [3, 2],
      ],
      names: [
        ['FT', 2],
        ['ST', 2],
      ],
      build: ([a, b]) => exp(concat([a, b], 0, 'CT')),
    },
    {
      name: 'concat of sequences along a named axis, one of them fixed',
      shapes: [
        [2, 3, 2],
        [2, 1, 2],
        [2, 2, 2],
      ],
      names: [
        ['B', 'F', 2],
        ['B', 1, 2],
        ['B', 'S', 2],
      ],
      build: (parts) => exp(concat(parts, 1, 'C')),
    },
    {
      name: 'concat of columns beside a named axis',
      shapes: [
        [4, 2],
        [4, 3],
      ],
      names: [
        ['T', 2],
        ['T', 3],
      ],
      build: (parts) => exp(concat(parts, 1)),
    },
  ]);
});

describe('the gradient of a matrix product is its slope where a size is a name', () => {
  agree([
    {
      name: 'linear on rows',
      shapes: [[5, 4], [2, 4], [2]],
      names: [['T', 4], [2, 4], [2]],
      build: ([x, w, b]) => linear(x, w, b),
    },
    {
      name: 'linear on sequences',
      shapes: [[2, 3, 4], [2, 4], [2]],
      names: [['B', 'L', 4], [2, 4], [2]],
      build: ([x, w, b]) => linear(x, w, b),
    },
    {
      name: 'gemm of rows with rows',
      shapes: [
        [3, 4],
        [2, 4],
      ],
      names: [
        ['B', 4],
        ['N', 4],
      ],
      build: ([a, b]) => gemm(a, b, { transposeB: true }),
    },
    {
      name: 'matmul of sequences by a matrix',
      shapes: [
        [2, 3, 4],
        [4, 5],
      ],
      names: [
        ['B', 'L', 4],
        [4, 5],
      ],
      build: ([a, b]) => matmul(a, b),
    },
    {
      name: 'matmul of every sequence against every row',
      shapes: [
        [2, 3, 4],
        [5, 4],
      ],
      names: [
        [2, 'S', 4],
        [5, 4],
      ],
      build: ([a, b]) => softmax(transposeLast(matmul(a, transpose(b, [1, 0])))),
    },
    {
      name: 'matmul of rows by a matrix',
      shapes: [
        [5, 4],
        [4, 2],
      ],
      names: [
        ['T', 4],
        [4, 2],
      ],
      build: ([a, b]) => matmul(a, b),
    },
    {
      name: 'matmul within each head of each sequence',
      shapes: [
        [2, 2, 3, 2],
        [2, 2, 3, 2],
      ],
      names: [
        ['B', 2, 'L', 2],
        ['B', 2, 'L', 2],
      ],
      build: ([a, b]) => matmul(softmax(matmul(a, transposeLast(b))), b),
    },
  ]);
});
