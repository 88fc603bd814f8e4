import { describe, expect, test } from 'vitest';
import { reshape } from '../../../offline/nn/broadcast.ts';
import { noDropout } from '../../../offline/nn/dropout.ts';
import { multiply, scale, sigmoid } from '../../../offline/nn/elementwise.ts';
import { createGraph, type Graph, input } from '../../../offline/nn/graph.ts';
import { packed } from '../../../offline/nn/packing.ts';
import { valueSource } from '../../../offline/nn/parameters.ts';
import { convolveRows, convolveToFew } from '../../../offline/nn/row-convolution.ts';
import { packedInputs, paddedInput, type Sequence } from '../../../offline/nn/sequence.ts';
import { agree } from './agree.ts';
import { expectClose, run, values } from './run.ts';

const layout = {
  size: 7,
  parameters: [
    { name: 'c.weight', shape: [1, 6], initial: { kind: 'normal' }, offset: 0 },
    { name: 'c.bias', shape: [1], initial: { kind: 'normal' }, offset: 6 },
  ],
} as const;
/** Of the row before (1, 10), of the row (100, 1000), of the row after (2, 20); bias 0.5. */
const theta = Float32Array.of(1, 10, 100, 1000, 2, 20, 0.5);

/** A sequence of two rows and one of one. */
const two = [1, 2, 3, 4];
const one = [5, 6];

const convolved = (graph: Graph, sequence: Sequence) =>
  convolveRows({ graph, parameters: valueSource(layout, graph, theta), dropout: noDropout }, 'c', sequence, 1);

/** row 0: 100·1 + 1000·2 + 2·3 + 20·4; row 1: 1·1 + 10·2 + 100·3 + 1000·4; the other's: 100·5 + 1000·6; all + 0.5 */
const EXPECTED = [2186.5, 4321.5, 6500.5];

describe('a convolution over rows', () => {
  test('reads a row and its neighbours, and zeros beyond the ends of each packed sequence', async () => {
    const graph = createGraph();
    const rows = input(graph, 'x', ['T', 2]);
    const y = convolved(graph, { rows, packing: packedInputs(graph, 'segment', 'B', 'S', 'T') });
    const out = await run(graph, { y }, { x: values([3, 2], ...two, ...one), ...packed('segment', [2, 1]) });
    expectClose(out.y.data, EXPECTED);
  });

  test('gives padded sequences the same, whatever stands in the padding', async () => {
    const graph = createGraph();
    const x = input(graph, 'x', ['B', 'S', 2]);
    const y = convolved(graph, { rows: x, packing: paddedInput(graph, 'segment', 'B', 'S') });
    const feeds = { x: values([2, 2, 2], ...two, ...one, 77, -88), segment_mask: values([2, 2], 1, 1, 1, 0) };
    const { data, shape } = (await run(graph, { y }, feeds)).y;
    expect(shape).toEqual([2, 2, 1]);
    expectClose(data.slice(0, 3), EXPECTED);
  });

  test('to few outputs reads as far as it is told, without a bias', async () => {
    const graph = createGraph();
    const rows = input(graph, 'x', ['ST', 1]);
    const packing = packedInputs(graph, 'segment', 'B', 'S', 'ST');
    // 1 of two rows before, 10 of the one before, 100 of the row, 1000 and 10000 of those after
    const weights = {
      size: 5,
      parameters: [{ name: 'c.weight', shape: [5, 1], initial: { kind: 'normal' }, offset: 0 }],
    } as const;
    const b = {
      graph,
      parameters: valueSource(weights, graph, Float32Array.of(1, 10, 100, 1000, 10000)),
      dropout: noDropout,
    };
    const y = convolveToFew(b, 'c', { rows, packing }, 1, { reach: 2, initial: { kind: 'normal' } });
    const out = await run(graph, { y }, { x: values([4, 1], 1, 2, 3, 9), ...packed('segment', [3, 1]) });
    expectClose(out.y.data.slice(0, 4), [100 + 2000 + 30000, 10 + 200 + 3000, 1 + 20 + 300, 900]);
  });

  agree([
    {
      name: 'to few outputs has the slope of its rows and its weights',
      shapes: [
        [5, 2],
        [6, 2],
      ],
      names: [
        ['ST', 2],
        [6, 2],
      ],
      given: packed('segment', [2, 3]),
      build: ([x, weight]) => {
        const packing = packedInputs(x.graph, 'segment', 'B', 'S', 'ST');
        const b = { graph: x.graph, parameters: { get: () => weight }, dropout: noDropout };
        const y = convolveToFew(b, 'c', { rows: x, packing }, 2, { reach: 1, initial: { kind: 'normal' } });
        return sigmoid(multiply(y, reshape(packing.mask, ['B', 'S', 1])));
      },
    },
    {
      name: 'its gradient in packed rows is its slope',
      shapes: [[5, 2]],
      names: [['ST', 2]],
      given: packed('segment', [2, 3]),
      build: ([x]) => {
        const packing = packedInputs(x.graph, 'segment', 'B', 'S', 'ST');
        return sigmoid(scale(convolved(x.graph, { rows: x, packing }), 1e-3));
      },
    },
  ]);
});
