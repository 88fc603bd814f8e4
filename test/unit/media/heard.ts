/** What a file sounds like, in a few numbers, for tests whose files click at known times. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readAudio } from '../../../offline/media/audio.ts';

export const caseFile = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/cases/music/${name}`, import.meta.url));

export const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;

/** Clicks are sounds above a tenth of the loudest sample, 0.3 s apart at least, in seconds to two digits. */
export async function hear(path: string) {
  const { samples, durationSec, remarks } = await readAudio(path);
  const loudest = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const clicks: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const [i, value] of samples.entries())
    if (Math.abs(value) > loudest / 10) {
      if (i - last > 4800) clicks.push(i / 16000);
      last = i;
    }
  return { clicks, durationSec, remarks, peakDb: 20 * Math.log10(loudest) };
}

/** As where there is no ffmpeg. */
export async function withoutFfmpeg<T>(run: () => Promise<T>): Promise<T> {
  const before = process.env.PATH;
  process.env.PATH = '';
  try {
    return await run();
  } finally {
    process.env.PATH = before;
  }
}
