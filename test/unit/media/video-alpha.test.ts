/** What is transparent shows black, in a video as in a picture. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readClip } from '../../../offline/media/video.ts';
import { drawn, hasFfmpeg, make } from './video-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-alpha-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The middle of each third of the first frame. */
async function thirds(path: string): Promise<number[]> {
  const { data, info } = await sharp((await readClip(path)).frames[0])
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return [1, 3, 5].map(
    (sixth) => data[Math.floor(info.height / 2) * info.width + Math.floor((sixth * info.width) / 6)],
  );
}

const near = (levels: readonly number[], expected: readonly number[]): void => {
  for (const [i, level] of levels.entries()) expect(Math.abs(level - expected[i]), levels.join()).toBeLessThan(6);
};

/** A grey of 200: opaque, half transparent, transparent. */
const FILM = drawn(
  "color=white:s=96x64:r=10:d=1,format=rgba,geq=r=200:g=200:b=200:a='if(lt(X,32),255,if(lt(X,64),128,0))'",
);

describe.skipIf(!hasFfmpeg)('a video that is half transparent (skipped where ffmpeg is not installed)', () => {
  test.each([
    ['QuickTime Animation', 'a.mov', ['-c:v', 'qtrle']],
    ['PNG in MOV', 'png.mov', ['-c:v', 'png']],
    ['ProRes 4444', 'prores.mov', ['-c:v', 'prores_ks', '-pix_fmt', 'yuva444p10le']],
    ['FFV1 in Matroska', 'a.mkv', ['-c:v', 'ffv1', '-pix_fmt', 'yuva420p']],
    [
      'VP8 in WebM',
      '8.webm',
      ['-c:v', 'libvpx', '-pix_fmt', 'yuva420p', '-auto-alt-ref', '0', '-crf', '4', '-b:v', '2M'],
    ],
    ['VP9 in WebM', '9.webm', ['-c:v', 'libvpx-vp9', '-pix_fmt', 'yuva420p', '-crf', '4', '-b:v', '0']],
    ['APNG', 'a.apng', ['-c:v', 'apng']],
  ])('is black where nothing is, as %s', async (_what, name, codec) => {
    near(await thirds(await make(join(folder, name), [...FILM, ...codec])), [200, 100, 0]);
  });

  test('is black where nothing is, as GIF', async () => {
    const filter = ['-vf', 'split[a][b];[a]palettegen=reserve_transparent=1[p];[b][p]paletteuse'];
    const [opaque, , nothing] = await thirds(await make(join(folder, 'a.gif'), [...FILM, ...filter]));
    near([opaque, nothing], [200, 0]);
  });

  test('has black on its right half in the case that was found', async () => {
    const path = new URL('../../fixtures/cases/clips/right-half-transparent.mov', import.meta.url).pathname;
    for (const frame of (await readClip(path)).frames) {
      const brightest = async (left: number): Promise<number> => {
        const half = await sharp(frame).extract({ left, top: 0, width: 156, height: 180 }).raw().toBuffer();
        return Math.max(...half);
      };
      expect(await brightest(164)).toBeLessThan(12); // JPEG's blocks reach over the border
      expect(await brightest(0)).toBeGreaterThan(100);
    }
  });
});

test('a picture is black where nothing is, as PNG and as WebP', async () => {
  const pixels = Buffer.alloc(96 * 64 * 4, 200);
  for (let at = 0; at < 96 * 64; at++) pixels[4 * at + 3] = [255, 128, 0][Math.floor((at % 96) / 32)];
  const picture = sharp(pixels, { raw: { width: 96, height: 64, channels: 4 } });
  await picture.clone().png().toFile(join(folder, '1.png'));
  await picture.clone().webp({ lossless: true }).toFile(join(folder, '1.webp'));
  for (const name of ['1.png', '1.webp']) near(await thirds(join(folder, name)), [200, 100, 0]);
});
