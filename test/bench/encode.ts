/**
 * How fast media become tokens: each stage by itself on one core, whole folders with one and two processes, and frames a second of
 * every image encoder, native and in workerd.
 *
 * It runs on the real music and clips that ../shared holds (or the folder named by CUEPOINT_SHARED). A realtime factor is seconds of
 * sound by seconds of CPU; where a step calls onnxruntime it has one thread.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAnalyser } from '../../offline/analysis/analyser.ts';
import { encodeTracks } from '../../offline/encode/encode.ts';
import type { AudioCard } from '../../offline/encoders/card.ts';
import { fbank } from '../../offline/encoders/fbank.ts';
import { BASIC_AUDIO_CARD, REGISTRY } from '../../offline/encoders/registry.ts';
import { openSoundEncoder } from '../../offline/encoders/sound-encoder.ts';
import { builtIn, type Ready } from '../../offline/encoders/store.ts';
import { readAudio } from '../../offline/media/audio.ts';
import { findAudio, type MediaFile } from '../../offline/media/media-files.ts';
import { createResampler } from '../../offline/media/resample.ts';
import { sharedMedia, sharedMissing, sharedModel } from '../unit/media/shared.ts';
import { benchFrames } from './encode-frames.ts';

/** The least of these is told: what others do on the machine only ever adds. */
const ROUNDS = 3;
const DECODED = ['asc-machine_wars.mp3', 'wesnoth-elvish-theme.ogg', 'warzone2100-track3.opus', 'cut-sad.flac'];

export async function benchEncode(): Promise<void> {
  if (sharedMissing) throw new Error('bench: expected ../shared/media, got nothing there. Set CUEPOINT_SHARED.');
  console.log(`${cpus().length} × ${cpus()[0].model}, Node ${process.version}`);
  await benchStages();
  await benchFolders();
  await benchFrames();
}

async function benchStages(): Promise<void> {
  console.log(`\n${'one core, × real time'.padEnd(30)}${DECODED.map((name) => name.slice(-12).padStart(14)).join('')}`);
  const rows = new Map<string, number[]>();
  const note = (stage: string, factor: number) => rows.set(stage, [...(rows.get(stage) ?? []), factor]);
  for (const name of DECODED) {
    const path = sharedMedia('music', name);
    await readAudio(path); // once, so that no decoder is compiled while it is measured
    const { samples, durationSec } = await readAudio(path, { maxSec: Number.POSITIVE_INFINITY });
    const heard = samples.length / 16000;
    const readSec = await cpuSec(() => readAudio(path, { maxSec: Number.POSITIVE_INFINITY }));
    const native = new Float32Array(44100 * 60).map((_, i) => Math.sin(i / 9));
    const resampleSec = (await cpuSec(async () => createResampler(44100, 16000).push(native))) / 60;
    const fbankSec = await cpuSec(async () => fbank(samples));
    note('decode and resample', durationSec / readSec);
    note('  of it, resample 44.1 kHz', 1 / resampleSec);
    note('fbank', heard / fbankSec);
    note('decode, resample and fbank', heard / (readSec + fbankSec));
    note('analysis', heard / ((await cpuSec(() => analyse(path))) - readSec));
    for (const card of audioEncoders()) {
      const encoder = await openSoundEncoder(card, 1);
      const part = samples.subarray(0, 60 * 16000);
      const sec = await cpuSec(() => encoder.encode(part));
      note(card.name, part.length / 16000 / sec);
      await encoder.close();
    }
  }
  for (const [stage, factors] of rows)
    console.log(`${stage.padEnd(30)}${factors.map((factor) => factor.toFixed(0).padStart(14)).join('')}`);
}

/** Decoded again, since the analysis hears the file's own channels. */
async function analyse(path: string): Promise<void> {
  const analyser = createAnalyser();
  await readAudio(path, { listener: analyser });
  analyser.finish();
}

function audioEncoders(): Ready<AudioCard>[] {
  const towers = REGISTRY.filter(({ name }) => name === 'musicnn-jamendo' || name === 'yamnet') as AudioCard[];
  return [
    builtIn(BASIC_AUDIO_CARD),
    ...towers.map((card) => ({ ...card, key: card.name, path: sharedModel(card.file!.name) })),
  ];
}

/** Everything that `cuepoint encode` does for music, from nothing kept. */
async function benchFolders(): Promise<void> {
  const { files } = await findAudio(sharedMedia('music'));
  const seconds = await durationOf(files);
  console.log(`\nwhole folder, ${files.length} files, ${(seconds / 60).toFixed(0)} min of sound`);
  for (const card of audioEncoders().slice(0, 2)) {
    const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]; // by one process and by two, in turn
    for (let round = 0; round < ROUNDS; round++)
      for (const [i, workers] of [1, 2].entries()) least[i] = Math.min(least[i], await encodeAll(files, card, workers));
    const shown = (sec: number): string => `${sec.toFixed(1)} s (${(seconds / sec).toFixed(0)} ×)`;
    console.log(
      `${card.name.padEnd(20)} 1 process ${shown(least[0])}, 2 processes ${shown(least[1])}, 1 / 2 = ${(least[0] / least[1]).toFixed(2)}`,
    );
  }
}

/** @returns seconds, from nothing kept */
async function encodeAll(files: MediaFile[], card: Ready<AudioCard>, workers: number): Promise<number> {
  const cache = await mkdtemp(join(tmpdir(), 'cuepoint-bench-'));
  const start = performance.now();
  const silent = () => ({ tick: () => {}, skip: () => {}, done: () => {} });
  await encodeTracks({ files, unreadable: [] }, card, { cache, workers, progress: silent });
  const sec = (performance.now() - start) / 1000;
  await rm(cache, { recursive: true });
  return sec;
}

async function durationOf(files: readonly MediaFile[]): Promise<number> {
  let seconds = 0;
  for (const { path } of files) seconds += (await readAudio(path)).durationSec;
  return seconds;
}

async function cpuSec(run: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1e6);
  }
  return least;
}
