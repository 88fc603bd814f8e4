/**
 * The world as files: tracks as WAV, clips as folders of JPEG frames (and a playable file where ffmpeg exists).
 *
 * Each track and clip leaves a note of what it was made from and the hashes of its files, so a second run makes only what
 * is missing, changed or damaged, and a run that is killed loses nothing but the item in hand.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256File, sha256Hex, writeFileAtomic } from '../files.ts';
import { writeClipVideo } from '../media/video.ts';
import { writeWav } from '../media/wav.ts';
import type { Progress } from '../progress.ts';
import { COMPOSE_RATE, composeTrack } from './compose.ts';
import { renderClip } from './render.ts';
import type { ClipPlan, TrackPlan, World } from './world.ts';

/** Raised when equal plans give other sounds or pictures: what was made before is then made again. */
const REVISION = 1;

export type StartProgress = (label: string, total: number) => Progress;

export function trackFile(track: TrackPlan): string {
  return `${track.title}.wav`;
}

/** @returns the folder of the tracks */
export async function writeTracks(world: World, folder: string, start: StartProgress): Promise<string> {
  const music = join(folder, 'music');
  const bar = start('compose tracks', world.tracks.length);
  for (const track of world.tracks) {
    const file = trackFile(track);
    await makeOnce(music, track.id, track, async () => {
      await writeFileAtomic(join(music, file), writeWav(composeTrack(track), COMPOSE_RATE));
      return [file];
    });
    bar.tick(1, track.title);
  }
  bar.done();
  return music;
}

/** @returns the folder of each clip's frames, by clip */
export async function writeClips(world: World, folder: string, start: StartProgress): Promise<Map<ClipPlan, string>> {
  const clips = join(folder, 'clips');
  const bar = start('render clips', world.clips.length);
  const folders = new Map<ClipPlan, string>();
  for (const clip of world.clips) {
    const own = join(clips, clip.id);
    await makeOnce(clips, clip.id, [clip, world.tracks.find((track) => track.id === clip.trackId)], async () => {
      const frames = await renderClip(world, clip);
      const names = frames.map((_, second) => join(clip.id, `${String(second).padStart(2, '0')}.jpg`));
      for (const [i, name] of names.entries()) await writeFileAtomic(join(clips, name), frames[i]);
      const video = `${clip.id}.mp4`;
      return (await writeClipVideo(frames, join(clips, video))) ? [...names, video] : names;
    });
    folders.set(clip, own);
    bar.tick(1, clip.id);
  }
  bar.done();
  return folders;
}

/** The frames of a clip's folder, in order. */
export async function readFrames(folder: string): Promise<Uint8Array[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jpg')).sort();
  return Promise.all(names.map((name) => readFile(join(folder, name))));
}

interface Made {
  from: string;
  /** sha256 by file, relative to the folder. */
  files: Record<string, string>;
}

async function makeOnce(folder: string, id: string, plan: unknown, make: () => Promise<string[]>): Promise<void> {
  const note = join(folder, '.made', `${id}.json`);
  const from = sha256Hex(JSON.stringify([REVISION, plan]));
  if (await isWhole(folder, note, from)) return;
  const files: Record<string, string> = {};
  for (const name of await make()) files[name] = await sha256File(join(folder, name));
  await writeFileAtomic(note, JSON.stringify({ from, files } satisfies Made));
}

async function isWhole(folder: string, note: string, from: string): Promise<boolean> {
  if (!existsSync(note)) return false;
  const made = JSON.parse(await readFile(note, 'utf8')) as Made;
  if (made.from !== from) return false;
  for (const [name, sha256] of Object.entries(made.files)) {
    const path = join(folder, name);
    if (!existsSync(path) || (await sha256File(path)) !== sha256) return false;
  }
  return true;
}
