/** `cuepoint encode --clips` on clips with something odd about them: read all the same, and told. */

import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { hasFfmpeg } from '../media/video-files.ts';
import { catalogueOf, encode } from './encode-run.ts';

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
});
afterAll(() => folder.remove());

const cases = (name: string): string => new URL(`../../fixtures/cases/${name}`, import.meta.url).pathname;
const to = (name: string): string[] => [
  '--out',
  join(folder.path, name),
  '--cache',
  join(folder.path, 'cache'),
  '--workers',
  '2',
];
const WARNING = 'warning: cut-off-at-60-percent.mp4: expected 5.0 s, got 1.0 s: the file is cut off. Copy it again.';

test.skipIf(!hasFfmpeg)(
  'a clip that is cut off is encoded as far as it goes with a warning, kept or not, and an error with --strict (skipped without ffmpeg)',
  async () => {
    const first = await encode('--clips', cases('clips'), ...to('out'));
    expect([first.code, first.out.includes(WARNING)]).toEqual([0, true]);
    const lines = await catalogueOf(join(folder.path, 'out'));
    expect(lines.map(({ file, frames, durationSec }) => [file, frames, durationSec])).toEqual([
      ['cut-off-at-60-percent.mp4', 2, 1.033],
      ['eight-resolution-changes.webm', 11, 10.4],
      ['right-half-transparent.mov', 2, 2],
    ]);
    const strict = await encode('--clips', cases('clips'), ...to('strict'), '--strict');
    expect([strict.code, strict.out.includes(WARNING)]).toEqual([1, true]);
    expect(strict.err).toContain('--strict: 1 file could be read in part only. What is there is encoded.');
  },
);

test.skipIf(!hasFfmpeg)(
  'an animated WebP beside a video is a clip by itself, and the folder is none (skipped without ffmpeg)',
  async () => {
    const run = await encode('--clips', cases('clips-webp'), ...to('webp'), '--frames', 'even', '--strict');
    expect(run.code).toBe(0);
    const lines = await catalogueOf(join(folder.path, 'webp'));
    expect(lines.map(({ file, frames, durationSec }) => [file, frames, durationSec])).toEqual([
      ['animated-5s.webp', 5, 5],
      ['video.mp4', 1, 0.033],
    ]);
  },
);
