/** The shape of frames: turned, odd, flat, with pixels that are not square. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readClip } from '../../../offline/media/video.ts';
import { drawn, H264, hasFfmpeg, make, redBlue, turn, VP9 } from './video-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-shape-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function firstFrame(path: string): Promise<{ size: string; at: (x: number, y: number) => string }> {
  const [frame] = (await readClip(path)).frames;
  const { data, info } = await sharp(frame).raw().toBuffer({ resolveWithObject: true });
  /** The colour at a place given in parts of the width and height. */
  const at = (x: number, y: number): string => {
    const pixel = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * info.channels;
    const [red, , blue] = data.subarray(pixel, pixel + 3);
    return red > 150 && blue < 100 ? 'red' : blue > 150 && red < 100 ? 'blue' : 'other';
  };
  return { size: `${info.width}x${info.height}`, at };
}

describe.skipIf(!hasFfmpeg)('the shape of a frame (skipped where ffmpeg is not installed)', () => {
  // Red on the left of what is stored: turned clockwise by a quarter it is on top, by a half on the right, by three below.
  test.each([
    [90, 64, 48, '48x64', [0.5, 0.1], [0.5, 0.9]],
    [180, 64, 48, '64x48', [0.9, 0.5], [0.1, 0.5]],
    [270, 64, 48, '48x64', [0.5, 0.9], [0.5, 0.1]],
    [90, 101, 57, '57x101', [0.5, 0.1], [0.5, 0.9]],
    [180, 101, 57, '101x57', [0.9, 0.5], [0.1, 0.5]],
    [270, 101, 57, '57x101', [0.5, 0.9], [0.5, 0.1]],
  ] as const)(
    'turned by %i degrees, %i x %i stored, is shown as %s',
    async (degrees, width, height, size, red, blue) => {
      const path = await make(join(folder, `turned-${degrees}-${width}.mp4`), [
        ...drawn(redBlue(width, height)),
        ...H264,
      ]);
      await turn(path, degrees);
      const frame = await firstFrame(path);
      expect([frame.size, frame.at(red[0], red[1]), frame.at(blue[0], blue[1])]).toEqual([size, 'red', 'blue']);
    },
  );

  test.each([
    ['101x57', '101x57'],
    ['3x500', '3x500'],
    ['7x1281', '3x640'], // 7 · 640 / 1281 = 3.497
    ['1501x3', '640x1'],
  ])('a stored %s is shown as %s', async (stored, shown) => {
    const path = await make(join(folder, `odd-${stored}.mp4`), [
      ...drawn(`color=red:s=${stored}:r=10:d=1,format=rgb24`),
      ...H264,
    ]);
    const frame = await firstFrame(path);
    expect([frame.size, frame.at(0.5, 0.5)]).toEqual([shown, 'red']);
  });

  test('an odd size with halved chroma keeps every pixel', async () => {
    const path = await make(join(folder, 'odd.webm'), [...drawn(redBlue(101, 57)), ...[...VP9, '-pix_fmt', 'yuv420p']]);
    expect((await firstFrame(path)).size).toBe('101x57');
  });

  test.each([
    ['720x576', '64/45', '640x360'], // PAL, wide: 1024 x 576
    ['720x480', '8/9', '640x480'], // NTSC: 720 x 540
    ['100x80', '3/2', '150x80'],
    ['100x80', '1/2', '100x160'],
  ])('%s pixels, each %s as wide as high, are shown as %s', async (stored, aspect, shown) => {
    const name = `sar-${stored}-${aspect.replace('/', '-')}.mp4`;
    const path = await make(join(folder, name), [...drawn(`color=red:s=${stored}:r=10:d=1,setsar=${aspect}`), ...H264]);
    expect((await firstFrame(path)).size).toBe(shown);
  });

  test('pixels that are not square are turned with the picture', async () => {
    const path = await make(join(folder, 'sar-turned.mp4'), [...drawn(`${redBlue(100, 80)},setsar=3/2`), ...H264]);
    await turn(path, 90);
    const frame = await firstFrame(path);
    expect([frame.size, frame.at(0.5, 0.1)]).toEqual(['80x150', 'red']);
  });
});
