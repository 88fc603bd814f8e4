/** A stream that changes on its way, as those of WebRTC and MediaRecorder do: every frame is of its second, and all of it is seen. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readClip } from '../../../offline/media/video.ts';
import { drawn, H264_420, hasFfmpeg, make, makeAll, turn, VP8 } from './video-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-changes-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const CASES = new URL('../../fixtures/cases/clips/', import.meta.url).pathname;

/** Size and grey level of each frame, in its lower right. */
async function seen(path: string): Promise<{ sizes: string[]; levels: number[]; durationSec: number }> {
  const { frames, durationSec } = await readClip(path);
  const sizes: string[] = [];
  const levels: number[] = [];
  for (const frame of frames) {
    const { data, info } = await sharp(frame).raw().toBuffer({ resolveWithObject: true });
    sizes.push(`${info.width}x${info.height}`);
    levels.push(Math.round(data[((info.height - 2) * info.width + info.width - 2) * info.channels] / 20) * 20);
  }
  return { sizes, levels, durationSec };
}

/** Grey of 20 · (1 + second of the whole), from `startSec` on. */
const grey = (size: string, startSec: number, sec: number): string[] =>
  drawn(
    `color=black:s=${size}:r=10:d=${sec},geq=lum='16+(20+20*floor(T+${startSec}+0.001))*219/255':cb=128:cr=128,format=yuv420p`,
  );

/** Parts of one codec, one after another in one stream. */
async function joined(name: string, parts: readonly [size: string, sec: number][], codec: string[]): Promise<string> {
  const files = new Map<string, string[]>();
  const lines: string[] = [];
  let startSec = 0;
  for (const [i, [size, sec]] of parts.entries()) {
    const part = `${name.replace(/\..*/, '')}-${i}.mkv`;
    files.set(join(folder, part), [...grey(size, startSec, sec), ...codec]);
    lines.push(`file ${part}`);
    startSec += sec;
  }
  await makeAll(files);
  const list = join(folder, `${name}.txt`);
  await writeFile(list, lines.join('\n'));
  return make(join(folder, name), ['-f', 'concat', '-i', list, '-c', 'copy']);
}

describe.skipIf(!hasFfmpeg)('a size that changes in the stream (skipped where ffmpeg is not installed)', () => {
  test('every 1.3 s keeps each frame at its second, and each its own size', async () => {
    const { sizes, levels, durationSec } = await seen(join(CASES, 'eight-resolution-changes.webm'));
    expect(levels).toEqual([20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 220]);
    expect(durationSec).toBeCloseTo(10.4, 2);
    const [wide, small] = ['320x180', '240x136'];
    expect(sizes).toEqual([wide, wide, small, wide, small, small, wide, small, wide, wide, small]);
  });

  test.each([
    ['at whole seconds', 'whole.webm', VP8, [1, 1, 1, 1], [20, 40, 60, 80]],
    ['with every frame', 'each.webm', VP8, new Array(21).fill(0.1), [20, 40, 60]],
    ['in H.264', 'h264.mp4', H264_420, [1.5, 1.5, 1.5], [20, 40, 60, 80, 100]],
    ['in a transport stream', 'h264.ts', H264_420, [1.5, 1.5, 1.5], [20, 40, 60, 80, 100]],
  ] as const)('%s keeps each frame at its second', async (_what, name, codec, lengths, expected) => {
    const parts = lengths.map((sec, i): [string, number] => [i % 2 ? '80x64' : '96x64', sec]);
    expect((await seen(await joined(name, parts, [...codec]))).levels).toEqual(expected);
  });

  test('from wide to upright shows each frame in its own shape', async () => {
    const path = await joined(
      'turned.webm',
      [
        ['96x64', 1.5],
        ['64x96', 1.5],
      ],
      VP8,
    );
    expect(await seen(path)).toMatchObject({ sizes: ['96x64', '96x64', '64x96'], levels: [20, 40, 60] });
  });

  test('in a clip that is turned for display turns all of it', async () => {
    const path = await turn(
      await joined(
        'display.mp4',
        [
          ['96x64', 1.5],
          ['80x64', 1.5],
        ],
        H264_420,
      ),
      90,
    );
    expect(await seen(path)).toMatchObject({ sizes: ['64x96', '64x96', '64x80'], levels: [20, 40, 60] });
  });

  test('in a bare stream, whose packets have no times, keeps each frame at its second', async () => {
    const paths = await makeAll(
      new Map(
        ['96x64', '80x64', '96x64'].map((size, i) => [
          join(folder, `bare-${i}.h264`),
          [...grey(size, 1.5 * i, 1.5), ...H264_420, '-r', '25'],
        ]),
      ),
    );
    const parts = await Promise.all(paths.map((path) => readFile(path)));
    await writeFile(join(folder, 'bare.h264'), Buffer.concat(parts));
    expect((await seen(join(folder, 'bare.h264'))).levels).toEqual([20, 40, 60, 80, 100]);
  });
});

describe.skipIf(!hasFfmpeg)('the stream that is read (skipped where ffmpeg is not installed)', () => {
  test.each(['mkv', 'mp4'])('is the default one of two, in %s', async (extension) => {
    const path = await make(join(folder, `two.${extension}`), [
      ...grey('96x64', 0, 1),
      ...grey('80x64', 5, 2),
      ...['-map', '0', '-map', '1', ...H264_420],
      ...['-disposition:v:0', '0', '-disposition:v:1', 'default'],
    ]);
    expect(await seen(path)).toMatchObject({ sizes: ['80x64', '80x64'], levels: [120, 140], durationSec: 2 });
  });

  test('is never a cover picture, though it stands first', async () => {
    const cover = await make(join(folder, 'cover.jpg'), [...drawn('color=red:s=32x32'), '-frames:v', '1']);
    const path = await make(join(folder, 'cover.mp4'), [
      ...['-i', cover, ...grey('96x64', 1, 2)],
      ...[
        '-map',
        '0',
        '-map',
        '1',
        '-c:v:0',
        'copy',
        '-c:v:1',
        'libx264',
        '-qp:v:1',
        '4',
        '-disposition:v:0',
        'attached_pic',
      ],
    ]);
    expect(await seen(path)).toMatchObject({ sizes: ['96x64', '96x64'], levels: [40, 60] });
  });

  test('begins with its first picture that can be decoded', async () => {
    const whole = await readFile(
      await make(join(folder, 'whole.ts'), [...grey('96x64', 0, 6), ...H264_420, '-preset', 'medium', '-g', '20']),
    );
    const third = Math.floor(whole.length / 188 / 3) * 188;
    await writeFile(join(folder, 'middle.ts'), Buffer.concat([whole.subarray(0, 564), whole.subarray(third)]));
    const { levels, durationSec } = await seen(join(folder, 'middle.ts'));
    expect(levels).toEqual([20, 40, 60, 80, 100, 120].slice(-levels.length));
    expect(levels.length).toBe(Math.ceil(durationSec - 0.005));
  });
});

test.skipIf(!hasFfmpeg)(
  'of a longer clip fifty frames can be spread over all of it (skipped where ffmpeg is not installed)',
  async () => {
    const path = await make(join(folder, 'long.mp4'), [
      ...drawn("color=black:s=32x32:r=10:d=125,geq=lum='16+4*floor(T/2.5+0.001)*219/255':cb=128:cr=128"),
      ...H264_420,
    ]);
    const { frames, times, durationSec } = await readClip(path, { spread: 'even' });
    expect([frames.length, durationSec, times[1], times[49]]).toEqual([50, 125, 2.5, 122.5]);
    for (const [i, frame] of frames.entries())
      expect(Math.abs((await sharp(frame).stats()).channels[0].mean - 4 * i)).toBeLessThan(3);
    const first = await readClip(path);
    expect([first.frames.length, first.durationSec, first.times[49]]).toEqual([50, 125, 49]);
  },
);
