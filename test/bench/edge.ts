/**
 * How long an answer takes: the first one of a fresh Worker, warm ones, and the same path in Node over onnxruntime-node.
 *
 * It runs on the bundle that is in index/bundle (npm run demo makes one) and on the demo's clips. Times are over HTTP on this
 * machine; the Worker's own share of them is its Server-Timing total.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { embedFrames } from '../../functions/embed/basic-frames.ts';
import { groundInCatalogue } from '../../functions/ground.ts';
import { readFrames } from '../../offline/demo/media.ts';
import { startWorker } from '../../offline/edge/local-worker.ts';
import { openIndexInNode } from '../../offline/edge/node-index.ts';
import { nodeDecoders } from '../../offline/media/image-codecs.ts';

const root = resolve(import.meta.dirname, '../..');
const CLIPS = 8;
const ROUNDS = 10;
const WARM_UP = 16;

interface Asked {
  frames: Uint8Array[];
  tokens: Float32Array;
}

export async function benchEdge(): Promise<void> {
  const bundle = join(root, 'index/bundle');
  const clips = join(root, '.cuepoint/demo/clips');
  if (!existsSync(join(bundle, 'manifest.json')) || !existsSync(clips))
    throw new Error('bench: run `npm run demo -- --once` first.');
  const asked = await readClips(clips);
  const index = await openIndexInNode(bundle, 1);
  const { tracks, segments } = index.manifest.counts;
  const frames = asked.reduce((total, clip) => total + clip.frames.length, 0) / asked.length;
  console.log(
    `${cpus().length} × ${cpus()[0].model}, Node ${process.version}; ${tracks} tracks, ${segments} segments, ${frames.toFixed(1)} frames a clip`,
  );
  console.log(`${'ms'.padEnd(34)}${['first', 'p50', 'p95'].map((name) => name.padStart(8)).join('')}`);

  const worker = await startWorker(root);
  try {
    for (const k of [1, 5]) {
      const image = await measure(asked, (clip) => post(worker.url, framesForm(clip, k)));
      row(`workerd, frames, k=${k}`, image);
      const tokens = await measure(asked, (clip) =>
        post(worker.url, tokensJson(clip, k, index.manifest.encoders.image)),
      );
      row(`workerd, tokens, k=${k}`, tokens);
      const native = await measure(asked, ({ tokens, frames }) =>
        groundInCatalogue(index, { tokens, durationMs: frames.length * 1000, fit: 'clip' }, k, () => performance.now()),
      );
      row(`Node, 1 thread, tokens, k=${k}`, native);
      console.log(`  workerd / Node, tokens, p50: ${(quantile(tokens, 0.5) / quantile(native, 0.5)).toFixed(2)}`);
    }
  } finally {
    await worker.stop();
  }
}

async function readClips(folder: string): Promise<Asked[]> {
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name);
  const decoders = await nodeDecoders();
  return Promise.all(
    names
      .sort()
      .slice(-CLIPS)
      .map(async (name) => {
        const frames = await readFrames(join(folder, name));
        return { frames, tokens: await embedFrames(frames, decoders) };
      }),
  );
}

/** Milliseconds of each call, the first of all in front; the calls that warm up are left out otherwise. */
async function measure(asked: readonly Asked[], call: (clip: Asked) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + CLIPS * ROUNDS; i++) {
    const start = performance.now();
    await call(asked[i % asked.length]);
    times.push(performance.now() - start);
  }
  return [times[0], ...times.slice(WARM_UP)];
}

function row(name: string, times: readonly number[]): void {
  const shown = [times[0], quantile(times, 0.5), quantile(times, 0.95)];
  console.log(`${name.padEnd(34)}${shown.map((ms) => ms.toFixed(1).padStart(8)).join('')}`);
}

function quantile(times: readonly number[], share: number): number {
  const sorted = times.slice(1).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

async function post(url: string, init: RequestInit): Promise<void> {
  const response = await fetch(`${url}/v1/moments`, { method: 'POST', ...init });
  const body = await response.text();
  if (!response.ok) throw new Error(`bench: expected 200, got ${response.status}: ${body}`);
}

function framesForm({ frames }: Asked, k: number): RequestInit {
  const form = new FormData();
  for (const [i, frame] of frames.entries()) form.append('frames', new Blob([new Uint8Array(frame)]), `${i}.jpg`);
  form.append('k', String(k));
  return { body: form };
}

function tokensJson(
  { frames, tokens }: Asked,
  k: number,
  { name, width }: { name: string; width: number },
): RequestInit {
  const body = {
    encoder: name,
    shape: [frames.length, width],
    tokens: Buffer.from(tokens.buffer, tokens.byteOffset, tokens.byteLength).toString('base64'),
    durationMs: frames.length * 1000,
    k,
  };
  return { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
}
