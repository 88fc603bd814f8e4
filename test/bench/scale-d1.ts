/**
 * `npm run bench -- scale-d1 [tracks …]`: the catalogue in D1 (SQLite, in miniflare) instead of shards: how long the questions take that an answer, a page of the
 * library and its filters ask, and how many rows D1 counts for them. Asked from a Worker of its own, over HTTP, as `bench -- scale` asks ours.
 *
 * Lines are those of scale-index.ts. Every field that is filtered by is a column with an index on it; tags are a table of their own.
 */
import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import type { Track } from '../../index/format/catalogue.ts';
import { textOf } from '../../index/format/texts.ts';
import { allTracks } from '../../offline/indexing/store/catalogue.ts';
import { folderStore } from '../../offline/indexing/store/folder-store.ts';
import { currentManifest } from '../../offline/indexing/store/versions.ts';
import { createProgress } from '../../offline/lib/progress.ts';
import { edgeIndex } from './edge-index.ts';
import { quantile } from './edge-requests.ts';
import { factsOf } from './scale-index.ts';

const root = resolve(import.meta.dirname, '../..');
const home = join(root, '.cuepoint/bench');
const SIZES = [50_000, 1_000_000];
const BATCH = 1000;
const PORT = 8798;
const START_MS = 300_000;
const ROUNDS = 15;

const SCHEMA = [
  'CREATE TABLE tracks (label INTEGER PRIMARY KEY, id TEXT, line TEXT, words TEXT, bpm REAL, durationMs INTEGER, artist TEXT, year INTEGER, name TEXT)',
  'CREATE TABLE tags (tag TEXT, label INTEGER)',
];
/** After the rows, which is quicker; D1 counts a row written for each entry. */
const INDEXES = [
  'CREATE UNIQUE INDEX by_id ON tracks (id)',
  ...['bpm', 'durationMs', 'artist', 'year', 'name'].map((field) => `CREATE INDEX by_${field} ON tracks (${field})`),
  'CREATE INDEX by_tag ON tags (tag, label)',
];

/** What is asked, in SQL; `?` is a number of the round. */
const ASKED: Record<string, string> = {
  'five lines by place': 'SELECT line FROM tracks WHERE label IN (?1, ?1 + 977, ?1 + 5003, ?1 + 12007, ?1 + 30011)',
  'a place by id': "SELECT label FROM tracks WHERE id = 'nobody' || ?1",
  'a page of 50': 'SELECT line FROM tracks WHERE label >= ?1 ORDER BY label LIMIT 51',
  'a page under a filter':
    "SELECT line FROM tracks JOIN tags USING (label) WHERE tag = 'warm' AND bpm BETWEEN 100 AND 110 + 0 * ?1 ORDER BY label LIMIT 51",
  'which a filter accepts, counted': 'SELECT count(*) FROM tracks WHERE bpm BETWEEN 90 AND 130 + 0 * ?1',
  'which are as long as the clip, counted': 'SELECT count(*) FROM tracks WHERE durationMs >= 20000 + ?1',
  words: "SELECT line FROM tracks WHERE words LIKE '%piece no. ' || CAST(?1 AS INTEGER) || '%' LIMIT 21",
  'values of one field, under a filter':
    "SELECT artist, count(*) AS n FROM tracks JOIN tags USING (label) WHERE tag = 'warm' AND year >= 2000 + 0 * ?1 GROUP BY artist ORDER BY n DESC LIMIT 50",
};

export async function benchScaleD1(): Promise<void> {
  const sizes = process.argv.slice(3).map(Number);
  const base = await edgeIndex('cuepoint');
  const store = folderStore(base.folder);
  const tracks = await allTracks(store, (await currentManifest(store)).manifest);
  console.log(`${cpus().length} × ${cpus()[0].model}, Node ${process.version}, load ${loadavg()[0].toFixed(1)}`);
  for (const count of sizes.length ? sizes : SIZES) await benchSize(tracks, count);
}

async function benchSize(tracks: readonly Track[], count: number): Promise<void> {
  const folder = join(home, `d1-${count}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const config = join(folder, 'wrangler.json');
  await writeFile(join(folder, 'worker.js'), WORKER);
  await writeFile(
    config,
    JSON.stringify({
      name: 'd1',
      main: 'worker.js',
      compatibility_date: '2026-10-01',
      d1_databases: [{ binding: 'DB', database_name: 'tracks', database_id: '00000000-0000-0000-0000-000000000001' }],
    }),
  );
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const guard = join(root, 'offline/local-worker/guard.ts'); // ends workerd too
  const options = [
    'dev',
    '-c',
    config,
    '--persist-to',
    join(folder, 'state'),
    '--ip',
    '127.0.0.1',
    '--port',
    String(PORT),
  ];
  const child = spawn(process.execPath, [guard, process.execPath, wrangler, ...options, '--inspector-port', '0'], {
    cwd: root,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  });
  const ended = new Promise((done) => child.once('exit', done));
  try {
    await answering();
    await fill(tracks, count);
    await ask(count);
  } finally {
    child.stdin?.end();
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
}

interface Said {
  rows: number;
  read: number;
  written: number;
  bytes: number;
}

async function sql(text: string, values: readonly unknown[] = []): Promise<Said> {
  const response = await fetch(`http://127.0.0.1:${PORT}/`, { method: 'POST', body: JSON.stringify({ text, values }) });
  const answer = await response.text();
  if (!response.ok) throw new Error(`bench: expected D1 to run ${text.slice(0, 60)}, got ${answer.slice(0, 300)}.`);
  return JSON.parse(answer) as Said;
}

async function fill(tracks: readonly Track[], count: number): Promise<void> {
  for (const text of SCHEMA) await sql(text);
  const start = performance.now();
  const bar = createProgress({ label: `rows of ${count}`, total: count });
  let [written, bytes] = [0, 0];
  const run = async (text: string, values: readonly unknown[] = []) => {
    const said = await sql(text, values);
    written += said.written;
    bytes = said.bytes;
  };
  for (let at = 0; at < count; at += BATCH) {
    const rows = Array.from({ length: BATCH }, (_, i) => factsOf(tracks[(at + i) % tracks.length], at + i, count));
    await run(
      `INSERT INTO tracks SELECT value->>'label', value->>'id', value->>'line', value->>'words', value->>'bpm', value->>'durationMs', value->>'artist', value->>'year', value->>'name' FROM json_each(?1)`,
      [
        JSON.stringify(
          rows.map((track, i) => ({
            label: at + i,
            id: track.id,
            line: JSON.stringify(track),
            words: textOf(track),
            bpm: track.bpm,
            durationMs: track.durationMs,
            artist: track.artist,
            year: track.fields?.year,
            name: track.fields?.label,
          })),
        ),
      ],
    );
    await run(`INSERT INTO tags SELECT value->>0, value->>1 FROM json_each(?1)`, [
      JSON.stringify(rows.flatMap(({ tags = [] }, i) => tags.map((tag) => [tag, at + i]))),
    ]);
    bar.tick(BATCH);
  }
  bar.done();
  for (const text of INDEXES) await run(text);
  console.log(
    `\n${count.toLocaleString('en')} tracks in D1: ${((performance.now() - start) / 1000).toFixed(0)} s to write, ${(written / 1e6).toFixed(2)} million rows written (those of the indexes included), ${(bytes / 1e6).toFixed(0)} MB`,
  );
}

async function ask(count: number): Promise<void> {
  console.log(
    `${''.padEnd(42)}${'first ms'.padStart(10)}${'p50'.padStart(8)}${'rows read'.padStart(14)}${'rows'.padStart(8)}`,
  );
  for (const [what, text] of Object.entries(ASKED)) {
    const times: number[] = [];
    let said: Said | undefined;
    for (let round = 0; round < 1 + ROUNDS; round++) {
      const start = performance.now();
      said = await sql(text, [1000 + Math.floor((round * count) / 100)]);
      times.push(performance.now() - start);
    }
    const [first, ...more] = times;
    console.log(
      `${what.padEnd(42)}${first.toFixed(0).padStart(10)}${quantile(more, 0.5).toFixed(1).padStart(8)}${said!.read.toLocaleString('en').padStart(14)}${String(said!.rows).padStart(8)}`,
    );
  }
}

const WORKER = `export default {
  async fetch(request, { DB }) {
    if (request.method === 'GET') return new Response('ready');
    const { text, values } = await request.json();
    try {
      const { results, meta } = await DB.prepare(text).bind(...values).all();
      return Response.json({ rows: results.length, read: meta.rows_read, written: meta.rows_written, bytes: meta.size_after });
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};
`;

async function answering(): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    if ((await fetch(`http://127.0.0.1:${PORT}/`).catch(() => undefined))?.ok) return;
    await new Promise((wait) => setTimeout(wait, 500));
  }
  throw new Error(`bench: expected wrangler dev to answer on port ${PORT} within ${START_MS / 1000} s. Is it free?`);
}
