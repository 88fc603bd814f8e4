/**
 * A simulated world as a folder to train on (data/dataset.ts), in shards of bounded size.
 *
 * The folder is written beside its place and renamed when it is whole, so that nobody trains on a half of it.
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Annotation, formatAnnotations } from '../data/annotations.ts';
import { SPLITS } from '../data/dataset.ts';
import { writeFileAtomic } from '../files.ts';
import { encodeSafetensors, type NamedTensor } from '../nn/safetensors.ts';
import type { Progress } from '../progress.ts';
import { thousandths } from './lengths.ts';
import { MUSIC_NOISE, VIDEO_NOISE } from './perception.ts';
import type { Encoders, Widths } from './tokens.ts';
import type { SimulatedClip, SimulatedTrack, SimulatedWorld } from './world.ts';

export interface Written {
  world: SimulatedWorld;
  encoders: Encoders;
  widths: Widths;
  start: (label: string, total: number) => Progress;
  /** Tokens in one file; 64 MiB unless said. */
  shardBytes?: number;
  /** Called with the tokens of each clip, then of each track, in the world's order. */
  onClip?: (clip: SimulatedClip, tokens: NamedTensor) => void;
  onTrack?: (track: SimulatedTrack, tokens: NamedTensor) => void;
}

const SHARD_BYTES = 64 * 2 ** 20;

/** @throws Error when the folder holds something already. */
export async function writeSimulation(out: string, written: Written): Promise<void> {
  const { world, encoders, widths, start } = written;
  await refuseFull(out);
  const folder = `${resolve(out)}.partial`;
  await rm(folder, { recursive: true, force: true }); // what an interrupted run left
  await mkdir(folder, { recursive: true });

  const shards = { folder, bytes: written.shardBytes ?? SHARD_BYTES };
  const clipBar = start('simulate clips', world.clips.length);
  await writeShards({ ...shards, kind: 'video', bar: clipBar }, world.clips, encoders.video, written.onClip);
  const trackBar = start('simulate music', world.tracks.length);
  await writeShards({ ...shards, kind: 'music', bar: trackBar }, world.tracks, encoders.music, written.onTrack);
  for (const split of SPLITS)
    await writeFileAtomic(join(folder, `${split}_data.csv`), formatAnnotations(rowsOf(world, split)));
  await writeFileAtomic(
    join(folder, 'encoders.json'),
    `${JSON.stringify({ image: 'simulated-frames', audio: 'simulated-segments' })}\n`,
  );
  const count = (split: string) => world.clips.filter((clip) => clip.split === split).length;
  const sizes = { tracks: world.tracks.length, train: count('train'), val: count('val'), test: count('test') };
  const made = { seed: world.seed, sizes, widths, noise: { video: VIDEO_NOISE, music: MUSIC_NOISE } };
  await writeFileAtomic(join(folder, 'simulation.json'), `${JSON.stringify(made, null, 2)}\n`);
  await mkdir(dirname(resolve(out)), { recursive: true });
  await rename(folder, resolve(out));
}

/** Also asked before a long run, so that it does not fail at its end. */
export async function refuseFull(out: string): Promise<void> {
  const names = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.length)
    throw new Error(`${out}: expected a new or empty folder, found ${names.length} files in it. Give another --out.`);
}

/** The annotations of a split, in the world's order. */
export function rowsOf({ clips, tracks }: SimulatedWorld, split: string): Annotation[] {
  return clips
    .filter((clip) => clip.split === split)
    .map((clip) => ({
      videoId: clip.id,
      musicId: tracks[clip.track].id,
      musicStartSec: clip.startSec,
      musicEndSec: clip.endSec,
      musicTotalSec: tracks[clip.track].song.durationSec,
      videoSec: thousandths(clip.endSec - clip.startSec),
    }));
}

interface Shards {
  folder: string;
  kind: 'video' | 'music';
  /** Tokens in one file; more only when a single clip or track has more. */
  bytes: number;
  bar: Progress;
}

async function writeShards<T extends { id: string }>(
  { folder, kind, bytes: most, bar }: Shards,
  items: readonly T[],
  encode: (item: T) => NamedTensor,
  observe?: (item: T, tokens: NamedTensor) => void,
): Promise<void> {
  let shard = new Map<string, NamedTensor>();
  let [bytes, shards] = [0, 0];
  const flush = async (): Promise<void> => {
    const name = `${kind}-${String(shards++).padStart(4, '0')}.safetensors`;
    await writeFileAtomic(join(folder, name), encodeSafetensors(shard, {}, 'F16'));
    [shard, bytes] = [new Map(), 0];
  };
  for (const item of items) {
    const tokens = encode(item);
    observe?.(item, tokens);
    const size = 2 * tokens.data.length;
    if (bytes > 0 && bytes + size > most) await flush();
    shard.set(item.id, tokens);
    bytes += size;
    bar.tick();
  }
  if (bytes > 0) await flush();
  bar.done();
}
