import { expect, test } from 'vitest';
import { reshape, sum } from '../../../offline/nn/broadcast.ts';
import { add, scale } from '../../../offline/nn/elementwise.ts';
import { createGraph, input, within } from '../../../offline/nn/graph.ts';
import { largestTensor } from '../../../offline/nn/largest.ts';
import { transposeLast } from '../../../offline/nn/layout.ts';
import { matmul } from '../../../offline/nn/linear.ts';
import { collect, spread } from '../../../offline/nn/rows.ts';

test('the largest tensor may be one in the middle of the model, and is told with its place', () => {
  const graph = createGraph();
  const x = input(graph, 'x', ['B', 'L', 8]);
  const y = within(graph, 'attention', () => sum(matmul(x, transposeLast(x)), [1, 2]));
  expect(largestTensor([y], { B: 3, L: 10 })).toEqual({ bytes: 4 * 300, shape: [3, 10, 10], place: 'attention' });
  // Short sequences: 3 · 5 · 8 values of the input are more than 3 · 5 · 5.
  expect(largestTensor([y], { B: 3, L: 5 })).toEqual({ bytes: 4 * 120, shape: [3, 5, 8], place: 'x' });
});

test('what no output needs does not count', () => {
  const graph = createGraph();
  const x = input(graph, 'x', [4]);
  add(reshape(x, [4, 1]), x); // [4, 4]
  expect(largestTensor([scale(x, 2)], {}).bytes).toBe(16);
});

test('a size that a reshape brings in is worked out', () => {
  const graph = createGraph();
  const mask = input(graph, 'mask', ['B', 'L']);
  const places = {
    mask,
    index: input(graph, 'index', ['B', 'L'], 'int32'),
    place: input(graph, 'place', ['T'], 'int32'),
    position: input(graph, 'position', ['T'], 'int32'),
  };
  const rows = collect(spread(input(graph, 'rows', ['T', 2]), places), places);
  expect(largestTensor([rows], { B: 3, L: 10, T: 21 })).toMatchObject({ bytes: 4 * 60, shape: [3, 10, 2] });
});

test('a size that nobody gave is our own mistake, and named', () => {
  const graph = createGraph();
  expect(() => largestTensor([scale(input(graph, 'x', ['B']), 2)], {})).toThrow(
    'internal: no size is given for "B" of the input x',
  );
});
