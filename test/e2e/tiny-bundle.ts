/**
 * A bundle for the end-to-end tier, in test/.tmp, made by the pipeline itself: a small world is composed, encoded, trained on for
 * a few epochs and indexed. What the model says is not worth much; the way it takes is the real one, in some seconds.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BASIC_FRAMES } from '../../functions/embed/basic-frames.ts';
import { readDataset } from '../../offline/data/dataset.ts';
import { writeDataset } from '../../offline/demo/dataset.ts';
import { encodeMusic } from '../../offline/encode/library.ts';
import { BASIC_AUDIO } from '../../offline/encoders/basic-audio.ts';
import { BASIC_AUDIO_CARD } from '../../offline/encoders/registry.ts';
import { builtIn } from '../../offline/encoders/store.ts';
import { buildBundle } from '../../offline/indexing/build.ts';
import { putPreviews } from '../../offline/indexing/previews.ts';
import { folderStore } from '../../offline/indexing/store/folder-store.ts';
import { train } from '../../offline/train/train.ts';
import { writeClips, writeTracks } from '../../offline/worlds/composed/media.ts';
import { createWorld } from '../../offline/worlds/composed/world.ts';
import { smallMade } from '../fixtures/made-configs.ts';

const temporary = join(import.meta.dirname, '../.tmp');
export const TINY_BUNDLE = join(temporary, 'tiny-bundle');

const SIZES = { tracks: 4, train: 12, val: 4, test: 4 };
const EPOCHS = 10;

async function makeTinyBundle(): Promise<void> {
  const folder = join(temporary, 'tiny-world');
  await Promise.all([folder, TINY_BUNDLE].map((path) => rm(path, { recursive: true, force: true })));
  const silent = () => ({ tick: () => undefined, skip: () => undefined, done: () => undefined });

  const world = createWorld('tiny', SIZES);
  const music = await writeTracks(world, folder, silent);
  const clips = await writeClips(world, folder, silent);
  const cache = join(folder, 'cache');
  const library = await encodeMusic(music, builtIn(BASIC_AUDIO_CARD), { cache, workers: 2, progress: silent });
  const tracks = [...library.tracks];
  await writeDataset(join(folder, 'data'), { world, tracks, clips, cache }, silent);
  const checkpoint = await train({
    config: { ...smallMade, frameWidth: BASIC_FRAMES.width, segmentWidth: BASIC_AUDIO.width },
    data: await readDataset(join(folder, 'data')),
    folder: join(folder, 'model'),
    length: { epochs: EPOCHS },
    batch: SIZES.train,
    micro: SIZES.train,
    seed: 'tiny',
    threads: 1,
    every: EPOCHS,
  });
  const { previews } = await putPreviews(folderStore(TINY_BUNDLE), music, tracks.slice(1)); // one has none
  await buildBundle({ tracks, checkpoint, folder: TINY_BUNDLE, previews, builtAt: new Date(0), threads: 1 });
}

if (import.meta.main) await makeTinyBundle();
