import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDeviceBuffers } from '../../../offline/nn/device-buffer.ts';
import { multiply, scale } from '../../../offline/nn/elementwise.ts';
import { constant, createGraph, emit, input } from '../../../offline/nn/graph.ts';
import { gather } from '../../../offline/nn/rows.ts';
import { openSession, type Session } from '../../../offline/nn/session.ts';
import { integers, values } from './run.ts';

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

test('a session replaces the vector it reads by the one it makes, and returns the rest', async () => {
  const graph = createGraph();
  const x = input(graph, 'x', ['N']);
  const doubling = await openSession(emit(graph, { next: scale(x, 2), tenfold: scale(x, 10) }), {
    name: 'next',
    threads: 1,
  });
  const { create, close } = await openDeviceBuffers('cpu');
  const vector = create(2);
  await vector.load(Float32Array.of(5, 6));
  const before = await vector.read();
  const returned = [];
  for (let i = 0; i < 3; i++) returned.push(await doubling.run({ x: vector }, { next: vector }));
  expect([...(await vector.read())]).toEqual([40, 48]);
  expect(returned.map((out) => Object.keys(out))).toEqual([['tenfold'], ['tenfold'], ['tenfold']]);
  expect([...returned[2].tenfold.data]).toEqual([200, 240]);
  expect([...before], 'a copy stays as it was').toEqual([5, 6]);
  await doubling.close();
  await close();
});

test('a session reads a part of a larger array', async () => {
  const all = Float32Array.of(1, 2, 3, 4, 5, 6);
  const { y } = await session.run({ x: { data: all.subarray(2, 4), shape: [1, 2] } });
  expect([...y.data]).toEqual([6, 8]);
});

test('a session takes whole numbers, and refuses floats in their place', async () => {
  const graph = createGraph();
  const table = constant(graph, Float32Array.of(10, 20, 30), [3, 1]);
  const y = gather(table, input(graph, 'rows', ['N'], 'int32'));
  const picking = await openSession(emit(graph, { y }), { name: 'picking', threads: 1 });
  const out = await picking.run({ rows: integers([4], 2, 0, 0, 1) });
  expect([...out.y.data]).toEqual([30, 10, 10, 20]);
  await expect(picking.run({ rows: values([1], 2) })).rejects.toThrow(/model picking: .*int32/);
  await picking.close();
});

test('a session knows the names of its inputs', () => {
  expect(session.inputNames).toEqual(['x']);
});

test('a missing input and a wrong shape are refused with the name of the model', async () => {
  await expect(session.run({})).rejects.toThrow('model doubling wants the input "x"');
  await expect(session.run({ x: values([1, 3], 1, 2, 3) })).rejects.toThrow(
    /model doubling: .*x.*\n.*Got: 3 Expected: 2/,
  );
  await expect(session.run({ x: values([2], 1, 2) })).rejects.toThrow(/model doubling: Invalid rank for input: x/);
});

test('a session that runs out of memory says what to do, and can be used again', async () => {
  const graph = createGraph();
  const y = multiply(input(graph, 'rows', ['N', 1]), input(graph, 'columns', [1, 'M']));
  const products = await openSession(emit(graph, { y }), { name: 'products', threads: 1 });
  const many = 2 ** 21; // 17 terabytes of products
  const [rows, columns] = [new Float32Array(many), new Float32Array(many)];
  await expect(
    products.run({ rows: { data: rows, shape: [many, 1] }, columns: { data: columns, shape: [1, many] } }),
  ).rejects.toThrow('model products: out of memory. Take fewer at once.');
  const small = await products.run({ rows: values([2, 1], 2, 3), columns: values([1, 1], 5) });
  expect([...small.y.data]).toEqual([10, 15]);
  await products.close();
});
