import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runFfmpeg } from '../../../offline/media/ffmpeg.ts';
import { readClip, VideoError, writeClipVideo } from '../../../offline/media/video.ts';
import { hasFfmpeg } from './video-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-video-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A picture of one grey level. */
const grey = (level: number, width = 64, height = 48) =>
  sharp({ create: { width, height, channels: 3, background: { r: level, g: level, b: level } } });

const jpeg = async (level: number, width?: number, height?: number) =>
  new Uint8Array(await grey(level, width, height).jpeg({ quality: 95 }).toBuffer());

const levelOf = async (frame: Uint8Array) => (await sharp(frame).stats()).channels[0].mean;
const sizeOf = async (frame: Uint8Array) => {
  const { width, height, format } = await sharp(frame).metadata();
  return { width, height, format };
};

async function folderOf(name: string, files: Record<string, Uint8Array>): Promise<string> {
  await mkdir(join(folder, name), { recursive: true });
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(folder, name, file), bytes);
  return join(folder, name);
}

describe('readClip of a folder', () => {
  test('takes the pictures in natural order, one per second, and passes small JPEGs unchanged', async () => {
    const [two, ten, one] = [await jpeg(20), await jpeg(100), await jpeg(10)];
    const path = await folderOf('order', {
      'f2.jpg': two,
      'f10.jpg': ten,
      'f1.JPEG': one,
      'notes.txt': new Uint8Array(3),
    });
    const clip = await readClip(path);
    expect(clip.frames).toEqual([one, two, ten]);
    expect(clip.durationSec).toBe(3);
  });

  test('turns, shrinks and encodes what is large, turned or PNG', async () => {
    const turned = new Uint8Array(await grey(50, 100, 40).jpeg().withMetadata({ orientation: 6 }).toBuffer());
    const png = new Uint8Array(await grey(50, 30, 20).png().toBuffer());
    const path = await folderOf('shapes', { '1.jpg': await jpeg(50, 1280, 720), '2.jpg': turned, '3.png': png });
    const { frames } = await readClip(path);
    expect(await Promise.all(frames.map(sizeOf))).toEqual([
      { width: 640, height: 360, format: 'jpeg' },
      { width: 40, height: 100, format: 'jpeg' },
      { width: 30, height: 20, format: 'jpeg' },
    ]);
  });

  test('reads WebP and AVIF as it reads PNG', async () => {
    const path = await folderOf('kinds', {
      '1.webp': new Uint8Array(await grey(60).webp().toBuffer()),
      '2.avif': new Uint8Array(await grey(120).avif().toBuffer()),
    });
    const { frames } = await readClip(path);
    const levels = await Promise.all(frames.map(levelOf));
    expect(levels.map((level) => Math.round(level / 10) * 10)).toEqual([60, 120]);
    expect(await sizeOf(frames[1])).toEqual({ width: 64, height: 48, format: 'jpeg' });
  });

  // EXIF 2.3, table 6: 2 to 4 mirror and turn by a half, 5 to 8 swap the sides.
  test.each([
    [1, 60, 40, [20, 200]],
    [2, 60, 40, [200, 20]],
    [3, 60, 40, [200, 20]],
    [6, 40, 60, [20, 200]],
    [8, 40, 60, [200, 20]],
  ])('shows a picture of orientation %i upright', async (orientation, width, height, [first, last]) => {
    const half = await grey(20, 30, 40).png().toBuffer();
    const picture = grey(200, 60, 40).composite([{ input: half, left: 0, top: 0 }]);
    const path = await folderOf(`orientation-${orientation}`, {
      '1.jpg': new Uint8Array(await picture.jpeg().withMetadata({ orientation }).toBuffer()),
    });
    const [frame] = (await readClip(path)).frames;
    const { data, info } = await sharp(frame).greyscale().raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([width, height]);
    expect([data[0], data[data.length - 1]].map((level) => Math.round(level / 10) * 10)).toEqual([first, last]);
  });

  test('takes a single picture as a clip of a second', async () => {
    const path = await folderOf('single', { 'a%03d [1].png': new Uint8Array(await grey(70).png().toBuffer()) });
    const clip = await readClip(join(path, 'a%03d [1].png'));
    expect([clip.frames.length, clip.durationSec]).toEqual([1, 1]);
  });

  test('brings a small JPEG in print colours to sRGB', async () => {
    const cmyk = new Uint8Array(await grey(128).toColourspace('cmyk').jpeg().toBuffer());
    const { frames } = await readClip(await folderOf('print', { '1.jpg': cmyk }));
    expect((await sharp(frames[0]).metadata()).space).toBe('srgb');
  });

  test.skipIf(!hasFfmpeg)('reads BMP and JPEG 2000 by ffmpeg (skipped where it is not installed)', async () => {
    for (const [name, encoder] of [
      ['1.bmp', 'bmp'],
      ['1.jp2', 'jpeg2000'],
    ]) {
      const path = join(await folderOf(`by-ffmpeg-${encoder}`, {}), name);
      await runFfmpeg([
        '-f',
        'lavfi',
        '-i',
        'color=0x646464:s=64x48,format=rgb24',
        '-frames:v',
        '1',
        '-c:v',
        encoder,
        path,
      ]);
      const [frame] = (await readClip(path)).frames;
      expect(Math.round(await levelOf(frame))).toBe(100);
    }
  });

  test('names what neither sharp nor ffmpeg reads, with what to do', async () => {
    const psd = new TextEncoder().encode('8BPS and so on');
    await expect(readClip(await folderOf('psd', { '1.jpg': psd }))).rejects.toThrow(
      /got PSD, which .*\. Convert it to JPEG/,
    );
  });

  test('refuses a folder with a video in it', async () => {
    const path = await folderOf('poster', { 'poster.jpg': await jpeg(1), 'film.mp4': new Uint8Array(9) });
    await expect(readClip(path)).rejects.toThrow(/expected nothing but the pictures of one clip, got film\.mp4, too/);
  });

  test('spreads fifty of more over all of them where that is asked', async () => {
    const files: Record<string, Uint8Array> = {};
    for (let i = 0; i < 100; i++) files[`${i}.jpg`] = await jpeg(2 * i);
    const { frames, times, durationSec } = await readClip(await folderOf('spread', files), { spread: 'even' });
    expect([frames.length, times[1], durationSec]).toEqual([50, 2, 100]);
    expect(frames[49]).toEqual(files['98.jpg']);
  });

  test('names HEIC, which it cannot read', async () => {
    const heic = new Uint8Array([0, 0, 0, 24, ...new TextEncoder().encode('ftypheic'), ...new Uint8Array(40)]);
    await expect(readClip(await folderOf('heic', { 'IMG_1.HEIC': heic }))).rejects.toThrow(
      /got HEIC\. Export it as JPEG/,
    );
  });

  test('takes the first fifty of more and still tells the duration', async () => {
    const picture = await jpeg(1);
    const path = await folderOf(
      'many',
      Object.fromEntries(Array.from({ length: 53 }, (_, i) => [`${i}.jpg`, picture])),
    );
    const clip = await readClip(path);
    expect([clip.frames.length, clip.durationSec]).toEqual([50, 53]);
  });

  test.each([
    ['no pictures', { 'readme.txt': new Uint8Array(1) }, /expected JPEG, PNG, WebP or AVIF pictures, got none/],
    [
      'a picture that is text',
      { '1.jpg': new TextEncoder().encode('text') },
      /1\.jpg: expected a whole JPEG, PNG, WebP or AVIF picture/,
    ],
    ['a picture cut off in the middle', {}, /2\.jpg: expected a whole JPEG, PNG, WebP or AVIF picture/],
  ])('refuses a folder with %s', async (name, files, message) => {
    const path = await folderOf(name, files);
    if (name.includes('cut off')) {
      const noise = sharp(Buffer.from(Array.from({ length: 30000 }, (_, i) => (i * 7919) % 251)), {
        raw: { width: 100, height: 100, channels: 3 },
      });
      const whole = new Uint8Array(await noise.jpeg().toBuffer());
      await writeFile(join(path, '2.jpg'), whole.subarray(0, whole.length / 2));
    }
    await expect(readClip(path)).rejects.toThrow(message);
    await expect(readClip(path)).rejects.toBeInstanceOf(VideoError);
  });

  test('refuses a path that leads nowhere', async () => {
    await expect(readClip(join(folder, 'nowhere.mp4'))).rejects.toThrow(/got nothing there/);
  });
});

describe('without ffmpeg', () => {
  test('a video is refused with what to do, and none is written', async () => {
    await writeFile(join(folder, 'some.mp4'), 'video');
    const path = process.env.PATH;
    process.env.PATH = '';
    try {
      await expect(readClip(join(folder, 'some.mp4'))).rejects.toThrow(
        /expected ffmpeg on the PATH .* Install ffmpeg, or give a folder/,
      );
      expect(await writeClipVideo([await jpeg(1)], join(folder, 'none.mp4'))).toBe(false);
    } finally {
      process.env.PATH = path;
    }
    expect(await readdir(folder)).not.toContain('none.mp4');
  });
});

describe.skipIf(!hasFfmpeg)('with ffmpeg (skipped where it is not installed)', () => {
  test('a written video plays one frame per second and is read back frame by frame', async () => {
    const frames = [await jpeg(40), await jpeg(90), await jpeg(140), await jpeg(190)];
    expect(await writeClipVideo(frames, join(folder, 'steps.mp4'))).toBe(true);
    const clip = await readClip(join(folder, 'steps.mp4'));
    expect(clip.durationSec).toBeCloseTo(4, 1);
    const levels = await Promise.all(clip.frames.map(levelOf));
    expect(levels.map((level) => Math.round(level / 10) * 10)).toEqual([40, 90, 140, 190]);
  });

  test('the frames are those shown at 0, 1, 2, … s, shrunk to 640', async () => {
    // Ten pictures a second of luma 40, 44, 48, …: at whole seconds 40, 80, 120, 160, in full range (Y - 16) · 255 / 219.
    const path = join(folder, 'ramp.mp4');
    const ramp = "color=black:s=1280x720:r=10:d=3.3,geq=lum='40+N*4':cb=128:cr=128";
    await runFfmpeg(['-f', 'lavfi', '-i', ramp, '-c:v', 'mpeg4', '-q:v', '2', path]);
    const clip = await readClip(path);
    const levels = await Promise.all(clip.frames.map(levelOf));
    expect(levels.length).toBe(4);
    for (const [second, level] of levels.entries())
      expect(Math.abs(level - ((24 + 40 * second) * 255) / 219)).toBeLessThan(2.4);
    expect(await sizeOf(clip.frames[0])).toEqual({ width: 640, height: 360, format: 'jpeg' });
  });

  test('a clip shorter than a second has one frame', async () => {
    const path = join(folder, 'short.mp4');
    await runFfmpeg(['-f', 'lavfi', '-i', 'color=red:s=64x48:r=10:d=0.4', '-c:v', 'mpeg4', path]);
    expect((await readClip(path)).frames.length).toBe(1);
  });

  test('a text file and a sound file are refused, not decoded', async () => {
    await writeFile(join(folder, 'text.mp4'), 'only words '.repeat(100));
    await runFfmpeg(['-f', 'lavfi', '-i', 'sine=d=1', join(folder, 'sound.wav')]);
    await expect(readClip(join(folder, 'text.mp4'))).rejects.toThrow(/expected a video, got a file without pictures/);
    await expect(readClip(join(folder, 'sound.wav'))).rejects.toThrow(/expected a video, got a file without pictures/);
  });
});
