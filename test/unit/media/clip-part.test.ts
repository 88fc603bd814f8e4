/** A part of a clip is read as a clip that was cut there would be. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readClip } from '../../../offline/media/video.ts';
import { drawn, greyAt, H264, hasFfmpeg, lumaOfGrey, make, VARIABLE } from './video-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-part-'));
  await mkdir(join(folder, 'pictures'));
  for (let i = 0; i < 10; i++) {
    const level = 20 * i;
    const picture = sharp({
      create: { width: 32, height: 24, channels: 3, background: { r: level, g: level, b: level } },
    });
    await picture.png().toFile(join(folder, 'pictures', `${i}.png`));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const levels = (frames: readonly Uint8Array[]) =>
  Promise.all(frames.map(async (frame) => (await sharp(frame).stats()).channels[0].mean));

test('of ten pictures from second 3 on has the seven from the fourth on', async () => {
  const { frames, times, durationSec } = await readClip(join(folder, 'pictures'), { part: { fromSec: 3, toSec: 10 } });
  expect((await levels(frames)).map((level) => Math.round(level / 20))).toEqual([3, 4, 5, 6, 7, 8, 9]);
  expect([times, durationSec]).toEqual([[0, 1, 2, 3, 4, 5, 6], 7]);
});

test('that lies behind the end of its clip is refused with both', async () => {
  await expect(readClip(join(folder, 'pictures'), { part: { fromSec: 12, toSec: 14 } })).rejects.toThrow(
    'expected a part within the clip of 10.000 s, got 12 to 14 s.',
  );
});

describe.skipIf(!hasFfmpeg)('of a video (skipped where ffmpeg is not installed)', () => {
  const shown = async (path: string, part: { fromSec: number; toSec: number }) => {
    const { frames, durationSec } = await readClip(path, { part });
    return [(await levels(frames)).map((level) => Math.round((lumaOfGrey(level) - 40) / 30)), durationSec];
  };

  test('shows what is shown at 2.5, 3.5, 4.5 s, where the part begins at 2.5 s', async () => {
    const times = [0, 0.9, 2.4, 3.4, 4.2, 5.1];
    const path = await make(join(folder, 'variable.mp4'), [...drawn(greyAt(times)), ...VARIABLE, ...H264]);
    expect(await shown(path, { fromSec: 2.5, toSec: 5 })).toEqual([[2, 3, 4], 2.5]);
  });

  test('and so does a stream without times', async () => {
    const path = join(folder, 'raw.h264');
    await make(path, [...drawn("color=black:s=64x48:r=10:d=6,geq=lum='40+30*floor(N/10)':cb=128:cr=128"), ...H264]);
    const whole = await readClip(path);
    const [frames, durationSec] = await shown(path, { fromSec: 2.5, toSec: whole.durationSec });
    expect((frames as number[]).slice(0, 3)).toEqual([2, 3, 4]);
    expect(durationSec).toBeCloseTo(whole.durationSec - 2.5, 6);
  });
});
