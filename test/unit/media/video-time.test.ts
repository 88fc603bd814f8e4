/** The times of frames and the length of clips. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { frameCount, frameSize } from '../../../functions/embed/frame-plan.ts';
import { readClip } from '../../../offline/media/video.ts';
import { sharedMedia, sharedMissing } from './shared.ts';
import { drawn, greyAt, H264, hasFfmpeg, lumaOfGrey, make, VARIABLE, VP9 } from './video-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-time-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Which of the frames that greyAt drew are shown, and for how long. */
async function shown(path: string, step = 30): Promise<{ frames: number[]; durationSec: number }> {
  const { frames, durationSec } = await readClip(path);
  const levels = await Promise.all(frames.map(async (frame) => (await sharp(frame).stats()).channels[0].mean));
  return { frames: levels.map((level) => Math.round((lumaOfGrey(level) - 40) / step)), durationSec };
}

describe('the plan', () => {
  test.each([
    [0, 1],
    [0.04, 1],
    [1, 1],
    [1.004, 1], // Matroska's milliseconds, twice
    [1.04, 2],
    [3, 3],
    [30.16, 31],
    [49.5, 50],
    [139.4, 50],
  ])('of a clip of %f s has %i frames', (durationSec, frames) => {
    expect(frameCount(durationSec)).toBe(frames);
  });

  test.each([
    [1920, 1080, 640, 360],
    [640, 480, 640, 480],
    [101, 57, 101, 57],
    [1501, 3, 640, 1],
    [10, 5000, 1, 640],
  ])('of a frame of %i x %i pixels is %i x %i', (width, height, toWidth, toHeight) => {
    expect(frameSize(width, height)).toEqual({ width: toWidth, height: toHeight });
  });
});

describe.skipIf(!hasFfmpeg)('the times of frames (skipped where ffmpeg is not installed)', () => {
  // At 1 and 2 s the frame of 0.9 s is still shown, at 3 and 4 s that of 2.6 s.
  const times = [0, 0.3, 0.9, 2.5, 2.6, 4.2];

  test.each([
    ['webm', [...VP9, '-pix_fmt', 'yuv420p']],
    ['mkv', H264],
    ['mp4', [...H264, '-bf', '0']],
    ['mov', [...H264, '-preset', 'medium', '-bf', '2', '-qp', '4']],
  ])('of a variable rate in %s are those shown at 0, 1, 2, … s', async (extension, codec) => {
    const path = await make(join(folder, `variable.${extension}`), [...drawn(greyAt(times)), ...VARIABLE, ...codec]);
    const { frames, durationSec } = await shown(path);
    expect(frames).toEqual([0, 2, 2, 4, 4]);
    expect(durationSec).toBeCloseTo(4.3, 1);
  });

  test('count from the first picture where the file begins at another time', async () => {
    const path = await make(join(folder, 'late.mkv'), [
      ...drawn(greyAt(times)),
      ...['-output_ts_offset', '7.35', ...VARIABLE, ...H264],
    ]);
    const { frames, durationSec } = await shown(path);
    expect(frames).toEqual([0, 2, 2, 4, 4]);
    expect(durationSec).toBeCloseTo(4.3, 1);
  });

  test('count from the first picture where sound begins before it and ends after it', async () => {
    const path = await make(join(folder, 'sound.mkv'), [
      ...['-itsoffset', '0.7', ...drawn(greyAt([0, 1, 2], 30)), ...drawn('sine=d=6')],
      ...['-map', '0:v', '-map', '1:a', ...VARIABLE, ...H264],
    ]);
    const { frames, durationSec } = await shown(path);
    expect(frames).toEqual([0, 1, 2]);
    expect(durationSec).toBeLessThan(3.1);
  });

  test('leave out what an edit list hides', async () => {
    // 3 s of ten frames a second, all predicted from the first; a cut at 1.3 s can only be made by hiding thirteen of them.
    const whole = await make(join(folder, 'uncut.mp4'), [
      ...drawn("color=black:s=64x48:r=10:d=3,geq=lum='40+6*N':cb=128:cr=128"),
      ...H264,
    ]);
    const path = await make(join(folder, 'cut.mp4'), ['-ss', '1.3', '-i', whole, '-c', 'copy']);
    const { frames, durationSec } = await shown(path, 6);
    expect(frames).toEqual([13, 23]);
    expect(durationSec).toBeCloseTo(1.7, 5);
  });

  test.each([
    ['AVI', 'avi'],
    ['a bare H.264 stream', 'h264'],
  ])(
    'of %s, which does not say when reordered pictures are shown, are every tenth of ten a second',
    async (_what, extension) => {
      const path = await make(join(folder, `reordered.${extension}`), [
        ...drawn("color=black:s=64x48:r=10:d=3.1,geq=lum='40+6*N':cb=128:cr=128"),
        ...[...H264, '-preset', 'medium', '-bf', '3', '-qp', '4'],
      ]);
      const { frames, durationSec } = await shown(path, 6);
      expect(frames).toEqual([0, 10, 20, 30]);
      expect(durationSec).toBeCloseTo(3.1, 5);
    },
  );

  test.each([
    [0.04, 1],
    [0.4, 1],
    [1, 1],
    [3, 3],
    [3.04, 4],
  ])('of %f s are %i', async (sec, count) => {
    for (const [extension, codec] of [
      ['mp4', H264],
      ['webm', [...VP9, '-pix_fmt', 'yuv420p']],
    ] as const) {
      const path = await make(join(folder, `long-${sec}.${extension}`), [
        ...drawn(`color=red:s=64x48:r=25:d=${sec}`),
        ...codec,
      ]);
      const clip = await readClip(path);
      expect(clip.frames.length).toBe(count);
      expect(clip.durationSec).toBeCloseTo(sec, 2);
    }
  });

  test('of a clip of 30 frames a second and 5 s are five, though a millisecond cannot hold a thirtieth', async () => {
    const path = await make(join(folder, 'thirty.webm'), [
      ...drawn('color=red:s=64x48:r=30:d=5'),
      ...[...VP9, '-pix_fmt', 'yuv420p'],
    ]);
    expect((await readClip(path)).frames.length).toBe(5);
  });

  test('of a longer clip are fifty, and its length is told', async () => {
    const path = await make(join(folder, 'long.mp4'), [...drawn('color=red:s=32x32:r=5:d=61'), ...H264]);
    const clip = await readClip(path);
    expect([clip.frames.length, clip.durationSec]).toEqual([50, 61]);
  });

  test('of a last picture that is held for seconds repeat it', async () => {
    const path = await make(join(folder, 'held.mp4'), [
      ...drawn(`${greyAt([0, 1])}`),
      ...['-vf', "setpts='if(eq(N,0),0,0.5)/TB',tpad=stop=1:stop_mode=clone,setpts='if(lt(N,2),PTS,4.4/TB)'"],
      ...[...VARIABLE, ...H264],
    ]);
    expect((await shown(path)).frames).toEqual([0, 1, 1, 1, 1]);
  });

  test.skipIf(sharedMissing).each([
    ['bottle-detection.mp4', 39.855, 40],
    ['car-detection.mp4', 30.16, 31], // its sound lasts 30.208 s
    ['one-by-one-person-detection.mp4', 139.4, 50],
    ['crystal.mp4', 11.967, 12],
    ['crystal.webm', 11.966, 12],
    ['elf.mp4', 8.033, 9],
    ['frog.webm', 8.266, 9],
    ['monster.mp4', 7.333, 8],
    ['pig.webm', 6.533, 7],
    ['rabbit320.mp4', 7.8, 8],
  ])('of the real clip %s, %f s, are %i (skipped where ../shared is missing)', async (name, durationSec, count) => {
    const clip = await readClip(sharedMedia('clips', name));
    expect(clip.frames.length).toBe(count);
    expect(clip.durationSec).toBeCloseTo(durationSec, 2);
  });
});
