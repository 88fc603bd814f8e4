import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isAnimation } from '../../../offline/media/animation.ts';
import { readClip } from '../../../offline/media/video.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-animation-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const CASE = new URL('../../fixtures/cases/clips-webp/animated-5s.webp', import.meta.url).pathname;

/** Of the lower right of each. */
const levelsOf = (frames: readonly Uint8Array[]): Promise<number[]> =>
  Promise.all(
    frames.map(async (frame) => {
      const { data, info } = await sharp(frame).raw().toBuffer({ resolveWithObject: true });
      return Math.round(data[((info.height - 2) * info.width + info.width - 2) * info.channels] / 10) * 10;
    }),
  );

/** Pictures of one grey each, shown for so many milliseconds. */
async function animated(name: string, levels: readonly number[], delay: number[]): Promise<string> {
  const pages = Buffer.concat(levels.map((level) => Buffer.alloc(32 * 24 * 3, level)));
  const raw = { width: 32, height: 24 * levels.length, channels: 3, pageHeight: 24 } as const;
  const path = join(folder, name);
  const picture = sharp(pages, { raw });
  await (name.endsWith('.gif') ? picture.gif({ delay }) : picture.webp({ delay, lossless: true })).toFile(path);
  return path;
}

test('an animated WebP is a clip of its own length, of the pictures shown at 0, 1, 2, … s', async () => {
  const { frames, durationSec, remarks } = await readClip(CASE);
  expect([await levelsOf(frames), durationSec, remarks]).toEqual([[20, 60, 100, 140, 180], 5, []]);
});

test.each(['a.webp', 'a.gif'])(
  'pictures of %s that are shown for any time are those shown at whole seconds',
  async (name) => {
    const path = await animated(name, [20, 60, 100, 140], [300, 700, 1500, 600]);
    const { frames, durationSec } = await readClip(path);
    expect(durationSec).toBeCloseTo(3.1, 3);
    expect(await levelsOf(frames)).toEqual([20, 100, 100, 140]);
  },
);

test('pictures that ask for no time are shown for a tenth of a second, as browsers do', async () => {
  expect((await readClip(await animated('fast.gif', [20, 60, 100], [0, 0, 0]))).durationSec).toBeCloseTo(0.3, 3);
});

test('a still WebP is no animation, an animated one is, whatever its name', async () => {
  await sharp(Buffer.alloc(48, 9), { raw: { width: 4, height: 4, channels: 3 } })
    .webp()
    .toFile(join(folder, 'still.webp'));
  expect([await isAnimation(join(folder, 'still.webp')), await isAnimation(CASE)]).toEqual([false, true]);
});

test('an animated WebP that is cut off is refused, or told', async () => {
  const whole = await readFile(CASE);
  await writeFile(join(folder, 'cut.webp'), whole.subarray(0, Math.floor(0.6 * whole.length)));
  const said = await readClip(join(folder, 'cut.webp')).then(
    ({ remarks }) => remarks[0],
    (error: Error) => error.message,
  );
  expect(said).toMatch(/cut off|damaged/);
});
