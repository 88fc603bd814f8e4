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
import { writeFileAtomic } from '../files.ts';
import { folderStore } from '../store/folder-store.ts';
import { movePointer, putManifest } from '../store/publish.ts';
import type { BundleStore } from '../store/store.ts';
import { filesNeeded, readChecked } from '../store/versions.ts';
import { type Latency, measureLatency } from './measure-latency.ts';

/** What is used of wrangler.toml; its own types need a Worker's globals. */
interface Configured {
  name?: string;
  compatibility_date?: string;
  compatibility_flags?: string[];
  assets?: Record<string, unknown>;
}

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
    const config = await writeConfig(root, folder, staged.name);
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

/** The Worker as it is deployed, on other assets, open, and without a limit of requests. */
async function writeConfig(root: string, folder: string, directory: string): Promise<string> {
  const { unstable_readConfig } = await import('wrangler'); // it takes its time to load
  const { name, compatibility_date, compatibility_flags, assets } = unstable_readConfig({
    config: join(root, 'wrangler.toml'),
  }) as Configured;
  const path = join(folder, 'wrangler.json');
  const config = {
    name,
    main: join(root, 'functions/worker.ts'),
    compatibility_date,
    compatibility_flags,
    assets: { ...assets, directory },
    vars: { ACCESS: 'open' },
  };
  await writeFileAtomic(path, JSON.stringify(config));
  return path;
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
