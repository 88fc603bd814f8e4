/** Colours come out as they were drawn, whichever matrix the video has, said or not. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { colourFilters } from '../../../offline/media/colours.ts';
import { readClip } from '../../../offline/media/video.ts';
import { drawn, H264_420, hasFfmpeg, make, VP8, VP9 } from './video-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-colour-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

// Descriptions as ffmpeg 5 and 7 write them.
test.each([
  ['Stream #0:0: Video: h264 (High) (avc1 / 0x31637661), yuv420p(tv, bt709, progressive), 64x48', 'auto'],
  ['Stream #0:0: Video: h264, yuv420p(tv, smpte170m/smpte170m/bt709, progressive), 720x480', 'auto'],
  ['Stream #0:0: Video: vp9 (Profile 0), yuv420p(tv, bt470bg/unknown/unknown), 64x48', 'auto'],
  ['Stream #0:0: Video: h264 (High), yuv420p(tv, unknown/bt709/bt709, progressive), 640x360', 'bt709'],
  ['Stream #0:0: Video: h264 (High) (avc1 / 0x31637661), yuv420p(progressive), 640x360', 'bt709'],
  ['Stream #0:0[0x1](und): Video: mpeg4 (Simple Profile), yuv420p, 64x48 [SAR 1:1 DAR 4:3]', 'bt709'],
  ['Stream #0:0(eng): Video: vp8, yuv420p(progressive), 720x480, SAR 1:1', 'bt601'],
])('"%s" is read with the matrix %s', (description, matrix) => {
  expect(colourFilters(description).scaleOptions).toContain(`in_color_matrix=${matrix}:`);
});

describe.skipIf(!hasFfmpeg)('the colours of frames (skipped where ffmpeg is not installed)', () => {
  const COLOURS = [
    [192, 32, 32],
    [32, 160, 64],
    [48, 64, 192],
    [208, 192, 48],
    [255, 255, 255],
    [0, 0, 0],
  ];
  const say = (name: string): string[] => ['-colorspace', name, '-color_primaries', name, '-color_trc', name];

  test.each([
    ['BT.709', 'mp4', H264_420, 'bt709:out_range=tv', [...say('bt709'), '-color_range', 'tv']],
    ['BT.601', 'mp4', H264_420, 'bt601:out_range=tv', [...say('smpte170m'), '-color_range', 'tv']],
    ['BT.709 of full range', 'mp4', H264_420, 'bt709:out_range=pc', [...say('bt709'), '-color_range', 'pc']],
    ['a matrix that H.264 does not say, BT.709', 'mp4', H264_420, 'bt709:out_range=tv', []],
    ['a matrix that VP8 does not say, BT.601', 'webm', VP8, 'bt601:out_range=tv', []],
    ['BT.709 in VP9', 'webm', VP9, 'bt709:out_range=tv', [...say('bt709'), '-color_range', 'tv']],
  ])('of %s are those that were drawn', async (what, extension, codec, matrix, said) => {
    const channel = (c: number): string => COLOURS.map((rgb, second) => `eq(floor(T),${second})*${rgb[c]}`).join('+');
    const path = await make(join(folder, `${what}.${extension}`), [
      ...drawn(
        `color=black:s=64x48:r=5:d=${COLOURS.length},format=rgb24,geq=r='${channel(0)}':g='${channel(1)}':b='${channel(2)}',scale=out_color_matrix=${matrix},format=yuv420p`,
      ),
      ...codec,
      ...said,
    ]);
    const { frames } = await readClip(path);
    expect(frames.length).toBe(COLOURS.length);
    for (const [second, frame] of frames.entries())
      for (const [c, { mean }] of (await sharp(frame).stats()).channels.entries())
        expect(Math.abs(mean - COLOURS[second][c])).toBeLessThan(4); // 8 bits twice, and JPEG
  });
});
