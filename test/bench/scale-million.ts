/**
 * `npm run bench -- scale-vectorize [tracks [of]] [verify]`: a catalogue whose vectors no isolate holds. The production bundle in miniflare, catalogue and tokens in its
 * R2, candidates from the double of Vectorize (test/doubles/vectorize.ts), which holds its documented limits and runs in this process.
 *
 * The index is that of scale-copies.ts: tokens of 200,000 tracks, or as many as `of` says, and lines, ids, words and columns of all.
 */
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import type { Manifest } from '../../index/format/manifest.ts';
import { bytesOf, shardCount } from '../../index/format/shard-table.ts';
import { openBucket } from '../../offline/indexing/store/bucket.ts';
import { prepareWorker } from '../../offline/local-worker/prepare.ts';
import { writeWorkerConfig } from '../../offline/local-worker/worker-config.ts';
import type { VectorizeDouble } from '../doubles/vectorize.ts';
import { edgeIndex } from './edge-index.ts';
import { ask, quantile, type Times, tokensRequest } from './edge-requests.ts';
import { currentOf, filledDouble, publishCopies } from './scale-copies.ts';
import { scaledIndex } from './scale-index.ts';
import { ABOUT, askedAbout, memoryOf } from './scale-look.ts';
import { inWords, verified } from './scale-verify.ts';

const root = resolve(import.meta.dirname, '../..');
const home = join(root, '.cuepoint/bench');
const [TRACKS = 1_000_000, OF = 200_000] = process.argv
  .slice(3)
  .filter((one) => /^\d+$/.test(one))
  .map(Number);
const K = 5;
/** Of the first row, and of each of the others. */
const [WARM_UP, FEWER] = [5, 1];
const [ANSWERS, OTHERS] = [40, 8];
const [PORT, INSPECTOR_PORT] = [8797, 9337];
const START_MS = 300_000;
/** Numbers and words that Vectorize filters by; the place is one more. */
const FIELDS = ['durationMs', 'bpm', 'year', 'licence', 'label'];

/** The double, once it is filled, and how long each query took it. */
interface Asked {
  index?: VectorizeDouble;
  ms: number[];
}

export async function benchScaleVectorize(): Promise<void> {
  await prepareWorker();
  const base = await edgeIndex('cuepoint');
  const folder = await scaledIndex(base.folder, home, OF);
  const state = join(home, `scale-${TRACKS}-state`);
  const double: Asked = { ms: [] };
  const service = await serviceOf(double, state);
  try {
    const bucket = await openBucket({ root: service.folder, binding: 'BUCKET', remote: false, state });
    let manifest: Manifest;
    try {
      manifest = (await bucket.find('current.json'))
        ? await currentOf(bucket)
        : await publishCopies(bucket, folder, TRACKS);
      describe(manifest);
      double.index = await filledDouble(bucket, folder, manifest, FIELDS);
    } finally {
      await bucket.close(); // two workerd's on one folder would be two writers
    }
    if (process.argv.includes('verify')) console.log(inWords(await verified(service.folder, state)));
    await service.start();
    await measure(manifest, base.clips, double);
  } finally {
    await service.close();
  }
}

const url = `http://127.0.0.1:${PORT}`;

/** `wrangler dev`, which is miniflare with an inspector, on two Workers: ours, and one whose methods are the double's. */
async function serviceOf(double: Asked, state: string) {
  const node = createServer((request, response) => void answer(request, response, double));
  node.keepAliveTimeout = 0; // a query takes this process a second, in which it would find its connections too old
  await new Promise<void>((listening) => node.listen(0, '127.0.0.1', listening));
  const { port } = node.address() as { port: number };
  const folder = join(home, 'vectorize');
  await mkdir(join(home, 'no-index'), { recursive: true });
  await mkdir(folder, { recursive: true });
  const [main, vectorize] = [join(folder, 'main.json'), join(folder, 'vectorize.json')];
  await writeWorkerConfig(main, {
    root,
    directory: join(home, 'no-index'),
    vars: { RETRIEVER: 'vectorize', VECTORIZE_FIELDS: FIELDS.join(',') },
    bindings: {
      r2_buckets: [{ binding: 'BUCKET', bucket_name: 'indexes' }],
      services: [{ binding: 'VECTORIZE', service: 'vectorize', entrypoint: 'Vectorize' }],
    },
  });
  const date = 'compatibility_date = "2026-10-01"';
  await writeFile(
    join(folder, 'wrangler.toml'),
    `name = "bucket"\n${date}\n[[r2_buckets]]\nbinding = "BUCKET"\nbucket_name = "indexes"\n`,
  );
  await writeFile(join(folder, 'vectorize.js'), vectorizeWorker(port));
  await writeFile(
    vectorize,
    JSON.stringify({ name: 'vectorize', main: 'vectorize.js', compatibility_date: '2026-10-01' }),
  );
  const ports = ['--ip', '127.0.0.1', '--port', String(PORT), '--inspector-port', String(INSPECTOR_PORT)];
  const options = ['-c', main, '-c', vectorize, '--persist-to', state, '--show-interactive-dev-session=false'];
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const guard = join(root, 'offline/local-worker/guard.ts'); // ends workerd too
  let child: ReturnType<typeof spawn> | undefined;
  return {
    folder,
    async start() {
      child = spawn(process.execPath, [guard, process.execPath, wrangler, 'dev', ...ports, ...options], {
        cwd: root,
        env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
        stdio: ['pipe', 'ignore', 'inherit'],
        detached: true,
      });
      await answering();
    },
    async close() {
      const ended = child && new Promise((done) => child?.once('exit', done));
      child?.stdin?.end();
      await ended;
      node.close();
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, double: Asked): Promise<void> {
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

async function answering(): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    if ((await fetch(`${url}/openapi.json`).catch(() => undefined))?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`bench: expected wrangler dev to answer at ${url} within ${START_MS / 1000} s. Is the port free?`);
}

function describe({ counts, columns, shards, indexVersion }: Manifest): void {
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const parts = Object.entries(shards).map(([role, table]) => `${role} ${mb(bytesOf(table))} in ${shardCount(table)}`);
  const widths = columns.map(({ field, bytes }) => `${field} ${mb(bytes)}`).join(', ');
  console.log(
    `\n${cpus().length} × ${cpus()[0].model}, Node ${process.version}, load ${loadavg()[0].toFixed(1)}\n${counts.tracks.toLocaleString('en')} tracks (${indexVersion}): ${parts.join(', ')}; columns ${widths}`,
  );
}

const ASKED: Record<string, Record<string, unknown>> = {
  'no filter': {},
  'bpm, indexed': { filters: { bpm: { range: { min: 90, max: 130 } } } },
  'tags, not indexed': { filters: { tags: 'epic' } },
  'a label of 200, and years': { filters: { label: 'Label 7', year: { range: { min: 2000 } } } },
  'two of an artist at most': { diversity: { perArtist: 2 } },
};

async function measure(
  { encoders }: Manifest,
  clips: Awaited<ReturnType<typeof edgeIndex>>['clips'],
  double: Asked,
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
    const [warmUp, answers] = what === 'no filter' ? [WARM_UP, ANSWERS] : [FEWER, OTHERS];
    for (let i = 0; i < warmUp + answers; i++) {
      const { body, type, query } = requestOf(i);
      const more = Object.entries(options).map(
        ([key, value]) => `&${key}=${encodeURIComponent(JSON.stringify(value))}`,
      );
      const before = double.ms.length;
      const answer = await ask(url, { body, type, query: query + more.join('') });
      if (i < warmUp) continue;
      times.push(answer);
      spent.push(double.ms.slice(before).reduce((sum, ms) => sum + ms, 0));
    }
    const at = (values: number[]): string =>
      `${quantile(values, 0.5).toFixed(0)} (${quantile(values, 0.95).toFixed(0)})`.padStart(20);
    console.log(
      `${what.padEnd(28)}${at(times.map(({ search }) => search))}${at(times.map(({ load }) => load))}${at(times.map(({ total }) => total))}${at(times.map(({ total }, i) => total - spent[i]))}   ${(double.ms.length / (times.length + warmUp)).toFixed(1)}, ${quantile(double.ms, 0.5).toFixed(0)}`,
    );
  }
  console.log(`Memory of the isolate after answers, MB, collected: ${await memoryOf(url, INSPECTOR_PORT)}`);
  console.log('About the catalogue: ms at the client, the first and the median of 5 more');
  for (const [what, path] of Object.entries(ABOUT)) {
    const first = await askedAbout(url, path(0));
    const more: number[] = [];
    for (let round = 1; round <= 5; round++) more.push(await askedAbout(url, path(round)));
    console.log(`  ${what.padEnd(24)} ${first.toFixed(0)}, ${quantile(more, 0.5).toFixed(0)}`);
  }
  console.log(`… and after those: ${await memoryOf(url, INSPECTOR_PORT)}`);
}
