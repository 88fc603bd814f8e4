/**
 * The whole way on one machine: compose music and clips, encode, train, index, serve, ask.
 *
 * Every step is the same code that works on real media; only the music and the clips are made up, so that the right answers
 * are known. With `music` the index is built over the user's own folder, with `clip` the user's own clip is asked about.
 */

import { join, relative } from 'node:path';
import { BASIC_FRAMES } from '../../functions/embed/basic-frames.ts';
import { readDataset } from '../data/dataset.ts';
import { encodeMusic, findMusic } from '../encode/library.ts';
import { BASIC_AUDIO } from '../encoders/basic-audio.ts';
import { BASIC_AUDIO_CARD } from '../encoders/registry.ts';
import { builtIn } from '../encoders/store.ts';
import { reportTest } from '../evaluate/test-report.ts';
import { indexMusic } from '../indexing/index-music.ts';
import { heldOutSplit } from '../indexing/queries.ts';
import { BUNDLE } from '../lib/places.ts';
import { createProgress, type Progress } from '../lib/progress.ts';
import { askForMoments } from '../local-worker/ask.ts';
import { type LocalWorker, startWorker } from '../local-worker/local-worker.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import { small } from '../models/dense-start/config.ts';
import { train } from '../train/train.ts';
import { type StartProgress, writeClips, writeTracks } from '../worlds/composed/media.ts';
import { createWorld } from '../worlds/composed/world.ts';
import { rightTrack, writeDataset } from './dataset.ts';
import { type Asked, heldOutClips, ownClip } from './questions.ts';
import { putSample } from './sample.ts';
import { asList, besideTruth, timingLine } from './show.ts';

export interface DemoOptions {
  /** The project's folder: its wrangler.toml and .cuepoint are used. */
  root: string;
  /** Index this folder instead of the composed tracks. */
  music?: string;
  /** Ask about this video file or folder of pictures instead of held-out clips. */
  clip?: string;
  /** Where the reader stands: printed paths start from it. */
  here: string;
  seed: string;
  threads: number;
  /** Called with each line for the reader. */
  print: (line: string) => void;
  now: () => Date;
}

const EPOCHS = 300;
const BATCH = 28;
const VALIDATE_EVERY = 20;
const TOP = 5;
/** Below these the model has not learned its world, whatever the loss says; of moments as long as the clip. */
const LEAST = { r1OverChance: 12, mIoUOverStart: 0.15, moR1: 0.1 } as const;

/** Everything up to the answer. @returns the Worker, still running, to be stopped by the caller */
export async function demo(options: DemoOptions): Promise<LocalWorker> {
  const { root, print } = options;
  const home = join(root, '.cuepoint');
  const cache = join(home, 'cache');
  const folder = join(home, 'demo');
  const start: StartProgress = (label, total) => createProgress({ label, total });

  // What the user brings is looked at first: a wrong path is said now, not after the training.
  const own = options.clip ? await ownClip(options.clip, join(folder, 'asked')) : undefined;
  if (options.music) await findMusic(options.music);

  const world = createWorld(options.seed);
  const music = await writeTracks(world, folder, start);
  const clips = await writeClips(world, folder, start);
  const composed = await encodeMusic(music, builtIn(BASIC_AUDIO_CARD), {
    cache,
    workers: options.threads,
    progress: (total) => start('encode tracks', total),
  });
  const tracks = [...composed.tracks];
  const data = join(folder, 'data');
  await writeDataset(data, { world, tracks, clips, cache }, start);

  const checkpoint = await trainOn(data, join(folder, 'model'), options);
  await printEvaluation(checkpoint, data, options);

  const manifest = await indexMusic({
    ...options,
    music: options.music ?? music, // the composed tracks are encoded already: this reads them from the cache
    checkpoint,
    folder: join(root, BUNDLE),
    cache,
    encoders: join(home, 'encoders'),
    withPreviews: true,
    heldOut: heldOutSplit(await readDataset(data)),
    workers: options.threads,
    progress: start,
  });

  const [sample] = await heldOutClips(world, clips);
  await putSample(join(root, BUNDLE), `${sample.name}.mp4`, `${sample.folder}.mp4`);

  const worker = await startWorker(root);
  try {
    const asked = own ? [own] : await heldOutClips(world, clips);
    if (!own) print('\nThree held-out clips, chosen by number: the first, the middle and the last');
    let took = '';
    for (const question of asked) {
      const { answer, timing, elapsedMs } = await askForMoments(worker.url, { ...question, k: TOP });
      if (answer.indexVersion !== manifest.indexVersion)
        throw new Error(
          `worker: expected an answer from index ${manifest.indexVersion}, got ${answer.indexVersion}. Stop other Workers and run the demo again.`,
        );
      const { clip } = question;
      const lines =
        clip && !options.music
          ? besideTruth(answer, clip, rightTrack({ world, tracks }, clip))
          : asList(answer, question);
      print(lines.join('\n'));
      took = timingLine(timing, elapsedMs);
    }
    print(took); // of the last, when everything has been loaded
    const [first] = asked;
    print(
      `\nAsk again, while the service (or "npm run dev") runs:\n  ${curl(worker.url, { ...first, folder: relative(options.here, first.folder) || '.' })}`,
    );
    return worker;
  } catch (error) {
    await worker.stop();
    throw error;
  }
}

async function trainOn(data: string, folder: string, { seed, threads }: DemoOptions): Promise<Checkpoint> {
  let bar: Progress | undefined;
  let validation = '';
  const config = { ...small, frameWidth: BASIC_FRAMES.width, segmentWidth: BASIC_AUDIO.width };
  const checkpoint = await train({
    config,
    data: await readDataset(data),
    folder,
    length: { epochs: EPOCHS },
    batch: BATCH,
    micro: BATCH,
    seed,
    threads,
    every: VALIDATE_EVERY,
    otherRun: 'replace',
    onStart: ({ done, perEpoch }) => {
      bar = createProgress({ label: 'train', total: EPOCHS, from: done / perEpoch });
    },
    onEpoch: ({ loss, validation: v }) => {
      if (v) validation = ` · mIoU ${v.mIoU.toFixed(2)} R@1 ${v.r1.toFixed(2)} R@5 ${v.r5.toFixed(2)}`;
      bar?.tick(1, `loss ${loss.total.toFixed(2)}${validation}`);
    },
  });
  bar?.done();
  return checkpoint;
}

/** The held-out clips of the composed world, by the exact model. @throws Error when guessing is nearly as good */
async function printEvaluation(checkpoint: Checkpoint, folder: string, { threads, print }: DemoOptions): Promise<void> {
  const { fitted, startZero, chance, lines } = await reportTest(checkpoint, await readDataset(folder), threads);
  print(`\n${lines.join('\n')}`);
  const least = { r1: LEAST.r1OverChance * chance.r1, mIoU: startZero.mIoU + LEAST.mIoUOverStart, moR1: LEAST.moR1 };
  if (fitted.r1 < least.r1 || fitted.mIoU < least.mIoU || fitted.moR1 < least.moR1)
    throw new Error('demo: the model does not beat guessing clearly. Something that it is made of has been broken.');
}

function curl(url: string, { folder, durationSec }: Asked): string {
  const frames = `$(printf -- '-F frames=@%s ' ${folder}/*.jpg)`;
  return `curl -s ${frames} -F durationMs=${Math.round(durationSec * 1000)} -F k=${TOP} ${url}/v1/moments`;
}
