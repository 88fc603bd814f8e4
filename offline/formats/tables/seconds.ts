/** Columns of seconds in a table: read cell by cell, with one way of writing decimals in each column. */
import { mixedDecimals, noSeconds, secondsIn, shown } from './cells.ts';
import type { Row, Table } from './form.ts';

/** @returns the seconds, or a sentence that says what was expected in which column */
export type ReadSeconds = (row: Row, column: string) => number | string;

export function secondsReader({ rows }: Pick<Table, 'rows'>, columns: readonly string[]): ReadSeconds {
  const mixed = new Map(
    columns.map((column) => {
      const texts = rows.map(({ cells }) => cells.get(column)).filter((cell) => typeof cell === 'string');
      return [column, mixedDecimals(texts)];
    }),
  );
  return ({ cells }, column) => {
    const cell = cells.get(column);
    if (cell === undefined) return `column "${column}": expected seconds, got nothing`;
    if (typeof cell === 'number')
      return Number.isFinite(cell) ? cell : `column "${column}": ${noSeconds(String(cell))}`;
    if (typeof cell !== 'string') return `column "${column}": expected seconds, got ${shown(cell)}`;
    const ways = mixed.get(column);
    if (ways && cell.includes(','))
      return `column "${column}": expected decimals written in one way, got "${cell}" beside "${ways.point}". Write all with a point`;
    return secondsIn(cell) ?? `column "${column}": ${noSeconds(cell)}`;
  };
}
