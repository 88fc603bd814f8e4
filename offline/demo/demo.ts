/**
 * The whole way on one machine: compose music and clips, encode, train, index, serve, ask.
 *
 * Every step is the same code that works on real media; only the music and the clips are made up, so that the right answers
 * are known. With `music` the index is built over the user's own folder, with `clip` the user's own clip is asked about.
 */

import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { BASIC_FRAMES } from '../../functions/embed/basic-frames.ts';
import { intersectionOverUnion } from '../../index/moment/moment.ts';
import { readDataset } from '../data/dataset.ts';
import { type EncodedTrack, encodeMusic, findMusic } from '../encode/library.ts';
import { BASIC_AUDIO } from '../encoders/basic-audio.ts';
import { BASIC_AUDIO_CARD } from '../encoders/registry.ts';
import { builtIn } from '../encoders/store.ts';
import { reportTest } from '../evaluate/test-report.ts';
import { indexMusic } from '../indexing/index-music.ts';
import { heldOutSplit } from '../indexing/queries.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { BUNDLE } from '../lib/places.ts';
import { createProgress, type Progress } from '../lib/progress.ts';
import { type Answer, askForMoments } from '../local-worker/ask.ts';
import { type LocalWorker, startWorker } from '../local-worker/local-worker.ts';
import { readClip } from '../media/video.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import { small } from '../models/made/config.ts';
import { train } from '../train/train.ts';
import { readFrames, type StartProgress, writeClips, writeTracks } from '../worlds/composed/media.ts';
import { type ClipPlan, createWorld, type World } from '../worlds/composed/world.ts';
import { rightTrack, writeDataset } from './dataset.ts';

export interface DemoOptions {
  /** The project's folder: its wrangler.toml and .cuepoint are used. */
  root: string;
  /** Index this folder instead of the composed tracks. */
  music?: string;
  /** Ask about this video file or folder of pictures instead of a held-out clip. */
  clip?: string;
  /** Where the reader stands: printed paths start from it. */
  here: string;
  seed: string;
  threads: number;
  /** Called with each line for the reader. */
  print: (line: string) => void;
  now: () => Date;
}

const EPOCHS = 240;
const BATCH = 28;
const VALIDATE_EVERY = 20;
const TOP = 5;
/** Below these the model has not learned its world, whatever the loss says. */
const LEAST = { r1OverChance: 8, mIoUOverStart: 0.1 } as const;
/** Longer clips are refused by the Worker. The model looks at the first 50 s. */
const LONGEST_CLIP_SEC = 600;

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
  const data = join(folder, 'data');
  await writeDataset(data, { world, tracks: composed.tracks, clips, cache }, start);

  const checkpoint = await trainOn(data, join(folder, 'model'), options);
  await printEvaluation(checkpoint, data, options);

  const manifest = await indexMusic({
    ...options,
    music: options.music ?? music, // the composed tracks are encoded already: this reads them from the cache
    checkpoint,
    folder: join(root, BUNDLE),
    cache,
    encoders: join(home, 'encoders'),
    heldOut: heldOutSplit(await readDataset(data)),
    workers: options.threads,
    progress: start,
  });

  const worker = await startWorker(root);
  try {
    const question = own ?? (await heldOutClip(world, clips));
    const { answer, timing, elapsedMs } = await askForMoments(worker.url, { ...question, k: TOP });
    if (answer.indexVersion !== manifest.indexVersion)
      throw new Error(
        `worker: expected an answer from index ${manifest.indexVersion}, got ${answer.indexVersion}. Stop other Workers and run the demo again.`,
      );
    printAnswer(answer, timing, elapsedMs, question, print);
    if (question.clip && !options.music)
      printTruth(question.clip, rightTrack({ world, tracks: composed.tracks }, question.clip), answer, print);
    print(
      `\nAsk again, while the service (or "npm run dev") runs:\n  ${curl(worker.url, { ...question, folder: relative(options.here, question.folder) || '.' })}`,
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
      bar = createProgress({ label: 'train MaDe', total: EPOCHS, from: done / perEpoch });
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
  const { model: made, startZero, chance, lines } = await reportTest(checkpoint, await readDataset(folder), threads);
  print(`\n${lines.join('\n')}`);
  if (made.r1 < LEAST.r1OverChance * chance.r1 || made.mIoU < startZero.mIoU + LEAST.mIoUOverStart)
    throw new Error('demo: the model does not beat guessing clearly. Something that it is made of has been broken.');
}

interface Asked {
  frames: Uint8Array[];
  durationSec: number;
  name: string;
  /** Where its JPEG frames lie. */
  folder: string;
  clip?: ClipPlan;
}

/** The first of the test split: not chosen for its answer. */
async function heldOutClip(world: World, clips: ReadonlyMap<ClipPlan, string>): Promise<Asked> {
  const clip = world.clips.find(({ split }) => split === 'test')!;
  const folder = clips.get(clip)!;
  return {
    frames: await readFrames(folder),
    durationSec: clip.durationSec,
    name: `${clip.id}, held out of training`,
    folder,
    clip,
  };
}

/** The frames are kept as files too, so that the curl for them works as it stands. */
async function ownClip(path: string, folder: string): Promise<Asked> {
  const { frames, durationSec } = await readClip(path);
  if (durationSec > LONGEST_CLIP_SEC)
    throw new Error(
      `${path}: expected a clip of at most ${LONGEST_CLIP_SEC / 60} minutes, got ${Math.round(durationSec / 60)}. Cut out the part that needs music.`,
    );
  await rm(folder, { recursive: true, force: true });
  for (const [i, frame] of frames.entries())
    await writeFileAtomic(join(folder, `${String(i).padStart(2, '0')}.jpg`), frame);
  return { frames, durationSec, name: path, folder };
}

function printAnswer(
  answer: Answer,
  timing: string,
  elapsedMs: number,
  { name, frames, durationSec }: Asked,
  print: (line: string) => void,
): void {
  print(`\nThe Worker's answer for ${name} (${durationSec.toFixed(1)} s, ${frames.length} frames)`);
  for (const { rank, track, startMs, endMs, relevance } of answer.moments)
    print(`  ${rank}. ${clock(startMs)} – ${clock(endMs)}  relevance ${relevance.toFixed(3)}  ${track.title}`);
  const stages = timing.replaceAll(';dur=', ' ').replaceAll(',', ' ms,');
  print(`  ${stages} ms; ${elapsedMs.toFixed(0)} ms over HTTP`);
}

function printTruth(clip: ClipPlan, right: EncodedTrack, answer: Answer, print: (line: string) => void): void {
  const rank = answer.moments.find((moment) => moment.track.id === right.id)?.rank;
  print('The planted truth');
  print(
    `     ${clock(clip.startSec * 1000)} – ${clock(clip.endSec * 1000)}  ${right.title}${rank ? ` (rank ${rank} above)` : ` (not among the first ${TOP})`}`,
  );
  const found = answer.moments.find((moment) => moment.track.id === right.id);
  if (!found) return;
  const overlap = intersectionOverUnion({ startSec: found.startMs / 1000, endSec: found.endMs / 1000 }, clip);
  print(`     overlap (IoU) of the moment found in it: ${overlap.toFixed(2)}`);
}

function clock(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return `${minutes}:${((ms - minutes * 60_000) / 1000).toFixed(1).padStart(4, '0')}`;
}

function curl(url: string, { folder, durationSec }: Asked): string {
  const frames = `$(printf -- '-F frames=@%s ' ${folder}/*.jpg)`;
  return `curl -s ${frames} -F durationMs=${Math.round(durationSec * 1000)} -F k=${TOP} ${url}/v1/moments`;
}
