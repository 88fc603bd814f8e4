import { afterAll, beforeAll, expect, test } from 'vitest';
import { scale } from '../../../offline/nn/elementwise.ts';
import { createGraph, emit, input } from '../../../offline/nn/graph.ts';
import { openSession, type Session } from '../../../offline/nn/session.ts';
import { values } from './run.ts';

let session: Session;
beforeAll(async () => {
  const graph = createGraph();
  const y = scale(input(graph, 'x', ['B', 2]), 2);
  session = await openSession(emit(graph, { y }), { name: 'doubling', threads: 1 });
});
afterAll(() => session.close());

test('a session gives its outputs with their shapes and ignores inputs it does not know', async () => {
  const { y } = await session.run({ x: values([2, 2], 1, 2, 3, 4), unknown: values([1], 0) });
  expect([...y.shape]).toEqual([2, 2]);
  expect([...y.data]).toEqual([2, 4, 6, 8]);
});

test('a session writes into the memory it is given', async () => {
  const into = values([1, 2], 0, 0);
  await session.run({ x: values([1, 2], 5, 6) }, { y: into });
  expect([...into.data]).toEqual([10, 12]);
});

test('a session reads a part of a larger array', async () => {
  const all = Float32Array.of(1, 2, 3, 4, 5, 6);
  const { y } = await session.run({ x: { data: all.subarray(2, 4), shape: [1, 2] } });
  expect([...y.data]).toEqual([6, 8]);
});

test('a missing input and a wrong shape are refused with the name of the model', async () => {
  await expect(session.run({})).rejects.toThrow('model doubling wants the input "x"');
  await expect(session.run({ x: values([1, 3], 1, 2, 3) })).rejects.toThrow(
    /model doubling: .*x.*\n.*Got: 3 Expected: 2/,
  );
  await expect(session.run({ x: values([2], 1, 2) })).rejects.toThrow(/model doubling: Invalid rank for input: x/);
});
