/**
 * A simulated world as a folder to train on (data/dataset.ts), in shards of bounded size.
 */
import { join } from 'node:path';
import { type Annotation, formatAnnotations } from '../../data/annotations.ts';
import { SPLITS } from '../../data/dataset.ts';
import type { NamedTensor } from '../../formats/safetensors.ts';
import { createShards } from '../../formats/shards.ts';
import { writeFileAtomic, writeFolderAtomic } from '../../lib/files.ts';
import type { Progress } from '../../lib/progress.ts';
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
  /** What was asked for when tracks were held out of training; nothing is written of it unless given. */
  heldOutShare?: number;
  /** Called with the tokens of each clip, then of each track, in the world's order. */
  onClip?: (clip: SimulatedClip, tokens: NamedTensor) => void;
  onTrack?: (track: SimulatedTrack, tokens: NamedTensor) => void;
}

/** @throws Error when the folder holds something already. */
export function writeSimulation(out: string, written: Written): Promise<void> {
  return writeFolderAtomic(out, (folder) => fill(folder, written));
}

async function fill(folder: string, written: Written): Promise<void> {
  const { world, encoders, widths, start } = written;
  const to = { folder, bytes: written.shardBytes };
  const clipBar = start('simulate clips', world.clips.length);
  const clips = { kind: 'video', bar: clipBar, encode: encoders.video, observe: written.onClip } as const;
  await writeAll(world.clips, clips, to);
  const trackBar = start('simulate music', world.tracks.length);
  const tracks = { kind: 'music', bar: trackBar, encode: encoders.music, observe: written.onTrack } as const;
  await writeAll(world.tracks, tracks, to);
  for (const split of SPLITS)
    await writeFileAtomic(join(folder, `${split}_data.csv`), formatAnnotations(rowsOf(world, split)));
  await writeFileAtomic(
    join(folder, 'encoders.json'),
    `${JSON.stringify({ image: 'simulated-frames', audio: 'simulated-segments' })}\n`,
  );
  const count = (split: string) => world.clips.filter((clip) => clip.split === split).length;
  const sizes = { tracks: world.tracks.length, train: count('train'), val: count('val'), test: count('test') };
  const noise = { video: VIDEO_NOISE, music: MUSIC_NOISE };
  const { heldOutShare } = written;
  const { seed, withoutFavourite } = world;
  const made = { seed, sizes, withoutFavourite, ...(heldOutShare ? { heldOutShare } : {}), widths, noise };
  await writeFileAtomic(join(folder, 'simulation.json'), `${JSON.stringify(made, null, 2)}\n`);
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

interface Kind<T> {
  kind: 'video' | 'music';
  bar: Progress;
  encode: (item: T) => NamedTensor;
  observe?: (item: T, tokens: NamedTensor) => void;
}

async function writeAll<T extends { id: string }>(
  items: readonly T[],
  { kind, bar, encode, observe }: Kind<T>,
  to: { folder: string; bytes?: number },
): Promise<void> {
  const shards = createShards({ ...to, kind, dtype: 'F16' });
  for (const item of items) {
    const tokens = encode(item);
    observe?.(item, tokens);
    await shards.add(item.id, tokens);
    bar.tick();
  }
  await shards.end();
  bar.done();
}
