/** The Worker on this machine: `wrangler dev` as a child process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';

export interface LocalWorker {
  url: string;
  /** Settles when the process ends by itself. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

interface StartOptions {
  config?: string;
  signal?: AbortSignal;
  state?: string;
  anyPort?: boolean;
}

const PREFERRED_PORT = 8787;
/** Far beyond what it takes: a machine that is busy with other work starts it slowly. */
const START_TIMEOUT_MS = 300_000;

/**
 * @param root the project's folder, whose wrangler.toml is used unless another configuration is given
 * @param options `signal` stops it; `state` is where local buckets lie, unless beside the configuration; `anyPort` leaves the usual one to others
 * @throws Error with wrangler's last words when the Worker does not come up; the signal's reason when it was stopped before
 */
export async function startWorker(
  root: string,
  { config, signal, state, anyPort }: StartOptions = {},
): Promise<LocalWorker> {
  const port = !anyPort && (await isFree(PREFERRED_PORT)) ? PREFERRED_PORT : await freePort();
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const guard = join(import.meta.dirname, 'guard.ts');
  // Only this machine reaches it: it needs no keys.
  const options = ['dev', '--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0', '--var', 'ACCESS:open'];
  if (config) options.push('--config', config);
  if (state) options.push('--persist-to', state);
  const child = spawn(
    process.execPath,
    [guard, process.execPath, wrangler, ...options, '--show-interactive-dev-session=false'],
    {
      cwd: root,
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
      stdio: ['pipe', 'pipe', 'pipe'], // the guard ends with its input
      detached: true, // the guard leads a group of its own: wrangler, workerd and esbuild
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
  const stop = () => {
    child.stdin.end();
    return ended;
  };
  if (signal?.aborted) void stop();
  signal?.addEventListener('abort', stop, { once: true });
  const worker: LocalWorker = { url: `http://127.0.0.1:${port}`, ended, stop };

  try {
    await untilHealthy(worker.url, child);
    return worker;
  } catch (error) {
    await worker.stop();
    signal?.throwIfAborted();
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
