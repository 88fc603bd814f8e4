import { describe, expect, test } from 'vitest';
import { add, scale, sigmoid } from '../../../offline/nn/elementwise.ts';
import { createGraph, input } from '../../../offline/nn/graph.ts';
import { packed } from '../../../offline/nn/packing.ts';
import {
  firstOf,
  forEachSequence,
  meanOf,
  packedInputs,
  padded,
  unpack,
  withFirst,
  withoutFirst,
} from '../../../offline/nn/sequence.ts';
import { agree } from './agree.ts';
import { run } from './run.ts';

describe('a row before each sequence', () => {
  agree([
    {
      name: 'has the slope that it is given, and so have the rows, packed',
      shapes: [[5, 3], [3]],
      names: [['ST', 3], [3]],
      given: packed('segment', [2, 3]),
      build: ([rows, token]) => {
        const sequence = { rows, packing: packedInputs(rows.graph, 'segment', 'B', 'S', 'ST') };
        const first = forEachSequence(token, sequence.packing);
        const longer = withFirst(first, sequence);
        const own = withoutFirst({ ...longer, rows: scale(longer.rows, 2) }, first, sequence);
        const token2 = firstOf({ ...longer, rows: scale(longer.rows, 0.5) }, first, sequence);
        return sigmoid(add(add(token2, meanOf(longer)), meanOf(own)));
      },
    },
  ]);

  test.each(['packed', 'padded'])('stands first, and can be had again, %s', async (way) => {
    const graph = createGraph();
    const rows = input(graph, 'x', way === 'packed' ? ['ST', 1] : ['B', 'S', 1]);
    const token = input(graph, 'token', [1]);
    const packing =
      way === 'packed' ? packedInputs(graph, 'segment', 'B', 'S', 'ST') : padded(input(graph, 'given', ['B', 'S']));
    const sequence = { rows, packing };
    const first = forEachSequence(token, packing);
    const longer = withFirst(first, sequence);
    const doubled = { ...longer, rows: scale(longer.rows, 2) };
    const own = withoutFirst(doubled, first, sequence);
    const out = await run(
      graph,
      {
        rows: unpack(longer.rows, longer.packing),
        mask: longer.packing.mask,
        first: firstOf(doubled, first, sequence),
        own: unpack(own.rows, own.packing),
      },
      {
        x:
          way === 'packed'
            ? { data: Float32Array.of(1, 2, 3), shape: [3, 1] }
            : { data: Float32Array.of(1, 2, 3, 7), shape: [2, 2, 1] },
        token: { data: Float32Array.of(9), shape: [1] },
        ...(way === 'packed'
          ? packed('segment', [2, 1])
          : { given: { data: Float32Array.of(1, 1, 1, 0), shape: [2, 2] } }),
      },
    );
    expect([...out.mask.data]).toEqual([1, 1, 1, 1, 1, 0]);
    expect([...out.rows.data].slice(0, 5)).toEqual([9, 1, 2, 9, 3]);
    expect([...out.first.data]).toEqual([18, 18]);
    expect([...out.own.data].slice(0, 3)).toEqual([2, 4, 6]);
  });
});
