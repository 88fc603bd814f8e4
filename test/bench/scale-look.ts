/** What the benchmarks of many tracks ask beside answers: questions about the catalogue, and what the isolate holds. */
import { heapUsage } from './edge-memory.ts';
import { readMetrics } from './edge-requests.ts';

/** Questions of an app about the catalogue, by what they are called in the tables; `i` tells the rounds apart. */
export const ABOUT: Record<string, (i: number) => string> = {
  'a page of 50': () => '/v1/tracks?limit=50',
  'a page under a filter': () =>
    `/v1/tracks?limit=50&filters=${encodeURIComponent('{"tags":"warm","bpm":{"range":{"min":100,"max":110}}}')}`,
  words: (i) => `/v1/tracks?limit=20&q=piece%20no.%20${1000 + 13 * i}`,
  'all filters': () => '/v1/filters',
  'filters under a filter': () =>
    `/v1/filters?filters=${encodeURIComponent('{"tags":"warm","year":{"range":{"min":2000}}}')}`,
};

/** @param must whether it has to be answered: an older Worker does not know all questions @returns milliseconds at the client @throws Error when it is not answered */
export async function askedAbout(url: string, path: string, must = true): Promise<number> {
  const start = performance.now();
  const response = await fetch(`${url}${path}`);
  await response.arrayBuffer();
  if (must && !response.ok) throw new Error(`bench: expected 200 for ${path}, got ${response.status}.`);
  return performance.now() - start;
}

/** After a collection, as the Worker and its inspector count it, in megabytes. */
export async function memoryOf(url: string, inspectorPort?: number): Promise<string> {
  const { usedSize, backingStorageSize } = await heapUsage(inspectorPort, url);
  const metrics = await readMetrics(url);
  const wasm = metrics.get('wasm_heap_bytes') ?? 0;
  const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
  const parts = [...metrics]
    .filter(([key]) => key.startsWith('index_bytes'))
    .map(([key, bytes]) => `${/"(\w+)"/.exec(key)?.[1]} ${mb(bytes)}`);
  return `${mb(wasm + usedSize + backingStorageSize)} in all: wasm ${mb(wasm)}, array buffers ${mb(backingStorageSize)}, heap ${mb(usedSize)} (${parts.join(', ')})`;
}
