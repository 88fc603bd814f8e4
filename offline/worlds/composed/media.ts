/**
 * The world as files: tracks as WAV, clips as folders of JPEG frames (and a playable file where ffmpeg exists).
 *
 * Each track and clip leaves a note of what it was made from and the hashes of its files, so a second run makes only what
 * is missing, changed or damaged, and a run that is killed loses nothing but the item in hand.
 */

import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { atMost } from '../../../index/at-most.ts';
import { FILES_AT_ONCE, sha256File, sha256Hex, writeFileAtomic } from '../../lib/files.ts';
import type { Progress } from '../../lib/progress.ts';
import { writeClipVideo } from '../../media/video.ts';
import { writeWav } from '../../media/wav.ts';
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
  await removeOthers(music, new Set(world.tracks.map(trackFile)));
  for (const track of world.tracks) {
    const file = trackFile(track);
    const made = await makeOnce(music, track.id, track, async () => {
      await writeFileAtomic(join(music, file), writeWav(composeTrack(track), COMPOSE_RATE));
      return [file];
    });
    if (made) bar.tick(1, track.title);
    else bar.skip(1);
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
    const made = await makeOnce(
      clips,
      clip.id,
      [clip, world.tracks.find((track) => track.id === clip.trackId)],
      async () => {
        await rm(own, { recursive: true, force: true }); // frames of an earlier plan would be taken for this one's
        const frames = await renderClip(world, clip);
        const names = frames.map((_, second) => join(clip.id, `${String(second).padStart(2, '0')}.jpg`));
        for (const [i, name] of names.entries()) await writeFileAtomic(join(clips, name), frames[i]);
        const video = `${clip.id}.mp4`;
        return (await writeClipVideo(frames, join(clips, video))) ? [...names, video] : names;
      },
    );
    folders.set(clip, own);
    if (made) bar.tick(1, clip.id);
    else bar.skip(1);
  }
  bar.done();
  return folders;
}

/** The frames of a clip's folder, in order. */
export async function readFrames(folder: string): Promise<Uint8Array[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jpg')).sort();
  return atMost(FILES_AT_ONCE, names, (name) => readFile(join(folder, name)));
}

interface Made {
  from: string;
  /** sha256 by file, relative to the folder. */
  files: Record<string, string>;
}

/** The folder is indexed as it stands, so tracks of another world must not stay in it. */
async function removeOthers(folder: string, wanted: ReadonlySet<string>): Promise<void> {
  if (!existsSync(folder)) return;
  for (const name of await readdir(folder))
    if (name.endsWith('.wav') && !wanted.has(name)) await rm(join(folder, name));
}

/** @returns whether it had to be made */
async function makeOnce(folder: string, id: string, plan: unknown, make: () => Promise<string[]>): Promise<boolean> {
  const note = join(folder, '.made', `${id}.json`);
  const from = sha256Hex(JSON.stringify([REVISION, plan]));
  if (await isWhole(folder, note, from)) return false;
  const files: Record<string, string> = {};
  for (const name of await make()) files[name] = await sha256File(join(folder, name));
  await writeFileAtomic(note, JSON.stringify({ from, files } satisfies Made));
  return true;
}

async function isWhole(folder: string, note: string, from: string): Promise<boolean> {
  const made = await readNote(note);
  if (made?.from !== from) return false;
  for (const [name, sha256] of Object.entries(made.files)) {
    const path = join(folder, name);
    if (!existsSync(path) || (await sha256File(path)) !== sha256) return false;
  }
  return true;
}

/** Undefined where there is none, or one that cannot be read: then the item is made again. */
async function readNote(path: string): Promise<Made | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Made;
  } catch {
    return undefined;
  }
}
