/**
 * `npm run bench -- scale [warm|cold|recall] [tracks …] [before=CHECKOUT]`: answers, memory and first answers of the production bundle in workerd, by the number of tracks,
 * with the index's own vectors. All sizes are open at once and are asked in turn, so that what else the machine does falls on all alike.
 *
 * The indexes are those of scale-index.ts; workerd reads them from a folder as its assets. `before` is another checkout, which has run `npm run bench --
 * edge`: its Worker is asked beside ours, on its own index of 4,000 tracks.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import type { Clip } from '../../functions/grounding/options.ts';
import type { Manifest } from '../../index/format/manifest.ts';
import { parseManifest } from '../../index/format/parse-manifest.ts';
import { parsePointer } from '../../index/format/pointer.ts';
import { bytesOf, shardCount } from '../../index/format/shard-table.ts';
import { standardise } from '../../index/format/standardise.ts';
import { openIndexInNode } from '../../offline/local-worker/node-index.ts';
import { startWorkerdService } from '../e2e/workerd-service.ts';
import { cpuMsOf } from './abuse/trial.ts';
import { edgeIndex } from './edge-index.ts';
import { ask, quantile, type Times, tokensRequest } from './edge-requests.ts';
import { BUILT_WORKER, buildEdgeWorker } from './edge-service.ts';
import { scaledIndex } from './scale-index.ts';
import { ABOUT, askedAbout, memoryOf } from './scale-look.ts';

const home = join(resolve(import.meta.dirname, '../..'), '.cuepoint/bench');
const SIZES = [4000, 50_000, 200_000];
const BEFORE = 'before=';
const WARM_UP = 24;
const ROUNDS = 120;
const COLD = 3;
const K = 5;
const QUERIES = 40;
const PARTS = ['warm', 'cold', 'recall'];

interface Served {
  name: string;
  folder: string;
  manifest: Manifest;
  start(): ReturnType<typeof startWorkerdService>;
}

export async function benchScale(): Promise<void> {
  const given = process.argv.slice(3);
  const sizes = given.filter((one) => /^\d+$/.test(one)).map(Number);
  const before = given.find((one) => one.startsWith(BEFORE))?.slice(BEFORE.length);
  await buildEdgeWorker();
  const base = await edgeIndex('cuepoint');
  const all: Served[] = [];
  if (before) {
    const there = join(resolve(before), '.cuepoint/bench');
    all.push(await served('before', join(there, 'worker'), join(there, 'cuepoint/index')));
  }
  for (const size of sizes.length ? sizes : SIZES)
    all.push(await served(size.toLocaleString('en'), BUILT_WORKER, await scaledIndex(base.folder, home, size)));
  console.log(
    `${cpus().length} × ${cpus()[0].model}, Node ${process.version}, load ${loadavg()[0].toFixed(1)}, k = ${K}`,
  );
  for (const { name, manifest } of all) console.log(describe(name, manifest));
  const parts = given.filter((one) => PARTS.includes(one));
  const has = (part: string): boolean => parts.length === 0 || parts.includes(part);
  if (has('cold')) await cold(all, base.clips);
  if (has('warm')) await warm(all, base.clips);
  if (has('recall')) for (const one of all) await recall(one, base.clips);
}

/** How many of the nearest of all vectors, as they are kept, a walk finds. */
async function recall({ name, folder }: Served, clips: readonly Clip[]): Promise<void> {
  const index = await openIndexInNode(folder, 1);
  const { manifest, engine, candidates } = index;
  const { image } = manifest.encoders;
  const { candidates: wanted, ef } = manifest.retrieval;
  const { tracks } = manifest.counts;
  let [at10, at100] = [0, 0];
  const asked = clips.slice(0, QUERIES);
  const near = new Float64Array(tracks);
  for (const { tokens } of asked) {
    const { h } = await engine.enhanceVideo(standardise(tokens, image), tokens.length / image.width);
    for (let label = 0; label < tracks; label++) {
      const vector = candidates.vectorOf!(label);
      let sum = 0;
      for (let i = 0; i < h.length; i++) sum += h[i] * vector[i];
      near[label] = sum;
    }
    const least = near.toSorted().at(-wanted)!;
    const best = [...near.keys()].filter((label) => near[label] >= least).sort((one, other) => near[other] - near[one]);
    const found = new Set(await candidates.search(h, wanted, ef));
    at10 += best.slice(0, 10).filter((label) => found.has(label)).length / (10 * asked.length);
    at100 += best.slice(0, wanted).filter((label) => found.has(label)).length / (wanted * asked.length);
  }
  await index.close();
  console.log(
    `recall of the walk, ${name}: ${at10.toFixed(4)} of the 10 nearest, ${at100.toFixed(4)} of the ${wanted}`,
  );
}

async function served(name: string, worker: string, folder: string): Promise<Served> {
  if (!existsSync(join(folder, 'current.json')))
    throw new Error(`bench: expected an index in ${folder}, found none. Run \`npm run bench -- edge warm\` there.`);
  const { manifest } = parsePointer(await readFile(join(folder, 'current.json'), 'utf8'));
  return {
    name,
    folder,
    manifest: parseManifest(await readFile(join(folder, manifest.path), 'utf8')),
    start: () => startWorkerdService(`scale-${name.replace(/\W/g, '')}`, worker, folder, { inspected: true }),
  };
}

function describe(name: string, { files, columns, shards, formatVersion, retrieval }: Manifest): string {
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const parts = Object.entries(shards).map(([role, table]) => `${role} ${mb(bytesOf(table))} in ${shardCount(table)}`);
  const column = columns.reduce((sum, { bytes }) => sum + bytes, 0);
  return `  ${name}: format ${formatVersion}, vectors (${retrieval.kind}) ${mb(files.vectors.bytes)}, columns ${mb(column)}, ${parts.join(', ')}${files.catalogue ? `, catalogue ${mb(files.catalogue.bytes)}` : ''}`;
}

/** A fresh workerd each time. */
async function cold(all: readonly Served[], clips: readonly Clip[]): Promise<void> {
  console.log(
    `\nThe first answer of a fresh workerd, ${COLD} times in turn: ms, the median (least); CPU ms, the median`,
  );
  const seen = new Map(all.map(({ name }) => [name, { http: [] as number[], cpu: [] as number[] }]));
  for (let round = 0; round < COLD; round++)
    for (const { name, manifest, start } of all) {
      const worker = await start();
      try {
        const from = cpuMsOf(worker.pid);
        const times = await ask(urlOf(worker), requestOf(clips[round], manifest));
        seen.get(name)!.http.push(times.http);
        seen.get(name)!.cpu.push(cpuMsOf(worker.pid) - from);
      } finally {
        await worker.close();
      }
    }
  for (const [name, { http, cpu }] of seen)
    console.log(
      `  ${name.padEnd(10)} ${quantile(http, 0.5).toFixed(0).padStart(6)} (${Math.min(...http).toFixed(0)})   ${quantile(cpu, 0.5).toFixed(0).padStart(6)}`,
    );
}

async function warm(all: readonly Served[], clips: readonly Clip[]): Promise<void> {
  const workers: Workers = new Map();
  try {
    for (const { name, start } of all) workers.set(name, await start());
    const rounds = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => clips[(from + i) % clips.length]);
    await answered(all, workers, rounds(0, WARM_UP));
    const asked = rounds(WARM_UP, ROUNDS);
    const first = await answered(all, workers, asked);
    const again = await answered(all, workers, asked);
    console.log(`\nWarm, ${ROUNDS} clips asked of each in turn: ms p50 (p95); CPU ms an answer of the whole process`);
    table(
      'asked once: what an isolate does not keep comes from the disk, or from what the system has kept of it',
      first,
    );
    table('the same clips again: it comes from what the system has kept', again);
    await memory(all, workers);
    await about(all, workers);
    await memory(all, workers);
  } finally {
    for (const worker of workers.values()) await worker.close();
  }
}

type Workers = Map<string, Awaited<ReturnType<Served['start']>>>;

/** What became of some clips at one size. */
interface Answered {
  times: Times[];
  /** Every third again, under a filter: ms at the client. */
  filtered: number[];
  cpuMs: number;
}

const BPM = encodeURIComponent('{"bpm":{"range":{"min":90,"max":130}}}');

/** @returns by name */
async function answered(
  all: readonly Served[],
  workers: Workers,
  clips: readonly Clip[],
): Promise<Map<string, Answered>> {
  const of = new Map(all.map(({ name }) => [name, { times: [], filtered: [], cpuMs: 0 } as Answered]));
  for (const [round, clip] of clips.entries())
    for (const { name, manifest } of all) {
      const worker = workers.get(name)!;
      const one = of.get(name)!;
      const from = cpuMsOf(worker.pid);
      one.times.push(await ask(urlOf(worker), requestOf(clip, manifest)));
      one.cpuMs += cpuMsOf(worker.pid) - from;
      const { body, type, query } = requestOf(clip, manifest);
      if (round % 3 === 0)
        one.filtered.push((await ask(urlOf(worker), { body, type, query: `${query}&filters=${BPM}` })).http);
    }
  return of;
}

const SHOWN = ['search', 'load', 'moment', 'total', 'http'] as const;

function table(title: string, of: ReadonlyMap<string, Answered>): void {
  console.log(`  ${title}`);
  const heads = [...SHOWN.map((name) => name.padStart(13)), 'filtered, http'.padStart(16), 'CPU'.padStart(8)];
  console.log(`  ${''.padEnd(10)}${heads.join('')}`);
  for (const [name, { times, filtered, cpuMs }] of of) {
    const cells = SHOWN.map((stage) => {
      const ms = times.map((one) => one[stage]);
      return `${quantile(ms, 0.5).toFixed(1)} (${quantile(ms, 0.95).toFixed(0)})`.padStart(13);
    });
    const under = quantile(filtered, 0.5).toFixed(1).padStart(16);
    console.log(`  ${name.padEnd(10)}${cells.join('')}${under}${(cpuMs / times.length).toFixed(1).padStart(8)}`);
  }
}

async function memory(all: readonly Served[], workers: Workers): Promise<void> {
  console.log('\nMemory of the isolate, MB, after a collection');
  for (const { name } of all) {
    const worker = workers.get(name)!;
    console.log(`  ${name.padEnd(10)} ${await memoryOf(urlOf(worker), worker.inspectorPort)}`);
  }
}

async function about(all: readonly Served[], workers: Workers): Promise<void> {
  console.log(`\nAbout the catalogue: ms at the client, the first and the median of 15 more`);
  for (const [what, path] of Object.entries(ABOUT)) {
    const seen = new Map(all.map(({ name }) => [name, [] as number[]]));
    for (let round = 0; round < 16; round++)
      for (const { name } of all)
        seen.get(name)!.push(await askedAbout(urlOf(workers.get(name)!), path(round), name !== 'before'));
    const cells = [...seen].map(
      ([name, [first, ...more]]) => `${name} ${first.toFixed(0)}, ${quantile(more, 0.5).toFixed(1)}`,
    );
    console.log(`  ${what.padEnd(24)} ${cells.join('   ')}`);
  }
}

const urlOf = ({ port }: { port: number }): string => `http://127.0.0.1:${port}`;
const requestOf = (clip: Clip, { encoders }: Manifest) =>
  tokensRequest(clip, encoders.image.name, encoders.image.width, K);
