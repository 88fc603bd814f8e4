/** Frames and tokens made by a browser are those that ffmpeg gives offline, for every odd kind of clip. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readClip } from '../../offline/media/video.ts';
import {
  drawn,
  greyAt,
  H264_420,
  hasFfmpeg,
  make,
  makeAll,
  redBlue,
  turn,
  VARIABLE,
  VP8,
  VP9,
} from '../unit/media/video-files.ts';
import { hasChromium, openChromium, openPage } from './chromium.ts';
import { type inPage as InPage, measure } from './in-page.ts';
import { serveModule } from './module-server.ts';

/** In the browser only. */
declare const inPage: typeof InPage;

/** A flat colour for each second, of ten frames, drawn small and enlarged. */
const COLOURS = [
  [192, 32, 32],
  [48, 140, 80],
  [60, 70, 130],
  [208, 192, 120],
  [128, 128, 128],
];
function colours(size: string, matrix: 'bt601' | 'bt709' = 'bt709'): string[] {
  const channel = (c: number): string => COLOURS.map((rgb, second) => `eq(floor(T),${second})*${rgb[c]}`).join('+');
  const geq = `geq=r='${channel(0)}':g='${channel(1)}':b='${channel(2)}'`;
  const scale = `scale=${size.replace('x', ':')}:flags=neighbor:out_color_matrix=${matrix}:out_range=tv`;
  return drawn(`color=black:s=16x8:r=10:d=${COLOURS.length},format=rgb24,${geq},${scale},setsar=1,format=yuv420p`);
}
const SAYS_601 = ['-colorspace', 'smpte170m', '-color_range', 'tv'];
const SAYS_709 = ['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'];
const VP9_420 = [...VP9, '-pix_fmt', 'yuv420p'];
const times = [0, 0.3, 0.9, 2.5, 2.6, 4.2];

/** What, its file, and how it is made. */
const FILMS: readonly (readonly [what: string, name: string, args: string[]])[] = [
  ['H.264 in MP4', 'flat.mp4', [...colours('320x180'), ...H264_420, ...SAYS_709]],
  ['H.264 in MP4, BT.601', 'flat-601.mp4', [...colours('320x180', 'bt601'), ...H264_420, ...SAYS_601]],
  ['H.264 that does not say its matrix', 'flat-unsaid.mp4', [...colours('320x180'), ...H264_420]],
  ['H.264 in MOV', 'flat.mov', [...colours('320x180'), ...H264_420, ...SAYS_709]],
  ['H.264 in MPEG-TS, which begins at 1.4 s', 'flat.ts', [...colours('320x180'), ...H264_420, ...SAYS_709]],
  ['VP9 in WebM', 'flat.webm', [...colours('320x180'), ...VP9, ...SAYS_709]],
  ['VP8 in WebM', 'eight.webm', [...colours('320x180', 'bt601'), ...VP8, ...SAYS_601]],
  ['VP8 that does not say its matrix', 'eight-unsaid.webm', [...colours('320x180', 'bt601'), ...VP8]],
  ['AV1 in MP4', 'av1.mp4', [...colours('320x180'), '-c:v', 'libaom-av1', '-cpu-used', '8', '-crf', '10', ...SAYS_709]],
  ['1080p', 'large.mp4', [...colours('1920x1080'), ...H264_420, ...SAYS_709]],
  ['an odd size', 'odd.webm', [...colours('101x57'), ...VP9, ...SAYS_709]],
  ['pixels that are not square', 'sar.mp4', [...colours('100x80'), '-vf', 'setsar=3/2', ...H264_420, ...SAYS_709]],
  ['less than a second', 'short.mp4', [...drawn('color=gray:s=64x48:r=10:d=0.4'), ...H264_420]],
  ['frames at any time', 'variable.mp4', [...drawn(greyAt(times)), ...VARIABLE, ...H264_420]],
  ['frames at any time in WebM', 'variable.webm', [...drawn(greyAt(times)), ...VARIABLE, ...VP9]],
  ['a start at 7.35 s', 'late.mkv', [...drawn(greyAt(times)), '-output_ts_offset', '7.35', ...VARIABLE, ...H264_420]],
];

/**
 * Levels of 255 by which means of red, green and blue may differ: rounding and JPEG. Chromium's fixed-point matrix has 2.0 where
 * BT.709 has 2.11 for blue: 7 levels in a saturated blue, 4 in the ones drawn here.
 */
const TOLERANCE = [3, 3, 6];

let folder: string;
let server: Awaited<ReturnType<typeof serveModule>>;
let browser: Browser;
let page: Page;

describe.skipIf(!hasChromium || !hasFfmpeg)('in Chromium (skipped where it or ffmpeg is not installed)', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cuepoint-browser-'));
    await makeAll(new Map(FILMS.map(([, name, args]) => [join(folder, name), args])));
    server = await serveModule();
    browser = await openChromium();
    page = await openPage(browser);
    await page.goto(server.url);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(FILMS)('frames of %s are those of ffmpeg', async (_what, name) => {
    await expectSameFrames(join(folder, name));
  });

  test.each([
    [90, '128x96', H264_420],
    [180, '128x96', H264_420],
    [270, '128x96', H264_420],
    [90, '101x57', VP9_420],
    [270, '101x57', VP9_420],
  ] as const)(
    'frames of a clip turned by %i degrees, stored as %s, are those of ffmpeg',
    async (degrees, size, codec) => {
      const [width, height] = size.split('x').map(Number);
      const name = `turned-${degrees}-${size}.mp4`;
      const path = await make(join(folder, name), [...drawn(redBlue(width, height, 2)), ...codec, ...SAYS_709]);
      await expectSameFrames(await turn(path, degrees));
    },
  );

  test('frames of what an edit list leaves are those of ffmpeg', async () => {
    const whole = await make(join(folder, 'whole.mp4'), [...colours('64x48'), ...H264_420, ...SAYS_709]);
    await expectSameFrames(await make(join(folder, 'cut.mp4'), ['-ss', '1.4', '-i', whole, '-c', 'copy']));
  });

  test('white paper in HDR is as bright as the browser shows it, not as grey as it is stored', async () => {
    // 58 % of PQ's range (BT.2408), which read as sRGB is 148; ffmpeg's side of us makes 225 of it, Chromium 184.
    const pq = [
      '-color_primaries',
      'bt2020',
      '-color_trc',
      'smpte2084',
      '-colorspace',
      'bt2020nc',
      '-color_range',
      'tv',
    ];
    const path = await make(join(folder, 'hdr.webm'), [
      ...drawn('color=black:s=64x48:r=10:d=1,format=yuv420p10le,geq=lum=572:cb=512:cr=512'),
      ...[...VP9, '-pix_fmt', 'yuv420p10le', ...pq],
    ]);
    await page.setInputFiles('#clip', path);
    const { frames } = await page.evaluate(() => inPage.frames());
    for (const level of frames[0].halves) expect(level).toBeGreaterThan(170);
  });

  async function expectSameFrames(path: string): Promise<void> {
    const offline = await readClip(path);
    await page.setInputFiles('#clip', path);
    const { frames, durationSec } = await page.evaluate(() => inPage.frames());
    expect(frames.length).toBe(offline.frames.length);
    expect(durationSec).toBeCloseTo(offline.durationSec, 1);
    for (const [second, frame] of offline.frames.entries()) {
      const { data, info } = await sharp(frame).raw().toBuffer({ resolveWithObject: true });
      const expected = measure(data, info.width, info.height, info.channels);
      const got = frames[second];
      expect([got.width, got.height]).toEqual([expected.width, expected.height]);
      for (const [i, level] of got.halves.entries())
        expect(Math.abs(level - expected.halves[i])).toBeLessThan(TOLERANCE[i % 3]);
    }
  }

  test.each([
    ['a sound file', 'sound.m4a', 'expected a video, got a file without pictures'],
    ['text', 'text.mp4', 'expected a video, got another kind of file. Choose an MP4, MOV or WebM file.'],
    ['nothing', 'empty.mp4', 'expected a video, got an empty file. Copy it again.'],
    ['MPEG-4 Visual', 'old.mp4', 'expected a video codec that this browser decodes, got'],
    ['a file cut off before its index', 'half.mp4', 'expected a'],
    ['pictures that cannot be decoded', 'scrambled.mp4', 'expected a whole video, got a damaged one'],
  ])('%s is refused with a sentence', async (_what, name, sentence) => {
    const path = join(folder, name);
    const video = [...drawn('color=gray:s=160x120:r=10:d=2,noise=alls=60:allf=t'), ...H264_420];
    if (name === 'sound.m4a') await make(path, drawn('sine=d=1'));
    else if (name === 'text.mp4') await writeFile(path, 'only words '.repeat(100));
    else if (name === 'empty.mp4') await writeFile(path, '');
    else if (name === 'old.mp4') await make(path, [...drawn('color=red:s=64x48:r=10:d=1'), '-c:v', 'mpeg4']);
    else {
      const whole = await readFile(await make(join(folder, `whole-${name}`), video));
      if (name === 'scrambled.mp4') whole.fill(0x55, whole.indexOf('mdat') + 4, whole.indexOf('moov') - 4);
      await writeFile(path, name === 'half.mp4' ? whole.subarray(0, whole.length / 2) : whole);
    }
    await page.setInputFiles('#clip', path);
    const error = await page.evaluate(() => inPage.error());
    expect(error).toEqual({ name: 'ClipError', message: expect.stringContaining(`${name}: ${sentence}`) });
  });

  test('reading stops when it is aborted, with the reason that was given', async () => {
    const path = await make(join(folder, 'stopped.mp4'), [...colours('320x180'), ...H264_420]);
    await page.setInputFiles('#clip', path);
    const seen = await page.evaluate(() => inPage.stoppedAfterTwo());
    expect(seen).toEqual({ times: [0, 1], message: 'enough' });
  });
});
