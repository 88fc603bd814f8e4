/**
 * How often something is told of music that is in no library: many short posts of foreign tracks, as they are, at another speed, and two at once, with nothing
 * encoded, so that there can be hundreds.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Alignment } from '../../../offline/align/align.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { resample } from '../../../offline/media/resample.ts';
import { writeWav } from '../../../offline/media/wav.ts';
import { shareOf } from '../../../offline/metrics/share.ts';
import type { Source } from './posts.ts';
import { cut, mixIn, mono, RATE, secondsOf } from './sound.ts';

const POST_RATE = 16_000;

/** Written below the folder. */
export async function foreignPosts(folder: string, foreign: readonly Source[], count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const random = createRandom(`alarms/${i}`);
    const [source, other] = random.shuffle(foreign);
    const sec = random.uniform(6, 30);
    const excerpt = ({ sound }: Source) => cut(sound, random.uniform(0, Math.max(0, secondsOf(sound) - sec)), sec);
    const sound = excerpt(source);
    if (i % 3 === 2) mixIn(sound, excerpt(other), random.uniform(0.3, 1));
    const rate = i % 3 === 1 ? random.uniform(0.94, 1.06) : 1;
    const samples = resample(mono(sound).left, 100 * Math.round((RATE * rate) / 100), POST_RATE);
    let loudest = 1;
    for (const value of samples) loudest = Math.max(loudest, Math.abs(value));
    for (const [at, value] of samples.entries()) samples[at] = value / loudest;
    await writeFile(join(folder, `foreign-${String(i).padStart(4, '0')}.wav`), writeWav(samples, POST_RATE));
  }
}

export function reportAlarms({ posts, tracks }: Alignment): void {
  const told = posts.filter(({ heard }) => 'playing' in heard);
  for (const { file, heard } of told)
    console.log(
      file,
      JSON.stringify('playing' in heard && heard.playing.map((row) => ({ ...row, track: tracks[row.track] }))),
    );
  const { share, interval } = shareOf(posts.map(({ heard }) => Number('playing' in heard)));
  const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
  console.log(
    `${posts.length} posts of foreign music, ${told.length} told: ${percent(share)} [${interval.map(percent).join(', ')}]`,
  );
}
