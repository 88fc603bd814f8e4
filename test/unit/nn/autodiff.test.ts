import { expect, test } from 'vitest';
import { gradients } from '../../../offline/nn/autodiff.ts';
import { reshape, sum } from '../../../offline/nn/broadcast.ts';
import { add, exp, floor, multiply, scale } from '../../../offline/nn/elementwise.ts';
import { apply, constant, createGraph, filled, input, scalar, type Tensor, within } from '../../../offline/nn/graph.ts';
import { rowsLike, slice } from '../../../offline/nn/layout.ts';
import { run, values } from './run.ts';

/** The seed of a loss. */
const one = (loss: Tensor): [Tensor, Tensor] => [loss, filled(loss.graph, 1, [])];

test('a gradient adds up over every way from a tensor to the loss', async () => {
  const graph = createGraph();
  const x = input(graph, 'x', []);
  const y = multiply(x, x);
  const loss = add(multiply(y, x), add(y, x)); // x³ + x² + x
  const [d] = gradients(new Map([one(loss)]), [x]);
  const out = await run(graph, { d: d! }, { x: values([], 2) });
  expect(out.d.data[0]).toBe(3 * 4 + 2 * 2 + 1);
});

test('a gradient is undefined for what the loss does not depend on, and the seed for the loss itself', async () => {
  const graph = createGraph();
  const [x, other] = [input(graph, 'x', []), input(graph, 'other', [2])];
  const loss = exp(x);
  exp(other);
  const seed = scalar(graph, 1);
  const [dx, none, itself] = gradients(new Map([[loss, seed]]), [x, other, loss]);
  expect(none).toBeUndefined();
  expect(itself).toBe(seed);
  const out = await run(graph, { dx: dx! }, { x: values([], 0) });
  expect(out.dx.data[0]).toBe(1);
});

test('a gradient can be wanted for a tensor in the middle', async () => {
  const graph = createGraph();
  const x = input(graph, 'x', []);
  const middle = exp(x);
  const [d] = gradients(new Map([one(multiply(middle, middle))]), [middle]);
  const out = await run(graph, { d: d! }, { x: values([], 1) });
  expect(out.d.data[0]).toBeCloseTo(2 * Math.E, 5);
});

test('a gradient starts from whatever the seed says', async () => {
  const graph = createGraph();
  const x = input(graph, 'x', [3]);
  const y = multiply(x, x);
  const [d] = gradients(new Map([[y, input(graph, 'seed', [3])]]), [x]);
  const out = await run(graph, { d: d! }, { x: values([3], 1, 2, 3), seed: values([3], -2, 0.5, 0) });
  expect([...out.d.data]).toEqual([-4, 2, 0]); // 2 x · seed
});

test('several seeds at once give the sum of what each gives', async () => {
  const graph = createGraph();
  const x = input(graph, 'x', [2]);
  const square = multiply(x, x);
  const total = sum(scale(x, 3), [0]);
  const seeds = new Map([
    [square, input(graph, 'a', [2])],
    [total, input(graph, 'b', [1])],
  ]);
  const [d] = gradients(seeds, [x]);
  const out = await run(graph, { d: d! }, { x: values([2], 1, 2), a: values([2], 1, 10), b: values([1], 100) });
  expect([...out.d.data]).toEqual([2 * 1 * 1 + 300, 2 * 2 * 10 + 300]);
});

test('a seed on the way to the loss adds to what the loss wants of it', async () => {
  const graph = createGraph();
  const x = input(graph, 'x', []);
  const middle = multiply(x, x);
  const loss = multiply(middle, scalar(graph, 5));
  const seeds = new Map([one(loss), [middle, input(graph, 'from elsewhere', [])]]);
  const [dx, dMiddle] = gradients(seeds, [x, middle]);
  const out = await run(
    graph,
    { dx: dx!, dMiddle: dMiddle! },
    { x: values([], 3), 'from elsewhere': values([], 0.25) },
  );
  expect([out.dMiddle.data[0], out.dx.data[0]]).toEqual([5.25, 5.25 * 6]);
  expect(seeds.size, 'the seeds are left as they were').toBe(2);
});

test('a tensor cut from a larger one gets its part, by zeros around it', async () => {
  const graph = createGraph();
  const x = input(graph, 'x', [2, 4]);
  const part = slice(x, 1, 1, 2);
  const [d] = gradients(new Map([[part, input(graph, 'seed', [2, 2])]]), [x]);
  expect(d!.node!.op).toBe('Pad');
  const out = await run(graph, { d: d! }, { seed: values([2, 2], 1, 2, 3, 4) });
  expect([...out.d.data]).toEqual([0, 1, 2, 0, 0, 3, 4, 0]);
});

test('a gradient is refused through an operator that has none, with its place', () => {
  const graph = createGraph();
  const x = input(graph, 'x', []);
  const y = within(graph, 'mask', () => floor(x));
  expect(() => gradients(new Map([one(multiply(y, x))]), [x])).toThrow('internal: Floor in mask has no gradient');
});

test('no rule is needed where the loss does not go through to what is asked', async () => {
  const graph = createGraph();
  const [x, mask] = [input(graph, 'x', []), input(graph, 'mask', [])];
  const [d] = gradients(new Map([one(multiply(x, floor(mask)))]), [x]);
  const out = await run(graph, { d: d! }, { x: values([], 5), mask: values([], 2.5) });
  expect(out.d.data[0]).toBe(2);
});

test('asking for the size of a tensor is not depending on its values', async () => {
  const graph = createGraph();
  const x = input(graph, 'x', ['N', 2]);
  const table = constant(graph, Float32Array.of(1, 2, 3, 4), [4, 1]);
  const [d] = gradients(new Map([[multiply(x, rowsLike(table, x, 0)), input(graph, 'seed', ['N', 2])]]), [x]);
  const out = await run(graph, { d: d! }, { x: values([2, 2], 9, 9, 9, 9), seed: values([2, 2], 1, 10, 1, 10) });
  expect([...out.d.data]).toEqual([1, 10, 2, 20]);
});

test('a rule that gives another shape than its input has is refused with the operator and both shapes', () => {
  const graph = createGraph();
  const x = input(graph, 'x', [2, 3]);
  const wrong = within(graph, 'head', () => apply('Neg', [x], x.shape, { gradient: ([d]) => [reshape(d!, [3, 2])] }));
  expect(() => gradients(new Map([[wrong, filled(graph, 1, [2, 3])]]), [x])).toThrow(
    'gradient 0 of Neg in gradient of head: expected [2, 3], got [3, 2].',
  );
});

test('what a gradient adds to the graph carries the place it is the gradient of', () => {
  const graph = createGraph();
  const x = input(graph, 'x', []);
  const y = within(graph, 'decoder', () => exp(x));
  const [d] = gradients(new Map([one(y)]), [x]);
  expect(d!.node!.place).toBe('gradient of decoder');
  expect(graph.places).toEqual([]);
});
