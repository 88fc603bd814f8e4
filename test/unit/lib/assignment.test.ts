import { expect, test } from 'vitest';
import { assign } from '../../../offline/lib/assignment.ts';
import { createRandom } from '../../../offline/lib/random.ts';

/** The lowest sum by trying all: of each row every free column, or none while columns are fewer. */
function lowest(costs: readonly (readonly number[])[]): number {
  const columns = costs[0].length;
  const from = (row: number, taken: ReadonlySet<number>, spare: number): number => {
    if (row === costs.length) return 0;
    const tried = costs[row].flatMap((cost, j) =>
      taken.has(j) ? [] : [cost + from(row + 1, new Set([...taken, j]), spare)],
    );
    if (spare) tried.push(from(row + 1, taken, spare - 1));
    return Math.min(...tried);
  };
  return from(0, new Set(), Math.max(0, costs.length - columns));
}

test('the sum is the lowest there is, no column is given twice, and as many rows go without as columns are missing', () => {
  const random = createRandom('assignment');
  for (const [rows, columns] of [
    [1, 1],
    [3, 3],
    [5, 5],
    [2, 6],
    [6, 3],
  ])
    for (let draw = 0; draw < 20; draw++) {
      const costs = Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal()));
      const given = assign(costs);
      const taken = given.filter((column) => column >= 0);
      expect(given.length).toBe(rows);
      expect(new Set(taken).size).toBe(taken.length);
      expect(taken.length).toBe(Math.min(rows, columns));
      const sum = given.reduce((total, column, row) => total + (column < 0 ? 0 : costs[row][column]), 0);
      expect(sum).toBeCloseTo(lowest(costs), 9);
    }
});

test('nothing is given where there are no rows, or no columns', () => {
  expect(assign([])).toEqual([]);
  expect(assign([[], []])).toEqual([-1, -1]);
});
