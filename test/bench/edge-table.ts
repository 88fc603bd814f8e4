/** Times of many answers as a table: a line for each stage. */
import { COLUMNS, quantile, type Times } from './edge-requests.ts';

const WARM_UP = 24;
const REQUESTS = 200;
/** A Worker's clock counts whole milliseconds, so that a short stage is told by its mean. */
const SHOWN = ['mean', 'p50', 'p95', 'p99'] as const;

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

/** The ways side by side, and the first over the second where there are two. */
export function printTable(title: string, ways: Readonly<Record<string, readonly Times[]>>): void {
  const both = Object.values(ways);
  const cell = (text: string): string => text.padStart(8);
  const names = Object.keys(ways).map((name) => name.padStart(8 * SHOWN.length));
  console.log(`\n${title.padEnd(12)}${names.join('')}`);
  const heads = both.map(() => SHOWN.map(cell).join('')).join('');
  console.log(`${'ms'.padEnd(12)}${heads}${both.length === 2 ? '   ratio of p50' : ''}`);
  for (const column of COLUMNS) {
    const values = both.map((all) => all.map((times) => times[column]));
    if (values.every((all) => Math.max(...all) === 0)) continue;
    const figures = values.map((all) => SHOWN.map((name) => cell(figure(all, name).toFixed(1))).join(''));
    const [one, other] = values.map((all) => figure(all, 'p50'));
    const ratio = other > 0 && column !== 'rest' ? (one / other).toFixed(1).padStart(15) : '';
    console.log(`${column.padEnd(12)}${figures.join('')}${ratio}`);
  }
}

function figure(values: readonly number[], name: (typeof SHOWN)[number]): number {
  if (name === 'mean') return values.reduce((sum, value) => sum + value, 0) / values.length;
  return quantile(values, Number(name.slice(1)) / 100);
}
