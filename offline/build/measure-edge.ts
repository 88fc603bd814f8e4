/**
 * How long the Worker takes to answer, in workerd on this machine, over HTTP: for `--edge`. The index is laid out as it would be
 * published, in a folder of its own, since nothing may be answered from it yet.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clip } from '../../functions/grounding/options.ts';
import type { Manifest } from '../../index/manifest.ts';
import { startWorker } from '../edge/local-worker.ts';
import { prepareWorker } from '../edge/prepare.ts';
import { writeWorkerConfig } from '../edge/worker-config.ts';
import { folderStore } from '../store/folder-store.ts';
import { movePointer, putManifest } from '../store/publish.ts';
import type { BundleStore } from '../store/store.ts';
import { filesNeeded, readChecked } from '../store/versions.ts';
import { type Latency, measureLatency } from './measure-latency.ts';

/** @param root the project's folder @throws Error when the Worker does not start or refuses a clip */
export async function latencyInWorkerd(
  root: string,
  store: BundleStore,
  manifest: Manifest,
  clips: readonly Clip[],
): Promise<Latency> {
  const below = join(root, '.wrangler/tmp');
  await mkdir(below, { recursive: true });
  const folder = await mkdtemp(join(below, 'measure-'));
  try {
    const staged = folderStore(join(folder, 'assets'));
    for (const file of await filesNeeded(store, manifest))
      await staged.write(file.path, (await readChecked(store, file)).bytes);
    await putManifest(staged, manifest, {});
    await movePointer(staged, manifest.indexVersion, { from: {}, now: new Date(0), keep: 1 });
    await prepareWorker();
    const config = join(folder, 'wrangler.json');
    await writeWorkerConfig(config, { root, directory: staged.name });
    const worker = await startWorker(root, { config });
    try {
      return await measureLatency(clips, (clip, k) => ask(worker.url, manifest, clip, k));
    } finally {
      await worker.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function ask(url: string, { encoders, model }: Manifest, { tokens, durationMs }: Clip, k: number): Promise<void> {
  const { name, width } = encoders.image;
  const frames = Math.min(model.maxFrames, tokens.length / width);
  const bytes = new Uint8Array(Float32Array.from(tokens.subarray(0, frames * width)).buffer);
  const response = await fetch(`${url}/v1/moments`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      encoder: name,
      shape: [frames, width],
      tokens: Buffer.from(bytes).toString('base64'),
      durationMs,
      k,
    }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`--edge: expected an answer of the Worker, got ${response.status}: ${text}`);
}
