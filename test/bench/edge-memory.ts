/**
 * All that an isolate holds after many answers: onnxruntime's memory as the Worker counts it, V8's heap and array buffers as its
 * inspector does (https://chromedevtools.github.io/devtools-protocol/v8/Runtime/#method-getHeapUsage), which leaves WebAssembly out.
 */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { EncoderInfo } from '../../index/format/manifest.ts';
import type { EdgeIndex } from './edge-index.ts';
import { ask, readMetrics, tokensRequest } from './edge-requests.ts';
import { writeConfig } from './edge-service.ts';

const root = resolve(import.meta.dirname, '../..');
const [PORT, INSPECTOR_PORT] = [8791, 9331];
const ANSWERS = 300;
const START_MS = 60_000;

/** Of `wrangler dev`, since the test harness has no inspector. */
export async function benchMemory({ folder, clips }: EdgeIndex, { name, width }: EncoderInfo): Promise<void> {
  const url = `http://127.0.0.1:${PORT}`;
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const ports = ['--ip', '127.0.0.1', '--port', String(PORT), '--inspector-port', String(INSPECTOR_PORT)];
  const options = ['--config', await writeConfig('inspected', folder), '--show-interactive-dev-session=false'];
  const guard = join(root, 'offline/local-worker/guard.ts'); // ends workerd too
  const child = spawn(process.execPath, [guard, process.execPath, wrangler, 'dev', ...ports, ...options], {
    cwd: root,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await answering(`${url}/openapi.json`);
    console.log(`\nMemory of an isolate, MB, after ${ANSWERS} answers`);
    for (const k of [1, 5]) {
      for (let i = 0; i < ANSWERS / 2; i++) await ask(url, tokensRequest(clips[i % clips.length], name, width, k));
      const { usedSize, backingStorageSize } = await heapUsage();
      const wasm = (await readMetrics(url)).get('wasm_heap_bytes') ?? Number.NaN;
      const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
      console.log(
        `  k=${k}: ${mb(wasm + usedSize + backingStorageSize)} in all: wasm ${mb(wasm)}, array buffers ${mb(backingStorageSize)} with what is not collected yet, JavaScript's heap ${mb(usedSize)}`,
      );
    }
  } finally {
    child.stdin?.end();
    await ended;
  }
}

async function answering(url: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    if ((await fetch(url).catch(() => undefined))?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`bench: expected wrangler dev to answer at ${url} within ${START_MS / 1000} s. Is the port free?`);
}

interface HeapUsage {
  usedSize: number;
  backingStorageSize: number;
}

/** Looks, when garbage is not to count: what goes on between a collection and the look after it leaves some, so that the least is taken. */
const LOOKS = 4;

/** @param collectBy address of the Worker where what is garbage is not to count: workerd collects only while it answers something */
export async function heapUsage(port = INSPECTOR_PORT, collectBy?: string): Promise<HeapUsage> {
  const [{ webSocketDebuggerUrl }] = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const headers = { Origin: `http://localhost:${port}`, 'User-Agent': 'cuepoint-bench' }; // without them it refuses
  const socket = new WebSocket(webSocketDebuggerUrl, { headers } as unknown as string[]); // Node takes headers, the type does not
  try {
    await new Promise((opened, failed) => {
      socket.onopen = opened;
      socket.onerror = () => failed(new Error('bench: expected the inspector to answer, got a closed connection.'));
    });
    const seen: HeapUsage[] = [];
    for (let look = 1; look <= (collectBy ? LOOKS : 1); look++) {
      if (collectBy) {
        socket.send(JSON.stringify({ id: 0, method: 'HeapProfiler.collectGarbage' }));
        await (await fetch(`${collectBy}/metrics`)).arrayBuffer();
      }
      seen.push(await usage(socket, look));
    }
    return seen.reduce((one, other) => (sum(other) < sum(one) ? other : one));
  } finally {
    socket.close();
  }
}

function usage(socket: WebSocket, id: number): Promise<HeapUsage> {
  return new Promise((resolve, reject) => {
    socket.onclose = () => reject(new Error('bench: expected the heap usage, got a closed connection.'));
    socket.onmessage = ({ data }) => {
      const answer = JSON.parse(String(data)) as { id?: number; result?: HeapUsage };
      if (answer.id === id && answer.result) resolve(answer.result);
    };
    socket.send(JSON.stringify({ id, method: 'Runtime.getHeapUsage' }));
  });
}

const sum = ({ usedSize, backingStorageSize }: HeapUsage): number => usedSize + backingStorageSize;
