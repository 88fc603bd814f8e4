/** The Worker on this machine: `wrangler dev` as a child process, and a clip sent to it as an app would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';

export interface LocalWorker {
  url: string;
  /** Settles when the process ends by itself. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

const PREFERRED_PORT = 8787;
const START_TIMEOUT_MS = 90_000;

/** @param root the project's folder @throws Error with wrangler's last words when the Worker does not come up */
export async function startWorker(root: string): Promise<LocalWorker> {
  const port = (await isFree(PREFERRED_PORT)) ? PREFERRED_PORT : await freePort();
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const child = spawn(
    process.execPath,
    [
      wrangler,
      'dev',
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--inspector-port',
      '0',
      '--show-interactive-dev-session=false',
    ],
    {
      cwd: root,
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a process group of its own, so that workerd ends with wrangler
    },
  );
  let log = '';
  const keep = (text: Buffer) => {
    log = (log + text).slice(-4000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const worker: LocalWorker = { url: `http://127.0.0.1:${port}`, ended, stop: () => stop(child, ended) };
  const stopNow = () => signalGroup(child, 'SIGKILL');
  process.once('exit', stopNow);
  ended.then(() => process.removeListener('exit', stopNow));

  try {
    await untilHealthy(worker.url, child);
    return worker;
  } catch (error) {
    await worker.stop();
    throw new Error(`${error instanceof Error ? error.message : error} wrangler said:\n${log.trim()}`);
  }
}

async function untilHealthy(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error('worker: wrangler dev ended before the Worker answered.');
    const response = await fetch(`${url}/healthz`).catch(() => undefined); // not listening yet
    if (response?.ok) return;
    if (response && response.status === 503)
      throw new Error(`worker: ${((await response.json()) as { detail?: string }).detail}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`worker: expected an answer within ${START_TIMEOUT_MS / 1000} s, got none.`);
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  signalGroup(child, 'SIGTERM');
  const patience = setTimeout(() => signalGroup(child, 'SIGKILL'), 5000);
  await ended;
  clearTimeout(patience);
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // ended by itself meanwhile
  }
}

export interface Answer {
  indexVersion: string;
  modelVersion: string;
  moments: {
    rank: number;
    track: { id: string; title: string; durationMs: number };
    startMs: number;
    endMs: number;
    predicted: { startMs: number; endMs: number };
    relevance: number;
  }[];
}

/** POST /v1/moments. @throws Error with the problem's sentence when the Worker refuses */
export async function askForMoments(
  url: string,
  { frames, durationSec, k }: { frames: readonly Uint8Array[]; durationSec: number; k: number },
): Promise<{ answer: Answer; timing: string; elapsedMs: number }> {
  const form = new FormData();
  for (const [i, frame] of frames.entries())
    form.append('frames', new Blob([new Uint8Array(frame)], { type: 'image/jpeg' }), `${i}.jpg`);
  form.append('durationMs', String(Math.round(durationSec * 1000)));
  form.append('k', String(k));
  const start = performance.now();
  const response = await fetch(`${url}/v1/moments`, { method: 'POST', body: form });
  const body = (await response.json()) as Answer & { code?: string; detail?: string };
  if (!response.ok) throw new Error(`worker: ${body.code}: ${body.detail}`);
  return { answer: body, timing: response.headers.get('server-timing') ?? '', elapsedMs: performance.now() - start };
}

async function isFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== undefined;
}

async function freePort(): Promise<number> {
  return (await listenOnce(0)) as number;
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const { port: found } = server.address() as { port: number };
      server.close(() => resolve(found));
    });
  });
}
