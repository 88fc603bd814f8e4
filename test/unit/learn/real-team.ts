/**
 * A team with real music and real clips (../shared/media): each subject has its track, and each track a place where it is usually begun, as editors
 * have habits. ffmpeg cuts the clips, lays the music under them and encodes both as platforms do.
 */
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '../../../offline/lib/random.ts';
import { sharedMedia } from '../media/shared.ts';
import { make } from '../media/video-files.ts';
import type { SmallTeam, TeamPost } from './small-team.ts';

/** Each with its own subject, and how long it lasts. */
const CLIPS = [
  ['bottle-detection', 39],
  ['one-by-one-person-detection', 139],
  ['car-detection', 30],
  ['crystal', 11.5],
  ['frog', 8],
  ['monster', 7],
  ['elf', 8],
  ['pig', 6.5],
  ['rabbit', 7.5],
] as const;
/** The shortest first; no two are of one recording. */
const TRACKS = [
  ['wesnoth-sad.ogg', 44],
  ['wesnoth-transience.ogg', 48],
  ['hyperrogue-hr3-crossroads.ogg', 48],
  ['wesnoth-main_menu.ogg', 51],
  ['supertux-salcon.ogg', 56],
  ['supertux-fortress.ogg', 56],
  ['wesnoth-battle-epic.ogg', 74],
  ['supertux-bossattack.ogg', 79],
  ['supertux-ghostforest2.ogg', 91],
  ['wesnoth-love_theme.ogg', 95],
  ['supertux-classic.ogg', 97],
  ['singularity-apex_aleph.ogg', 104],
  ['supertux-voc-daytime.ogg', 104],
  ['wesnoth-underground.ogg', 112],
] as const;
/** In no library. */
const FOREIGN = 'wesnoth-elvish-theme.ogg';
/** How often an editor does what they usually do: the subject's track, the track's start. */
const [OWN_TRACK, USUAL_START] = [0.8, 0.75];

export async function realTeam(
  folder: string,
  {
    subjects,
    tracks: trackCount,
    posts: postCount,
    foreign = 1,
  }: Record<'subjects' | 'tracks' | 'posts', number> & { foreign?: number },
): Promise<SmallTeam> {
  for (const name of ['music', 'posts']) await mkdir(join(folder, name), { recursive: true });
  const library = TRACKS.slice(0, trackCount);
  for (const [file] of library) await symlink(sharedMedia('music', file), join(folder, 'music', file));
  const random = createRandom('real team');
  const posts: TeamPost[] = [];
  for (let i = 0; i < postCount + foreign; i++) {
    const subject = i % subjects;
    const [clip, clipSec] = CLIPS[subject];
    const isOwn = random.uniform() < OWN_TRACK;
    const [track, trackSec] = isOwn ? library[subject] : random.pick(library);
    const sec = Math.round(10 * random.uniform(4, 6.4)) / 10;
    const usual = 5 + 2.5 * library.findIndex(([file]) => file === track);
    const isUsual = random.uniform() < USUAL_START;
    const startSec = isUsual ? usual : Math.round(1000 * random.uniform(0, trackSec - sec)) / 1000;
    const isForeign = i >= postCount;
    const day = new Date(Date.UTC(2025, 0, 1 + i)).toISOString().slice(0, 10);
    const file = `${day} ${clip}.mp4`;
    const video = sharedMedia('clips', `${clip}.mp4`);
    const music = sharedMedia('music', isForeign ? FOREIGN : track);
    await make(join(folder, 'posts', file), [
      ...['-ss', random.uniform(0, clipSec - sec).toFixed(2), '-t', String(sec), '-i', video],
      ...['-i', music, '-map', '0:v', '-map', '1:a', '-t', String(sec)],
      // cut by samples, since not every file can be sought to one; brighter or darker than another post of the same subject
      ...['-af', `atrim=start=${startSec}:duration=${sec},asetpts=PTS-STARTPTS`],
      ...['-vf', `eq=brightness=${random.uniform(-0.1, 0.1).toFixed(3)},scale=160:-2,fps=8`],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '96k'],
    ]);
    posts.push({ file, ...(!isForeign && { track }), startSec, author: 'team' });
  }
  return { tracks: library.map(([file]) => file), posts };
}
