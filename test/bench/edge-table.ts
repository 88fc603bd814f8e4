/** Times of many answers as a line of a table. */
import { COLUMNS, quantile, type Times } from './edge-requests.ts';

const WARM_UP = 24;
const REQUESTS = 200;

export const head = `${''.padEnd(16)}${[...COLUMNS, 'p95', 'p99'].map((column) => column.padStart(10)).join('')}`;

/** @returns times of each call but those that warm up */
export async function measure<T>(
  items: readonly T[],
  call: (item: T) => Promise<Times>,
  requests = REQUESTS,
): Promise<Times[]> {
  const all: Times[] = [];
  for (let i = 0; i < WARM_UP + requests; i++) {
    const times = await call(items[i % items.length]);
    if (i >= WARM_UP) all.push(times);
  }
  return all;
}

/** p50 of each column, then p95 and p99 of the Worker's total. */
export function row(name: string, all: readonly Times[]): void {
  const at = (column: keyof Times, share: number): string =>
    quantile(
      all.map((times) => times[column]),
      share,
    )
      .toFixed(2)
      .padStart(10);
  console.log(
    `${name.padEnd(16)}${COLUMNS.map((column) => at(column, 0.5)).join('')}${at('total', 0.95)}${at('total', 0.99)}`,
  );
}
