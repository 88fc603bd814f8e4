/**
 * A team in small: a library of short tracks, and posts with excerpts of them under pictures of their own colour, so that there is something to
 * learn, dates in their names and a table of authors. ffmpeg makes the posts.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '../../../offline/lib/random.ts';
import { runFfmpeg } from '../../../offline/media/ffmpeg.ts';
import { writeWav } from '../../../offline/media/wav.ts';
import { cutFrom, music, RATE } from '../align/music.ts';
import { H264_420 } from '../media/video-files.ts';

export interface TeamPost {
  /** Relative to the folder of posts. */
  file: string;
  /** Of the library; undefined: of none. */
  track?: string;
  startSec: number;
  author: string;
}

export interface SmallTeam {
  tracks: string[];
  posts: TeamPost[];
}

const TRACK_SEC = 20;
export const POST_SEC = 5;
/** Where editors start a track: most of them at the same place. */
const USUAL_SHARE = 0.7;

/** Written to `folder`/music and `folder`/posts. */
export async function smallTeam(
  folder: string,
  { tracks: trackCount = 6, posts: postCount = 24, foreign = 2 } = {},
): Promise<SmallTeam> {
  await mkdir(join(folder, 'music'), { recursive: true });
  await mkdir(join(folder, 'posts'), { recursive: true });
  const random = createRandom('small team');
  const sounds = new Map(
    Array.from({ length: trackCount }, (_, i) => [`track-${i}.wav`, music(`track ${i}`, TRACK_SEC)] as const),
  );
  for (const [name, sound] of sounds) await writeFile(join(folder, 'music', name), writeWav(sound, RATE));
  const tracks = [...sounds.keys()];
  const posts: TeamPost[] = [];
  for (let i = 0; i < postCount + foreign; i++) {
    const day = new Date(Date.UTC(2025, 0, 1 + 3 * i)).toISOString().slice(0, 10);
    const at = i % tracks.length;
    const track = i < postCount ? tracks[at] : undefined;
    const usual = 2 + at;
    const startSec = random.uniform() < USUAL_SHARE ? usual : Math.round(random.uniform(0, 14) * 10) / 10;
    const sound = track ? cutFrom(sounds.get(track)!, startSec, POST_SEC) : music(`foreign ${i}`, POST_SEC);
    const file = `${day} <b>post #${i} & 100%.mov`; // whatever people call theirs
    const hue = Math.round((360 * at) / tracks.length + random.uniform(-12, 12));
    await writePost(join(folder, 'posts', file), sound, hue, random.uniform(0.5, 1));
    posts.push({ file, ...(track && { track }), startSec, author: `author-${i % 3}` });
  }
  const table = posts.map(({ file, author }) => `${file},${author}`);
  await writeFile(join(folder, 'posts', 'posts.csv'), ['post,author', ...table, ''].join('\n'));
  return { tracks, posts };
}

async function writePost(path: string, sound: Float32Array, hue: number, value: number): Promise<void> {
  const wav = `${path}.wav`;
  await writeFile(wav, writeWav(sound, RATE));
  const colour = rgb(hue, value)
    .map((part) =>
      Math.round(255 * part)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('');
  const made = await runFfmpeg([
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', `color=c=0x${colour}:s=32x24:r=2:d=${POST_SEC}`, '-i', wav],
    ...[...H264_420, '-c:a', 'pcm_s16le', '-shortest', `file:${path}`],
  ]);
  if (!made?.ok) throw new Error(`test: ffmpeg could not write ${path}: ${made?.log}`);
  await rm(wav);
}

/** Of a hue in degrees, full colour. */
function rgb(hue: number, value: number): number[] {
  return [0, 4, 2].map((shift) => {
    const at = (((hue / 60 + shift) % 6) + 6) % 6;
    return value * (1 - 0.8 * (1 - Math.min(1, Math.max(0, Math.abs(at - 3) - 1))));
  });
}
