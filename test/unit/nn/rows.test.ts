import { describe, expect, test } from 'vitest';
import { gradients } from '../../../offline/nn/autodiff.ts';
import { reshape } from '../../../offline/nn/broadcast.ts';
import { add, exp, multiply } from '../../../offline/nn/elementwise.ts';
import { constant, createGraph, filled, type Graph, input, type Tensor, within } from '../../../offline/nn/graph.ts';
import { transpose, transposeLast } from '../../../offline/nn/layout.ts';
import { linear, matmul } from '../../../offline/nn/linear.ts';
import { softmax } from '../../../offline/nn/normalise.ts';
import type { Dim } from '../../../offline/nn/onnx.ts';
import { collect, collectHeads, gather, type Places, spread, spreadHeads } from '../../../offline/nn/rows.ts';
import type { Input } from '../../../offline/nn/session.ts';
import { agree, type Case } from './agree.ts';
import { integers, run, values } from './run.ts';

// Two sequences: rows 3, 0 and rows 1, 4, 2. The place that the first leaves unused holds row 2, which is also in use.
const given: Record<string, Input> = {
  mask: values([2, 3], 1, 1, 0, 1, 1, 1),
  index: integers([2, 3], 3, 0, 2, 1, 4, 2),
  place: integers([5], 1, 3, 5, 0, 4),
  position: integers([5], 1, 0, 2, 0, 1),
};
const [B, L, T] = [2, 3, 5];

function placesOf(graph: Graph, [batch, length, rows]: readonly Dim[] = [B, L, T]): Places {
  return {
    mask: input(graph, 'mask', [batch, length]),
    index: input(graph, 'index', [batch, length], 'int32'),
    place: input(graph, 'place', [rows], 'int32'),
    position: input(graph, 'position', [rows], 'int32'),
  };
}

describe('rows', () => {
  const graph = createGraph();
  const places = placesOf(graph, ['B', 'L', 'T']);
  const rows = input(graph, 'rows', ['T', 2]);
  const x = values([T, 2], 0, 1, 10, 11, 20, 21, 30, 31, 40, 41);

  test('stand where their places are when spread out', async () => {
    const out = spread(rows, places);
    expect(out.shape).toEqual(['B', 'L', 2]);
    const { y } = await run(graph, { y: out }, { ...given, rows: x });
    expect([...y.shape]).toEqual([B, L, 2]);
    expect([...y.data]).toEqual([30, 31, 0, 1, 20, 21, 10, 11, 40, 41, 20, 21]);
  });

  test('are the same again when collected', async () => {
    const back = collect(spread(rows, places), places);
    expect(back.shape).toEqual(['T', 2]);
    const { y } = await run(graph, { y: back }, { ...given, rows: x });
    expect([...y.data]).toEqual([...x.data]);
  });

  test('stand head by head as they do when spread out, divided and transposed', async () => {
    const wide = input(graph, 'wide', ['T', 6]);
    const plain = transpose(reshape(spread(wide, places), ['B', 'L', 3, 2]), [0, 2, 1, 3]);
    const direct = spreadHeads(wide, places, 3);
    expect(direct.shape).toEqual(['B', 3, 'L', 2]);
    const back = collectHeads(direct, places);
    const rowsOfSix = values([T, 6], ...Array.from({ length: T * 6 }, (_, i) => i));
    const out = await run(graph, { plain, direct, back }, { ...given, wide: rowsOfSix });
    expect([...out.direct.data]).toEqual([...out.plain.data]);
    expect([...out.back.data]).toEqual([...rowsOfSix.data]);
  });

  test('of a table are read by their number, as often as it is asked for', async () => {
    const table = constant(graph, Float32Array.of(0, 1, 10, 11, 20, 21), [3, 2]);
    const asked = gather(table, input(graph, 'asked', ['B', 2], 'int32'));
    expect(asked.shape).toEqual(['B', 2, 2]);
    const { y } = await run(graph, { y: asked }, { asked: integers([2, 2], 2, 0, 2, 1) });
    expect([...y.data]).toEqual([20, 21, 0, 1, 20, 21, 10, 11]);
  });
});

describe('the gradient of rows is their slope', () => {
  /** The same question with sizes that are numbers and with sizes that are names. */
  const both = (
    name: string,
    shapes: Case['shapes'],
    names: Case['names'],
    build: (inputs: Tensor[], places: Places) => Tensor,
  ): Case[] => [
    { name, shapes, given, build: (inputs) => build(inputs, placesOf(inputs[0].graph)) },
    {
      name: `${name}, sizes known only when it runs`,
      shapes,
      names,
      given,
      build: (inputs) => build(inputs, placesOf(inputs[0].graph, ['B', 'L', 'T'])),
    },
  ];
  /** The places after a sequence's end weighed with zero, as everyone must who reads them. */
  const real = (x: Tensor, { mask }: Places) => multiply(x, reshape(mask, [...mask.shape, 1]));

  agree([
    ...both('spread', [[T, 2]], [['T', 2]], ([x], places) => real(spread(exp(x), places), places)),
    ...both('collect', [[B, L, 2]], [['B', 'L', 2]], ([x], places) => collect(exp(x), places)),
    ...both('collect of what is spread', [[T, 2]], [['T', 2]], ([x], places) =>
      collect(exp(spread(x, places)), places),
    ),
    ...both('collect from heads', [[B, 2, L, 2]], [['B', 2, 'L', 2]], ([x], places) => collectHeads(exp(x), places)),
    ...both('collect of what is spread to heads', [[T, 4]], [['T', 4]], ([x], places) =>
      collectHeads(exp(spreadHeads(x, places, 2)), places),
    ),
    ...both('rows beside those of a table', [[T, 2]], [['T', 2]], ([x], { place }) => {
      const table = constant(
        x.graph,
        Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)),
        [6, 2],
      );
      return multiply(x, gather(table, place));
    }),
    ...both(
      'attention of each sequence to itself with two heads',
      [[T, 4], [4, 4], [4]],
      [['T', 4], [4, 4], [4]],
      ([x, w, bias], places) => {
        const [batch, length] = places.mask.shape;
        const heads = (of: Tensor) => spreadHeads(of, places, 2); // [B, H, L, 2]
        const hidden = multiply(add(places.mask, filled(x.graph, -1, [1])), filled(x.graph, 1e9, [1]));
        const [query, key] = [heads(linear(x, w, bias)), heads(x)];
        const logits = add(matmul(query, transposeLast(key)), reshape(hidden, [batch, 1, 1, length]));
        const mixed = matmul(softmax(logits), key);
        return collectHeads(mixed, places);
      },
    ),
  ]);

  /** What comes back of 1, 2, 4, ... for the values of an operator on columns. */
  async function back(of: (x: Tensor, places: Places) => Tensor, shape: readonly Dim[], x: Input, seed: Input) {
    const graph = createGraph();
    const from = input(graph, 'x', shape);
    const y = of(from, placesOf(graph, ['B', 'L', 'T']));
    const [d] = gradients(new Map([[y, input(graph, 'seed', y.shape)]]), [from]);
    return [...(await run(graph, { d: d! }, { ...given, x, seed })).d.data];
  }
  const column = values([T, 1], 1, 2, 4, 8, 16);
  const places = values([B, L, 1], 1, 2, 4, 8, 16, 32);

  test('nothing comes back from a place after a sequence’s end', async () => {
    expect(await back(spread, ['T', 1], column, places)).toEqual([2, 8, 32, 1, 16]); // nobody gets the 4
  });

  test('nothing goes to a place after a sequence’s end', async () => {
    expect(await back(collect, ['B', 'L', 1], places, column)).toEqual([8, 1, 0, 2, 16, 4]);
  });

  test('a table has none, and says so when it is asked for', () => {
    const graph = createGraph();
    const table = input(graph, 'table', [3, 2]);
    const y = within(graph, 'position', () => gather(table, input(graph, 'rows', [4], 'int32')));
    expect(() => gradients(new Map([[y, filled(graph, 1, [4, 2])]]), [table])).toThrow(
      'internal: Gather in position has no gradient',
    );
  });
});
