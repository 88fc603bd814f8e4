import { expect, test } from 'vitest';
import { findCircles } from '../../check/circles.ts';

const graph = (edges: Record<string, string[]>) => new Map(Object.entries(edges));

test('files that import each other, also by way of others, are one circle', () => {
  const edges = { a: ['b'], b: ['c'], c: ['a'], d: ['a', 'e'], e: ['d'], f: ['a'] };
  const told = findCircles(graph(edges));
  expect(told).toHaveLength(2);
  expect(told[0]).toMatch(/^a, b, c import each other/);
  expect(told[1]).toMatch(/^d, e import each other/);
});

test('a file that many import, and one that imports itself by no other, are none', () => {
  expect(findCircles(graph({ a: ['c'], b: ['c', 'a'], c: [] }))).toEqual([]);
});
