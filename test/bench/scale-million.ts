/**
 * `npm run bench -- scale-vectorize [tracks [of]] [verify]`: a catalogue whose vectors no isolate holds. The production bundle in miniflare, catalogue and tokens in its
 * R2, candidates from the double of Vectorize (test/doubles/vectorize.ts), which holds its documented limits and runs in this process.
 *
 * The index: tokens and analyses of 200,000 tracks (or as many as `of` says) of scale-index.ts, which stand in it as often as are wanted; every track has a line, an id, words
 * and values of its own. So the shards, columns and tables are as many and as large as they would be, and what an isolate reads and holds is real, while
 * the objects of the bucket are fewer.
 */
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import type { Manifest } from '../../index/format/manifest.ts';
import { parseManifest } from '../../index/format/parse-manifest.ts';
import { parsePointer } from '../../index/format/pointer.ts';
import { bytesOf, joinShards, shardCount, shardsOf } from '../../index/format/shard-table.ts';
import { mapConcurrent } from '../../index/map-concurrent.ts';
import { openRetriever } from '../../index/search/retrieval.ts';
import { vectorIdOf, vectorizeMetadata, vectorizeTypes } from '../../index/search/vectorize-record.ts';
import { catalogueWriter } from '../../offline/indexing/put-catalogue.ts';
import { allTracks, storedColumns } from '../../offline/indexing/store/catalogue.ts';
import { folderStore } from '../../offline/indexing/store/folder-store.ts';
import { movePointer, putManifest } from '../../offline/indexing/store/publish.ts';
import { type Bucket, r2Store } from '../../offline/indexing/store/r2-store.ts';
import { readChecked, readWhole } from '../../offline/indexing/store/read-checked.ts';
import type { BundleStore } from '../../offline/indexing/store/store.ts';
import { verifyIndex } from '../../offline/indexing/verify.ts';
import { completeManifest } from '../../offline/indexing/version.ts';
import { createProgress } from '../../offline/lib/progress.ts';
import { prepareWorker } from '../../offline/local-worker/prepare.ts';
import { writeWorkerConfig } from '../../offline/local-worker/worker-config.ts';
import { createVectorizeDouble, type VectorizeDouble } from '../doubles/vectorize.ts';
import { edgeIndex } from './edge-index.ts';
import { heapUsage } from './edge-memory.ts';
import { ask, quantile, readMetrics, type Times, tokensRequest } from './edge-requests.ts';
import { factsOf, scaledIndex } from './scale-index.ts';

const root = resolve(import.meta.dirname, '../..');
const home = join(root, '.cuepoint/bench');
const [TRACKS = 1_000_000, OF = 200_000] = process.argv
  .slice(3)
  .filter((one) => /^\d+$/.test(one))
  .map(Number);
const K = 5;
const WARM_UP = 5;
const ANSWERS = 40;
const PUTS = 8;
const [PORT, INSPECTOR_PORT] = [8797, 9337];
const START_MS = 300_000;
/** Numbers and words that Vectorize filters by; the place is one more. */
const FIELDS = ['durationMs', 'bpm', 'year', 'licence', 'label'];

export async function benchScaleVectorize(): Promise<void> {
  const count = TRACKS;
  await prepareWorker();
  const base = await edgeIndex('cuepoint');
  const folder = await scaledIndex(base.folder, home, OF);
  const double = { index: undefined as VectorizeDouble | undefined, ms: [] as number[] };
  const worker = await startInMiniflare(count, double);
  try {
    const { bucket } = worker;
    const manifest = (await bucket.find('current.json'))
      ? await currentOf(bucket)
      : await publishCopies(bucket, folder, count);
    describe(manifest);
    await verified(bucket, manifest);
    double.index = await filled(bucket, folder, manifest);
    const { url } = worker; // started with the first look at its address: the bucket is whole
    await answering(url);
    await measure(url, manifest, base.clips, double);
  } finally {
    await worker.close();
  }
}

interface Started {
  url: string;
  bucket: BundleStore;
  close(): Promise<void>;
}

/** `wrangler dev`, which is miniflare with an inspector, on two Workers: ours, and one whose methods are the double's. */
async function startInMiniflare(count: number, double: { index?: VectorizeDouble; ms: number[] }): Promise<Started> {
  const node = createServer((request, response) => void answer(request, response, double));
  await new Promise<void>((listening) => node.listen(0, '127.0.0.1', listening));
  const { port } = node.address() as { port: number };
  const folder = join(home, 'vectorize');
  await mkdir(join(home, 'no-index'), { recursive: true });
  await mkdir(folder, { recursive: true });
  const [main, service] = [join(folder, 'main.json'), join(folder, 'service.json')];
  const bucket = { binding: 'BUCKET', bucket_name: 'indexes' };
  await writeWorkerConfig(main, {
    root,
    directory: join(home, 'no-index'),
    vars: { RETRIEVER: 'vectorize', VECTORIZE_FIELDS: FIELDS.join(',') },
    bindings: {
      r2_buckets: [bucket],
      services: [{ binding: 'VECTORIZE', service: 'vectorize', entrypoint: 'Vectorize' }],
    },
  });
  await writeFile(join(folder, 'vectorize.js'), vectorizeWorker(port));
  await writeFile(
    service,
    JSON.stringify({ name: 'vectorize', main: 'vectorize.js', compatibility_date: '2026-10-01' }),
  );
  const state = join(home, `scale-${count}-state`);
  const { getPlatformProxy } = await import('wrangler');
  const { env, dispose } = await getPlatformProxy<{ BUCKET: Bucket }>({
    configPath: main,
    persist: { path: join(state, 'v3') },
    envFiles: [],
  });
  const ports = ['--ip', '127.0.0.1', '--port', String(PORT), '--inspector-port', String(INSPECTOR_PORT)];
  const options = ['-c', main, '-c', service, '--persist-to', state, '--show-interactive-dev-session=false'];
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const guard = join(root, 'offline/local-worker/guard.ts'); // ends workerd too
  let child: ReturnType<typeof spawn> | undefined;
  return {
    bucket: r2Store('R2', env.BUCKET),
    get url() {
      child ??= spawn(process.execPath, [guard, process.execPath, wrangler, 'dev', ...ports, ...options], {
        cwd: root,
        env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
        stdio: ['pipe', 'ignore', 'inherit'],
        detached: true,
      });
      return `http://127.0.0.1:${PORT}`;
    },
    async close() {
      const ended = child && new Promise((done) => child?.once('exit', done));
      child?.stdin?.end();
      await ended;
      await dispose();
      node.close();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  double: { index?: VectorizeDouble; ms: number[] },
): Promise<void> {
  const { vector, options } = JSON.parse(Buffer.concat(await request.toArray()).toString()) as {
    vector: number[];
    options: object;
  };
  const start = performance.now();
  try {
    response.end(JSON.stringify(await double.index!.query(vector, options)));
  } catch (error) {
    response.writeHead(500).end((error as Error).message);
  } finally {
    double.ms.push(performance.now() - start);
  }
}

/** A binding is called by its methods; the double is in the process of the benchmark, so that it is no part of the isolate that is measured. */
const vectorizeWorker = (port: number): string => `import { WorkerEntrypoint } from 'cloudflare:workers';
export class Vectorize extends WorkerEntrypoint {
  async query(vector, options) {
    const body = JSON.stringify({ vector: [...vector], options });
    const answer = await fetch('http://127.0.0.1:${port}/', { method: 'POST', body });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }
}
export default { fetch: () => new Response() };
`;

async function answering(url: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    if ((await fetch(`${url}/openapi.json`).catch(() => undefined))?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`bench: expected wrangler dev to answer at ${url} within ${START_MS / 1000} s. Is the port free?`);
}

async function currentOf(store: BundleStore): Promise<Manifest> {
  const { manifest } = parsePointer(new TextDecoder().decode((await store.read('current.json'))!.bytes));
  return parseManifest(new TextDecoder().decode((await readChecked(store, manifest)).bytes));
}

async function publishCopies(bucket: BundleStore, folder: string, count: number): Promise<Manifest> {
  const store = folderStore(folder);
  const from = await currentOf(store);
  const files = [
    ...shardsOf(from.shards.tokens),
    ...shardsOf(from.shards.analysis),
    ...Object.values(from.files),
  ].filter(({ path }) => path !== from.files.vectors.path && path !== from.files.facets!.path);
  const bar = createProgress({ label: 'tokens and analyses to R2', total: files.length });
  await mapConcurrent(PUTS, files, async (file) => {
    await bucket.write(file.path, (await readChecked(store, file)).bytes);
    bar.tick();
  });
  bar.done();
  const tracks = await allTracks(store, from);
  const writer = catalogueWriter(bucket);
  const lines = createProgress({ label: 'catalogue to R2', total: count });
  for (let i = 0; i < count; i++) {
    await writer.append(factsOf(tracks[i % OF], i, count));
    lines.tick();
  }
  lines.done();
  const { tokens, analysis } = from.shards;
  const copies = Array.from({ length: count / OF - 1 });
  const written = await writer.close();
  const manifest = completeManifest({
    ...from,
    counts: written.counts,
    columns: written.columns,
    files: { ...from.files, ...written.files },
    shards: {
      ...written.shards,
      tokens: copies.reduce((all: typeof tokens) => joinShards(all, tokens), tokens),
      analysis: copies.reduce((all: typeof analysis) => joinShards(all, analysis), analysis),
    },
  });
  for (const piece of from.files.vectors.pieces ?? [from.files.vectors])
    await bucket.write(piece.path, (await readChecked(store, piece)).bytes);
  await putManifest(bucket, manifest, new Date());
  await movePointer(bucket, manifest.indexVersion, { from: {}, now: new Date(), keep: 1 });
  return manifest;
}

function describe({ counts, columns, shards, indexVersion }: Manifest): void {
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const parts = Object.entries(shards).map(([role, table]) => `${role} ${mb(bytesOf(table))} in ${shardCount(table)}`);
  const widths = columns.map(({ field, bytes }) => `${field} ${mb(bytes)}`).join(', ');
  console.log(
    `\n${cpus().length} × ${cpus()[0].model}, Node ${process.version}, load ${loadavg()[0].toFixed(1)}\n${counts.tracks.toLocaleString('en')} tracks (${indexVersion}): ${parts.join(', ')}; columns ${widths}`,
  );
}

/** Of its one fault it is known: there is one vector for each of the tracks that are copied, not for each copy. */
async function verified(store: BundleStore, { indexVersion }: Manifest): Promise<void> {
  if (!process.argv.includes('verify')) return;
  const start = performance.now();
  const faults = await verifyIndex(store, indexVersion, (total) => createProgress({ label: 'verify', total }));
  console.log(
    `verify: ${((performance.now() - start) / 1000).toFixed(0)} s, at most ${(process.resourceUsage().maxRSS / 1e3).toFixed(0)} MB; ${faults.join('; ') || 'whole'}`,
  );
}

/** All vectors but the last 1,000, which are written and not visible yet: consistency is eventual. */
async function filled(bucket: BundleStore, folder: string, manifest: Manifest): Promise<VectorizeDouble> {
  const store = folderStore(folder);
  const from = await currentOf(store);
  const retriever = openRetriever(from.retrieval.kind, (await readWhole(store, from.files.vectors)).buffer);
  const columns = await storedColumns(bucket, manifest, FIELDS);
  const double = createVectorizeDouble(retriever.dim);
  for (const [property, type] of vectorizeTypes(columns, FIELDS)) double.createMetadataIndex(property, type);
  const { counts, indexVersion } = manifest;
  const bar = createProgress({ label: 'vectors to the double', total: counts.tracks });
  const BATCH = 1000;
  for (let at = 0; at < counts.tracks; at += BATCH) {
    await double.upsert(
      Array.from({ length: Math.min(BATCH, counts.tracks - at) }, (_, i) => ({
        id: vectorIdOf(indexVersion, at + i),
        namespace: indexVersion,
        values: retriever.vectorOf((at + i) % OF),
        metadata: vectorizeMetadata(columns, FIELDS, at + i),
      })),
    );
    if (at + BATCH < counts.tracks) double.settle();
    bar.tick(BATCH);
  }
  bar.done();
  return double;
}

const ASKED: Record<string, Record<string, unknown>> = {
  'no filter': {},
  'bpm, indexed': { filters: { bpm: { range: { min: 90, max: 130 } } } },
  'tags, not indexed': { filters: { tags: 'epic' } },
  'a label of 200, and years': { filters: { label: 'Label 7', year: { range: { min: 2000 } } } },
  'two of an artist at most': { diversity: { perArtist: 2 } },
};

async function measure(
  url: string,
  { encoders }: Manifest,
  clips: Awaited<ReturnType<typeof edgeIndex>>['clips'],
  double: { index?: VectorizeDouble; ms: number[] },
): Promise<void> {
  const { name, width } = encoders.image;
  const requestOf = (i: number) => tokensRequest(clips[i % clips.length], name, width, K);
  const cold = await ask(url, requestOf(0));
  console.log(`\nThe first answer: ${cold.http.toFixed(0)} ms, of it ${cold.search.toFixed(0)} in the search`);
  console.log(
    `${''.padEnd(28)}${['search', 'load', 'total', 'besides the double'].map((one) => one.padStart(20)).join('')}   queries, ms each`,
  );
  for (const [what, options] of Object.entries(ASKED)) {
    const times: Times[] = [];
    double.ms.length = 0;
    const spent: number[] = [];
    for (let i = 0; i < WARM_UP + ANSWERS / (what === 'no filter' ? 1 : 4); i++) {
      const { body, type, query } = requestOf(i);
      const more = Object.entries(options).map(
        ([key, value]) => `&${key}=${encodeURIComponent(JSON.stringify(value))}`,
      );
      const before = double.ms.length;
      const answer = await ask(url, { body, type, query: query + more.join('') });
      if (i < WARM_UP) continue;
      times.push(answer);
      spent.push(double.ms.slice(before).reduce((sum, ms) => sum + ms, 0));
    }
    const at = (values: number[]): string =>
      `${quantile(values, 0.5).toFixed(0)} (${quantile(values, 0.95).toFixed(0)})`.padStart(20);
    console.log(
      `${what.padEnd(28)}${at(times.map(({ search }) => search))}${at(times.map(({ load }) => load))}${at(times.map(({ total }) => total))}${at(times.map(({ total }, i) => total - spent[i]))}   ${(double.ms.length / (times.length + WARM_UP)).toFixed(1)}, ${quantile(double.ms, 0.5).toFixed(0)}`,
    );
  }
  for (const path of [
    '/v1/tracks?limit=50',
    '/v1/tracks?limit=20&q=piece%20no.%20654321',
    '/v1/filters',
    `/v1/filters?filters=${encodeURIComponent('{"tags":"warm"}')}`,
  ]) {
    const start = performance.now();
    const response = await fetch(url + path);
    const text = await response.text();
    console.log(
      `${path.slice(0, 60).padEnd(62)}${(performance.now() - start).toFixed(0).padStart(6)} ms, ${response.status}, ${text.length} characters`,
    );
  }
  const { usedSize, backingStorageSize } = await heapUsage(INSPECTOR_PORT, true);
  const metrics = await readMetrics(url);
  const wasm = metrics.get('wasm_heap_bytes') ?? 0;
  const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
  const parts = [...metrics]
    .filter(([key]) => key.startsWith('index_bytes'))
    .map(([key, bytes]) => `${/"(\w+)"/.exec(key)?.[1]} ${mb(bytes)}`);
  console.log(
    `Memory of the isolate after a collection, MB: ${mb(wasm + usedSize + backingStorageSize)} in all: wasm ${mb(wasm)}, array buffers ${mb(backingStorageSize)}, heap ${mb(usedSize)} (${parts.join(', ')})`,
  );
}
