/**
 * A queue of files: how fast workers of it encode against processes of one machine, what it costs a file, and what a million files take of
 * the queue's server and of who enqueues.
 *
 * redis-server is started here, on a free port, without persistence. Media are tones, so that nothing but the encoder and the queue is measured.
 * `npm run bench -- queue million` (or `cost`, `workers`, with fewer files `workers 12`) runs one part of it. What others do on the machine adds to times and hardly to CPU.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { encodeTracks } from '../../offline/encode/encode.ts';
import { tracksBy } from '../../offline/encode/medium.ts';
import { type Connection, connect } from '../../offline/encode/queue/connection.ts';
import { encodeByQueue } from '../../offline/encode/queue/enqueue.ts';
import { type Asked, divide, planOf, shardName } from '../../offline/encode/queue/job.ts';
import { openJournal } from '../../offline/encode/queue/journal.ts';
import { addJobs, lookAt, type Shard } from '../../offline/encode/queue/queued.ts';
import { openSource } from '../../offline/encode/queue/source.ts';
import { openTokenStore } from '../../offline/encode/queue/token-store.ts';
import { BASIC_AUDIO_CARD } from '../../offline/encoders/registry.ts';
import { builtIn } from '../../offline/encoders/store.ts';
import { sha256Hex } from '../../offline/lib/files.ts';
import { findAudio } from '../../offline/media/media-files.ts';
import { writeWav } from '../../offline/media/wav.ts';
import { hasRedis, startRedis } from '../unit/encode/queue/redis-server.ts';
import { sine } from '../unit/media/signals.ts';

const SHARD_FILES = 64;
const MILLION = 1_000_000;
/** Tones of a length that takes about as long as the first minutes of a track. */
const FILES = Number(process.argv[4] ?? 32);
const FILE_SEC = 60;
/** Of the queue's own cost: all of them are encoded before. */
const SHORT_FILES = 512;
const audio = builtIn(BASIC_AUDIO_CARD);
const silent = () => ({ tick: () => {}, skip: () => {}, done: () => {} });
const cli = join(import.meta.dirname, '../../offline/cli.ts');

export async function benchQueue(): Promise<void> {
  if (!hasRedis) throw new Error('bench: expected redis-server, found none. Install it, or set CUEPOINT_REDIS_SERVER.');
  console.log(`${cpus().length} × ${cpus()[0].model}, Node ${process.version}, load ${loadavg()[0].toFixed(1)}`);
  const root = await mkdtemp(join(tmpdir(), 'cuepoint-bench-queue-'));
  const parts = { million: benchMillion, cost: benchCost, workers: benchWorkers };
  try {
    for (const [name, part] of Object.entries(parts))
      if (!process.argv[3] || process.argv[3] === name) await part(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

/** Names only: what is enqueued is never encoded. */
async function benchMillion(): Promise<void> {
  await withServer(async (connection) => {
    const journal = openJournal(connection.redis, Date.now);
    const plan = planOf(tracksBy(audio), '/media/library', 'bench');
    const files: Asked[] = Array.from({ length: MILLION }, (_, i) => {
      const number = String(i).padStart(7, '0');
      return {
        at: `Artist ${number.slice(0, 4)}/Album ${number.slice(4, 5)}/Track ${number}.mp3`,
        content: sha256Hex(number),
        bytes: 5e6,
      };
    });
    const [memory, heap] = [await usedMemory(connection), process.memoryUsage().rss];
    const seconds = stopwatch();
    const shards: Shard[] = divide(files, SHARD_FILES).map((places) => ({
      name: shardName(
        plan,
        places.map((at) => files[at]),
      ),
      files: places,
      lost: 0,
    }));
    const divided = seconds();
    await addJobs(connection, journal, shards, (at) => files[at], plan);
    const added = seconds();
    const after = await usedMemory(connection);
    await addJobs(connection, journal, shards, (at) => files[at], plan);
    const again = seconds();
    const { gone } = await lookAt(
      connection,
      shards.map(({ name }) => name),
    );
    const looked = seconds();
    const { left } = await journal.run();
    console.log(`\n${MILLION} files, ${shards.length} shards`);
    console.log(`  divided and named          ${shown(divided)}`);
    console.log(`  enqueued                   ${shown(added)}`);
    console.log(
      `  enqueued a second time     ${shown(again)}, ${await connection.queue.getWaitingCount()} jobs wait, ${left} files left`,
    );
    console.log(`  looked at once             ${shown(looked)}, ${gone.length} gone`);
    console.log(
      `  server's memory            ${mib(after - memory)} (${((after - memory) / MILLION).toFixed(0)} bytes a file)`,
    );
    console.log(
      `  this process, with names   ${mib(process.memoryUsage().rss)}, ${mib(process.memoryUsage().rss - heap)} of it since the names were there`,
    );
  });
}

/** Everything that a queue does beside encoding: files that are encoded already, through a worker. */
async function benchCost(root: string): Promise<void> {
  const music = await tones(join(root, 'short'), SHORT_FILES, 1);
  const cache = join(root, 'short-store');
  const found = await findAudio(music);
  await encodeTracks(found, audio, { cache, workers: 2, progress: silent });
  const alone = stopwatch();
  await encodeTracks(found, audio, { cache, workers: 1, progress: silent });
  const here = alone();
  await withServer(async (connection) => {
    const before = await serverCpu(connection);
    const worker = await startWorkers(1, connection.address, cache);
    const took = stopwatch();
    await byQueue(connection, music, cache);
    const there = took();
    const server = (await serverCpu(connection)) - before;
    await worker.stop();
    const ms = (sec: number): string => `${((1000 * sec) / SHORT_FILES).toFixed(2)} ms a file`;
    console.log(`\n${SHORT_FILES} files that are encoded already`);
    console.log(`  looked at by \`encode\`       ${shown(here)}, ${ms(here.wall)}`);
    console.log(`  through queue and worker   ${shown(there)}, ${ms(there.wall)}`);
    console.log(`  server's CPU               ${server.toFixed(2)} s, ${ms(server)}`);
  });
}

async function benchWorkers(root: string): Promise<void> {
  const music = await tones(join(root, 'long'), FILES, FILE_SEC);
  const found = await findAudio(music);
  const rows: { name: string; wall: number; cpu: number }[] = [];
  for (const workers of [1, 2]) {
    const [took, cpu] = [stopwatch(), await endedCpu()];
    await encodeTracks(found, audio, { cache: join(root, `cache-${workers}`), workers, progress: silent });
    const { wall, cpu: own } = took();
    await setTimeout(200); // its processes have ended
    rows.push({ name: `--workers ${workers}`, wall, cpu: own + (await endedCpu()) - cpu });
  }
  for (const count of [1, 2, 4])
    await withServer(async (connection) => {
      const store = join(root, `store-${count}`);
      const workers = await startWorkers(count, connection.address, store);
      const [took, server] = [stopwatch(), await serverCpu(connection)];
      await byQueue(connection, music, store, 4);
      const { wall, cpu: own } = took();
      const all = own + (await serverCpu(connection)) - server + (await workers.cpu());
      await workers.stop();
      rows.push({ name: `${count} worker${count > 1 ? 's' : ''} of a queue`, wall, cpu: all });
    });
  const [one, two] = rows;
  console.log(`\n${FILES} tones of ${FILE_SEC} s, ${audio.name}, load ${loadavg()[0].toFixed(1)}`);
  for (const { name, wall, cpu } of rows)
    console.log(
      `  ${name.padEnd(22)}${wall.toFixed(1).padStart(7)} s, ${((60 * FILES) / wall).toFixed(0).padStart(4)} files a minute, ${(one.wall / wall).toFixed(2)} × --workers 1, ${(two.wall / wall).toFixed(2)} × --workers 2; CPU ${((1000 * cpu) / FILES).toFixed(0)} ms a file, ${(cpu / two.cpu).toFixed(2)} × --workers 2`,
    );
}

async function byQueue(connection: Connection, music: string, place: string, shardFiles = SHARD_FILES): Promise<void> {
  const store = await openTokenStore(place, place);
  const source = await openSource(music);
  const options = { connection, store, shardFiles, start: silent, say: () => {}, label: 'music', pollMs: 100 };
  await encodeByQueue(await findAudio(music), source, tracksBy(audio), options);
}

interface Workers {
  /** Seconds since they were connected, with the processes that encode. */
  cpu(): Promise<number>;
  stop(): Promise<void>;
}

/** Each a process of its own with one that encodes, connected when this returns. */
async function startWorkers(count: number, address: string, place: string): Promise<Workers> {
  await mkdir(place, { recursive: true });
  const args = [cli, 'worker', '--queue', address, '--store', place, '--workers', '1'];
  const start = (): ChildProcess => spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const children = Array.from({ length: count }, start);
  await Promise.all(children.map((child) => once(child.stdout!, 'data')));
  for (const child of children) child.stdout!.resume();
  await setTimeout(500);
  const cpuNow = async (): Promise<number> => {
    let seconds = 0;
    for (const { pid } of children) seconds += await treeCpu(pid!);
    return seconds;
  };
  const before = await cpuNow();
  return {
    cpu: async () => (await cpuNow()) - before,
    async stop() {
      const ended = Promise.all(children.map((child) => once(child, 'exit')));
      for (const child of children) child.kill('SIGTERM');
      await ended;
    },
  };
}

async function withServer(work: (connection: Connection) => Promise<void>): Promise<void> {
  const server = await startRedis();
  const connection = await connect(server.address, { say: console.log });
  try {
    await work(connection);
  } finally {
    await connection.close();
    await server.stop();
  }
}

async function tones(folder: string, count: number, seconds: number): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (let i = 0; i < count; i++)
    await writeFile(
      join(folder, `${String(i).padStart(4, '0')}.wav`),
      writeWav(sine(200 + i, seconds, 16000, 0.3), 16000),
    );
  return folder;
}

interface Took {
  wall: number;
  /** Of this process. */
  cpu: number;
}

/** @returns seconds since the last call, or since it was made */
function stopwatch(): () => Took {
  let [wall, cpu] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    const took = { wall: (performance.now() - wall) / 1000, cpu: (user + system) / 1e6 };
    [wall, cpu] = [performance.now(), process.cpuUsage()];
    return took;
  };
}

/** Seconds of CPU of a process, and of those of its children that have ended. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
async function cpuOf(pid: number | 'self'): Promise<{ own: number; ended: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from the third on
  const seconds = (from: number): number => (Number(fields[from]) + Number(fields[from + 1])) / TICKS;
  return { own: seconds(11), ended: seconds(13) };
}

/** With its children that live. */
async function treeCpu(pid: number): Promise<number> {
  const { own, ended } = await cpuOf(pid);
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean).map(Number);
  let seconds = own + ended;
  for (const child of children) seconds += (await cpuOf(child)).own;
  return seconds;
}

const endedCpu = async (): Promise<number> => (await cpuOf('self')).ended;
/** A second, on every Linux that Node runs on. */
const TICKS = 100;

const shown = ({ wall, cpu }: Took): string => `${wall.toFixed(1)} s (${cpu.toFixed(1)} s of CPU here)`;
const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

async function infoOf({ redis }: Connection, field: string): Promise<number> {
  return Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(await redis.info())?.[1]);
}

const usedMemory = (connection: Connection): Promise<number> => infoOf(connection, 'used_memory');
const serverCpu = async (connection: Connection): Promise<number> =>
  (await infoOf(connection, 'used_cpu_user')) + (await infoOf(connection, 'used_cpu_sys'));
