/**
 * What finding candidates costs and misses, from 1,000 to 50,000 tracks: float32 and int8 graphs, int8 and float32 scans and an
 * inverted file; filters of 50 %, 5 % and 0.5 %; and how many shards the candidates lie in. All against a float32 scan.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHnsw } from '../../index/search/hnsw.ts';
import { openHnswInt8, writeHnswInt8 } from '../../index/search/hnsw-int8.ts';
import type { Accept, NeighbourIndex } from '../../index/search/neighbours.ts';
import { createRetriever, type Retriever } from '../../index/search/retrieval.ts';
import { orderForShards, shardsTouched } from '../../offline/indexing/layout.ts';
import { hnswFile } from '../../offline/indexing/vectors.ts';
import { createRandom } from '../../offline/lib/random.ts';
import { type Drawn, drawCatalogue, WIDTH } from './catalogue-vectors.ts';
import { createInvertedFile } from './inverted-file.ts';

const SIZES = [1000, 4000, 10_000, 20_000, 50_000];
const FILTERED_SIZES = [4000, 50_000];
const QUERIES = 200;
const EF = 100;
const WANTED = 100;
/** Of one track: about 57 segments of 256 int8 values and a scale. */
const TRACK_BYTES = 57 * (WIDTH + 4);

export async function benchRetrieval(): Promise<void> {
  const load = loadavg()[0].toFixed(2);
  console.log(
    `${cpus().length} × ${cpus()[0].model}, Node ${process.version}, load ${load}; width ${WIDTH}, ${QUERIES} queries`,
  );
  const built = new Map<number, Built>();
  for (const count of SIZES) built.set(count, await build(count));
  console.log('\nWithout a filter: 100 candidates, ef 100');
  for (const one of built.values()) unfiltered(one);
  console.log('\nWith filters: 100 candidates, ef 100. "walk" and "scan" are forced, "retriever" chooses');
  for (const count of FILTERED_SIZES) filtered(built.get(count) as Built);
  console.log('\nShards that 100 candidates touch, mean of the queries (and the most), 4,000 tracks');
  shards(built.get(4000) as Built);
}

interface Built {
  drawn: Drawn;
  count: number;
  float: { bytes: number; index: NeighbourIndex };
  int8: { bytes: number; index: NeighbourIndex };
  /** [Q] labels of the 100 nearest by float32 */
  truth: number[][];
}

async function build(count: number): Promise<Built> {
  const drawn = drawCatalogue(count, QUERIES);
  const folder = await mkdtemp(join(tmpdir(), 'cuepoint-bench-'));
  const start = performance.now();
  const file = await hnswFile({ vectors: drawn.vectors, width: WIDTH, folder });
  console.log(`${count} tracks: graph built by hnswlib in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  await rm(folder, { recursive: true });
  const small = writeHnswInt8(file.buffer);
  const float = { bytes: file.length, index: openHnsw(file.buffer) };
  const int8 = { bytes: small.length, index: openHnswInt8(small.buffer as ArrayBuffer) };
  const truth = drawn.queries.map((query) => labels(float.index.scan(query, WANTED)));
  return { drawn, count, float, int8, truth };
}

function unfiltered({ drawn, count, float, int8, truth }: Built): void {
  console.log(`\n${count} tracks${''.padEnd(22)}recall@10  @100     p50 ms   p95 ms       MB`);
  const inverted = createInvertedFile(drawn.vectors, WIDTH);
  const row = (name: string, bytes: number, find: (query: Float32Array) => number[]): void =>
    report(name, measure(drawn.queries, find), truth, bytes);
  row('float32 scan', count * WIDTH * 4, (query) => labels(float.index.scan(query, WANTED)));
  row('float32 walk (hnsw)', float.bytes, (query) => labels(float.index.search(query, WANTED, EF)));
  row('int8 scan', count * (WIDTH + 4), (query) => labels(int8.index.scan(query, WANTED)));
  row('int8 walk (hnsw-int8)', int8.bytes, (query) => labels(int8.index.search(query, WANTED, EF)));
  row('int8 walk, ef 200', int8.bytes, (query) => labels(int8.index.search(query, WANTED, 200)));
  for (const probes of [4, 16])
    row(`int8 inverted, ${probes} of ${inverted.cells}`, inverted.bytes, (query) =>
      inverted.search(query, WANTED, probes),
    );
}

function filtered({ drawn, count, float, int8 }: Built): void {
  const random = createRandom('filter');
  const draws = Float64Array.from({ length: count }, () => random.uniform());
  for (const share of [0.5, 0.05, 0.005]) {
    filteredRows(
      `${count} tracks, any ${share * 100} %`,
      drawn,
      float.index,
      int8.index,
      (label) => draws[label] < share,
    );
    // The hard case: what is accepted lies together, and mostly far from the query.
    const ranked = drawn.vectors.filter((_, at) => at % WIDTH === 0); // by the first value
    const limit = Float32Array.from(ranked).sort()[Math.max(0, Math.floor(share * count) - 1)];
    filteredRows(
      `${count} tracks, ${share * 100} % at one end`,
      drawn,
      float.index,
      int8.index,
      (label) => ranked[label] <= limit,
    );
  }
}

function filteredRows(name: string, drawn: Drawn, float: NeighbourIndex, int8: NeighbourIndex, accept: Accept): void {
  const accepted = Array.from({ length: float.count }, (_, label) => label).filter(accept).length;
  console.log(`\n${`${name}: ${accepted} accepted`.padEnd(45)}recall@10  @100     p50 ms   p95 ms`);
  const queries = drawn.queries.slice(0, 50);
  const truth = queries.map((query) => labels(float.scan(query, WANTED, accept)));
  const row = (name: string, find: (query: Float32Array) => number[]): void =>
    report(name, measure(queries, find), truth);
  for (const [kind, index] of [
    ['float32', float],
    ['int8', int8],
  ] as const) {
    const retriever: Retriever = createRetriever(index);
    row(`${kind} walk`, (query) => labels(index.search(query, Math.min(WANTED, accepted), EF, accept)));
    row(`${kind} scan`, (query) => labels(index.scan(query, WANTED, accept)));
    row(`${kind} retriever`, (query) => retriever.search(query, WANTED, EF, accept));
  }
}

function shards({ drawn, truth, count }: Built): void {
  const order = orderForShards(drawn.vectors, WIDTH);
  const placeOf = new Uint32Array(count);
  for (const [place, track] of order.entries()) placeOf[track] = place;
  for (const kib of [256, 512, 1024, 2048, 8192]) {
    const tracks = Math.floor((kib * 1024) / TRACK_BYTES);
    const cut = Array.from({ length: Math.ceil(count / tracks) }, (_, i) => ({
      first: i * tracks,
      tracks: Math.min(tracks, count - i * tracks),
    }));
    const cell = (places: (track: number) => number): string => {
      const touched = truth.map((labels) => shardsTouched(labels.map(places), cut));
      return `${(touched.reduce((sum, one) => sum + one, 0) / touched.length).toFixed(1)} (${Math.max(...touched)})`;
    };
    console.log(
      `${String(kib).padStart(5)} KiB, ${String(cut.length).padStart(3)} shards of ${tracks}: ordered ${cell((track) => placeOf[track])}, unordered ${cell((track) => track)}`,
    );
  }
}

interface Measured {
  found: number[][];
  times: Float64Array;
}

function measure(queries: readonly Float32Array[], find: (query: Float32Array) => number[]): Measured {
  for (const query of queries.slice(0, 20)) find(query); // compiled before it is timed
  const times = new Float64Array(queries.length);
  const found = queries.map((query, i) => {
    const start = performance.now();
    const labels = find(query);
    times[i] = performance.now() - start;
    return labels;
  });
  return { found, times: times.sort() };
}

function report(name: string, { found, times }: Measured, truth: readonly number[][], bytes?: number): void {
  const at = (share: number): string => times[Math.floor(share * (times.length - 1))].toFixed(3).padStart(9);
  const size = bytes === undefined ? '' : (bytes / 1e6).toFixed(1).padStart(9);
  console.log(
    `  ${name.padEnd(30)}${recall(found, truth, 10).toFixed(4).padStart(9)}${recall(found, truth, 100).toFixed(4).padStart(9)}${at(0.5)}${at(0.95)}${size}`,
  );
}

/** Of the k nearest, the share that is among the first k found. */
function recall(found: readonly number[][], truth: readonly number[][], k: number): number {
  let [hits, all] = [0, 0];
  for (const [i, labels] of truth.entries()) {
    const first = new Set(found[i].slice(0, k));
    const nearest = labels.slice(0, k);
    hits += nearest.filter((label) => first.has(label)).length;
    all += nearest.length;
  }
  return hits / all;
}

const labels = (neighbours: readonly { label: number }[]): number[] => neighbours.map(({ label }) => label);
