/** From frames: on the demo's bundle, whose basic-frames encoder runs in the Worker; CLIP, which the large index wants, does not fit. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readFrames } from '../../offline/worlds/composed/media.ts';
import { ask, framesRequest } from './edge-requests.ts';
import { startEdgeWorker } from './edge-service.ts';
import { measure, printTable } from './edge-table.ts';

const root = resolve(import.meta.dirname, '../..');
const bundle = join(root, '.cuepoint/bundle');
const clips = join(root, '.cuepoint/demo/clips');
const CLIPS = 8;
const REQUESTS = 100;

export async function benchFrames(): Promise<void> {
  if (!existsSync(join(bundle, 'current.json')) || !existsSync(clips)) {
    console.log('\nFrom frames: not measured; `npm run demo -- --once` makes the bundle and the clips for it.');
    return;
  }
  const names = (await readdir(clips, { withFileTypes: true })).filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.'),
  );
  const asked = await Promise.all(
    names
      .map(({ name }) => name)
      .sort()
      .slice(-CLIPS)
      .map((name) => readFrames(join(clips, name))),
  );
  const frames = asked.reduce((sum, clip) => sum + clip.length, 0) / asked.length;
  const worker = await startEdgeWorker(bundle);
  try {
    console.log(
      `\nWarm, from ${frames.toFixed(1)} frames (320×180 JPEG) a clip, the demo's bundle (32 tracks, d 64, basic-frames)`,
    );
    for (const k of [1, 5, 10]) {
      const workerd = await measure(asked, (clip) => ask(worker.url, framesRequest(clip, k)), REQUESTS);
      printTable(`k = ${k}`, { workerd });
    }
  } finally {
    await worker.close();
  }
}
