/**
 * The assignment problem: of a table of costs, one column for each row, no column twice, at the lowest sum.
 *
 * By shortest augmenting paths with a price on every row and column (Jonker and Volgenant, 1987): a row at a time, exact, in rows² · columns.
 */

/**
 * The column of each row; -1 of the rows that go without, where there are more rows than columns.
 * @param costs [rows][columns], finite, all rows equally long
 */
export function assign(costs: readonly (readonly number[])[]): number[] {
  const [rows, columns] = [costs.length, costs[0]?.length ?? 0];
  if (rows > columns) return inverse(assign(transposed(costs, columns)), rows);
  const rowPrices = new Float64Array(rows);
  const columnPrices = new Float64Array(columns);
  const rowOf = new Int32Array(columns).fill(-1);
  for (let row = 0; row < rows; row++) augment(row, costs, rowPrices, columnPrices, rowOf);
  return inverse(Array.from(rowOf), rows);
}

/** Give a row its column, moving the rows before it along the cheapest path. */
function augment(
  first: number,
  costs: readonly (readonly number[])[],
  rowPrices: Float64Array,
  columnPrices: Float64Array,
  rowOf: Int32Array,
): void {
  const columns = rowOf.length;
  const distance = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
  const before = new Int32Array(columns).fill(-1); // the column from which the path reaches this one
  const done = new Uint8Array(columns);
  const reached: { row: number; at: number }[] = []; // rows on the tree, with how far they lie
  let [row, column, at] = [first, -1, 0];
  do {
    reached.push({ row, at });
    let next = -1;
    for (let j = 0; j < columns; j++) {
      if (done[j]) continue;
      const through = at + costs[row][j] - rowPrices[row] - columnPrices[j];
      if (through < distance[j]) [distance[j], before[j]] = [through, column];
      if (next < 0 || distance[j] < distance[next]) next = j;
    }
    [column, at] = [next, distance[next]];
    done[column] = 1;
    row = rowOf[column];
  } while (row >= 0);
  for (const one of reached) rowPrices[one.row] += at - one.at;
  for (let j = 0; j < columns; j++) if (done[j]) columnPrices[j] += distance[j] - at;
  for (; column >= 0; column = before[column]) rowOf[column] = before[column] < 0 ? first : rowOf[before[column]];
}

/** Of each place the index at which it stands in a list; -1 where it does not. */
function inverse(list: readonly number[], places: number): number[] {
  const found = Array<number>(places).fill(-1);
  for (const [i, place] of list.entries()) if (place >= 0) found[place] = i;
  return found;
}

const transposed = (costs: readonly (readonly number[])[], columns: number): number[][] =>
  Array.from({ length: columns }, (_, j) => costs.map((row) => row[j]));
