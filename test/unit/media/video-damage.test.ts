/** Files that are no whole video: each is read as far as a player would, or refused with a sentence; names may be anything. */
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readClip, VideoError } from '../../../offline/media/video.ts';
import { drawn, H264, hasFfmpeg, make } from './video-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-damage-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const noise = (sec: number): string[] => drawn(`color=gray:s=160x120:r=10:d=${sec},noise=alls=60:allf=t`);

async function refused(path: string): Promise<string> {
  const error = await readClip(path).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(VideoError);
  return (error as Error).message;
}

describe.skipIf(!hasFfmpeg)('a file that is no whole video (skipped where ffmpeg is not installed)', () => {
  test('with a cover picture is a sound file', async () => {
    const cover = join(folder, 'cover.jpg');
    await writeFile(
      cover,
      await sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
        .jpeg()
        .toBuffer(),
    );
    const path = await make(join(folder, 'cover.mp3'), [
      ...drawn('sine=d=2'),
      ...['-i', cover, '-map', '0', '-map', '1', '-c:v', 'copy', '-disposition:v', 'attached_pic'],
    ]);
    expect(await refused(path)).toMatch(/expected a video, got a sound file with a cover picture\. Give the video/);
  });

  test('with sound only is told so', async () => {
    const path = await make(join(folder, 'sound.m4a'), drawn('sine=d=1'));
    expect(await refused(path)).toMatch(/got a file without pictures, only sound\. Give the video/);
  });

  test('with a video stream that holds no frames is told so', async () => {
    const path = await make(join(folder, 'none.mkv'), [...noise(1), '-frames:v', '0', ...H264]);
    expect(await refused(path)).toMatch(/expected a video, got a file without pictures/);
  });

  test('that is empty is told so', async () => {
    await writeFile(join(folder, 'empty.mp4'), '');
    expect(await refused(join(folder, 'empty.mp4'))).toMatch(/got an empty file\. Copy it again/);
  });

  test('cut off before its index, which MP4 has at the end, is refused', async () => {
    const whole = await readFile(await make(join(folder, 'whole.mp4'), [...noise(4), ...H264]));
    await writeFile(join(folder, 'half.mp4'), whole.subarray(0, whole.length / 2));
    expect(await refused(join(folder, 'half.mp4'))).toMatch(/got a file without pictures .*Export it again as MP4/);
  });

  test('cut off after its index is as long as what is left, and is told', async () => {
    const whole = await readFile(
      await make(join(folder, 'fast.mp4'), [...noise(4), ...H264, '-movflags', '+faststart']),
    );
    await writeFile(join(folder, 'rest.mp4'), whole.subarray(0, whole.length * 0.6));
    const clip = await readClip(join(folder, 'rest.mp4'));
    expect(clip.durationSec).toBeGreaterThan(1.9);
    expect(clip.durationSec).toBeLessThan(3);
    expect(clip.frames.length).toBe(Math.ceil(clip.durationSec));
    expect(clip.remarks).toEqual([
      expect.stringMatching(/^expected 4\.0 s, got 2\.\d s: the file is cut off\. Copy it/),
    ]);
  });

  test('whose pictures cannot be decoded is refused', async () => {
    const path = await make(join(folder, 'scrambled.mkv'), [...noise(1), ...H264]);
    const file = await readFile(path);
    const start = file.indexOf(Buffer.from([0x1f, 0x43, 0xb6, 0x75])); // the first cluster, where the pictures are
    for (let at = start + 60; at < file.length - 200; at++) file[at] = 0;
    await writeFile(path, file);
    expect(await refused(path)).toMatch(/expected a video/);
  });

  test.each(['été – Ürümqi 夏.mp4', 'clip [1] {2} (3).mp4', '-y.mp4', '%03d.mp4', "it's; $HOME.mp4", 'http:clip.mp4'])(
    'is found under the name %s',
    async (name) => {
      await mkdir(join(folder, 'names'), { recursive: true });
      const plain = await make(join(folder, 'plain.mp4'), [...noise(0.5), ...H264]);
      await rename(plain, join(folder, 'names', name));
      expect((await readClip(join(folder, 'names', name))).frames.length).toBe(1);
      expect((await readClip(relative('.', join(folder, 'names', name)))).frames.length).toBe(1);
    },
  );
});
