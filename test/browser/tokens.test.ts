/** Tokens made in a browser are those that the offline program makes of the same clip, and so are its JPEG pictures'. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BASIC_FRAMES, embedFrames } from '../../functions/embed/basic-frames.ts';
import { nodeDecoders } from '../../offline/media/image-codecs.ts';
import { readClip } from '../../offline/media/video.ts';
import { sharedMedia, sharedMissing } from '../unit/media/shared.ts';
import { drawn, H264_420, hasFfmpeg, make, VP9 } from '../unit/media/video-files.ts';
import { hasChromium, openChromium, openPage } from './chromium.ts';
import type { inPage as InPage } from './in-page.ts';
import { serveModule } from './module-server.ts';

/** In the browser only. */
declare const inPage: typeof InPage;

/**
 * By how much tokens may differ, as a share of their own length (Euclidean). Seen: 0.003 to 0.006 in 17 real clips, of which
 * the JPEG of the offline way is most.
 */
const TOLERANCE = 0.01;

/** As the index's encoder measures: L*, a*, b*, chroma, detail and motion, of 0 to 100. Seen: 0.8 at most. */
const TOLERANCE_OF_ONE = 1.5;

let folder: string;
let server: Awaited<ReturnType<typeof serveModule>>;
let browser: Browser;
let page: Page;

describe.skipIf(!hasChromium || !hasFfmpeg)('in Chromium (skipped where it or ffmpeg is not installed)', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cuepoint-tokens-'));
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

  async function expectSameTokens(path: string): Promise<void> {
    const decoders = await nodeDecoders();
    const offline = await readClip(path);
    const expected = await embedFrames(offline.frames, decoders);
    await page.setInputFiles('#clip', path);
    const { encoder, shape, tokens, durationMs } = await page.evaluate(() => inPage.tokens());
    expect([encoder, shape]).toEqual([BASIC_FRAMES.name, [offline.frames.length, BASIC_FRAMES.width]]);
    expect(Math.abs(durationMs - offline.durationSec * 1000)).toBeLessThanOrEqual(1);
    expectClose(new Float32Array(Uint8Array.from(Buffer.from(tokens, 'base64')).buffer), expected);

    const pictures = await page.evaluate(() => inPage.pictures());
    const jpegs = pictures.frames.map((frame) => Buffer.from(frame, 'base64'));
    expectClose(await embedFrames(jpegs, decoders), expected);
    expect(pictures.durationMs).toBe(durationMs);
  }

  function expectClose(got: Float32Array, expected: Float32Array): void {
    expect(got.length).toBe(expected.length);
    const differences = expected.map((value, i) => value - got[i]);
    expect(Math.hypot(...differences)).toBeLessThan(TOLERANCE * Math.hypot(...expected));
    expect(Math.max(...differences.map(Math.abs))).toBeLessThan(TOLERANCE_OF_ONE);
  }

  test.each([
    ['H.264', 'moving.mp4', [...drawn('testsrc2=s=640x360:r=25:d=4.3'), ...H264_420]],
    ['VP9, an odd size', 'moving.webm', [...drawn('testsrc2=s=1283x721:r=25:d=2.1'), ...VP9, '-pix_fmt', 'yuv420p']],
  ])('tokens of a moving picture in %s are the offline ones', async (_what, name, args) => {
    await expectSameTokens(await make(join(folder, name), args));
  });

  test
    .skipIf(sharedMissing)
    .each(['bottle-detection.mp4', 'car-detection.mp4', 'crystal.mp4', 'pig.webm', 'rabbit320.webm'])(
    'tokens of the real clip %s are the offline ones (skipped where ../shared is missing)',
    async (name) => {
      await expectSameTokens(sharedMedia('clips', name));
    },
  );

  test('tokens of thirty seconds and what goes with them are about 11 kB', async () => {
    const path = await make(join(folder, 'half-minute.mp4'), [...drawn('testsrc2=s=320x180:r=5:d=30'), ...H264_420]);
    await page.setInputFiles('#clip', path);
    const body = JSON.stringify(await page.evaluate(() => inPage.tokens()));
    expect(body.length).toBeLessThan(11_000);
  });
});
