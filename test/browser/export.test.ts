/** What is taken along from the page, read back: the video with its music by ffmpeg, and the files for editing programs. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { MomentAnswer, MomentsAnswer } from '../../functions/schema/answer.ts';
import { runFfmpeg } from '../../offline/media/ffmpeg.ts';
import { type AnsweringService, sharedService } from '../e2e/service.ts';
import { drawn, H264_420, hasFfmpeg, make } from '../unit/media/video-files.ts';
import { hasChromium, openChromium, openPage } from './chromium.ts';

const RATE = 8000;
/** How far the music may be off: a coder's frame has 20 ms, an ear notices 45. */
const OFF_MS = 5;
const LOOKED_AT_MS = 250;

describe.skipIf(!hasChromium || !hasFfmpeg)(
  'what is taken along (skipped where Chromium or ffmpeg is not installed)',
  () => {
    let folder: string;
    let clip: string;
    let service: AnsweringService;
    let browser: Browser;
    let page: Page;
    let moment: MomentAnswer;
    let card: Locator;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'cuepoint-export-'));
      clip = await make(join(folder, 'beach.mp4'), [...drawn('testsrc2=s=160x90:r=25:d=4.2'), '-bf', '2', ...H264_420]);
      service = await sharedService(inject('sharedService'));
      browser = await openChromium();
      page = await openPage(browser, { viewport: { width: 1280, height: 900 } });
      await page.goto(service.url);
      const response = page.waitForResponse((one) => one.url().endsWith('/v1/moments') && one.ok());
      await page.setInputFiles('#clip', clip);
      const { moments } = (await (await response).json()) as MomentsAnswer;
      moment = moments.find(({ track }) => track.previewUrl !== null) as MomentAnswer;
      card = page.locator('#moments li').filter({ has: page.getByRole('heading', { name: moment.track.title }) });
      await card.getByRole('button', { name: 'Use this' }).click();
    });
    afterAll(async () => {
      await browser?.close();
      await rm(folder, { recursive: true, force: true });
    });

    async function taken(name: string): Promise<string> {
      const download = page.waitForEvent('download');
      await card.getByRole('button', { name, exact: true }).click();
      const file = await download;
      const path = join(folder, file.suggestedFilename());
      await file.saveAs(path);
      await card.getByRole('status').filter({ hasText: file.suggestedFilename() }).waitFor();
      return path;
    }

    test('the MP4 has the clip’s very pictures, its length, and the moment under it', async () => {
      const path = await taken('MP4');
      expect(path).toBe(join(folder, `beach with ${moment.track.title}.mp4`));
      expect(await card.getByRole('status').textContent()).toContain('its picture copied as it is');
      expect(await pictureHash(path)).toBe(await pictureHash(clip));
      const preview = join(folder, 'track');
      const bytes = await (await fetch(new URL(moment.track.previewUrl as string, service.url))).arrayBuffer();
      await writeFile(preview, new Uint8Array(bytes));
      const [sound, track] = [await samplesOf(path), await samplesOf(preview)];
      expect(Math.abs(sound.length / RATE - 4.2)).toBeLessThanOrEqual(0.04); // a frame of its 25 a second
      const { lagMs, likeness } = lagOf(sound, track, moment.startMs);
      expect(Math.abs(lagMs)).toBeLessThanOrEqual(OFF_MS);
      expect(likeness).toBeGreaterThan(0.9);
    });

    test('the WebM has the same music, and pictures that a WebM may have', async () => {
      const path = await taken('WebM');
      expect(await card.getByRole('status').textContent()).toContain('encoded anew');
      const { log } = (await runFfmpeg(['-hide_banner', '-i', `file:${path}`])) as { log: string };
      expect(log).toMatch(/Video: (vp9|vp8|av1)/);
      expect(log).toContain('Audio: opus');
    });

    test('editing programs, credits and societies are told the track and where it starts', async () => {
      const { title } = moment.track;
      const otio = JSON.parse(await readFile(await taken('OTIO'), 'utf8'));
      expect([otio.OTIO_SCHEMA, otio.metadata.cuepoint]).toEqual([
        'Timeline.1',
        { track: moment.track.id, startMs: moment.startMs, endMs: moment.endMs },
      ]);
      expect(await readFile(await taken('EDL'), 'utf8')).toContain(`STARTS AT ${moment.startMs / 1000} S`);
      expect(await readFile(await taken('FCPXML'), 'utf8')).toContain(title);
      expect(await readFile(await taken('Credits'), 'utf8')).toContain(title);
      expect(await readFile(await taken('Cue sheet'), 'utf8')).toContain(moment.track.id);
    });
  },
);

/** Of the coded pictures, in the order of the file. */
async function pictureHash(path: string): Promise<string> {
  const out = `${path}.md5`;
  await make(out, ['-i', `file:${path}`, '-map', '0:v', '-c', 'copy', '-bsf:v', 'h264_mp4toannexb', '-f', 'md5']);
  return readFile(out, 'utf8');
}

/** Mono, at RATE. */
async function samplesOf(path: string): Promise<Float32Array> {
  const out = `${path}.f32`;
  await make(out, ['-i', `file:${path}`, '-map', '0:a', '-ac', '1', '-ar', String(RATE), '-f', 'f32le']);
  const { buffer, byteOffset, length } = await readFile(out);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + length));
}

/** By how much a sound is later than its track from a time on, where both are most alike (normalised cross-correlation). */
function lagOf(sound: Float32Array, track: Float32Array, startMs: number): { lagMs: number; likeness: number } {
  let best = { lagMs: 0, likeness: -1 };
  const most = (LOOKED_AT_MS * RATE) / 1000;
  const start = Math.round((startMs * RATE) / 1000);
  for (let lag = -most; lag <= most; lag++) {
    let [both, one, other] = [0, 0, 0];
    for (let i = most; i < sound.length - most; i += 2) {
      const at = start + i - lag;
      if (at < 0 || at >= track.length) continue;
      both += sound[i] * track[at];
      one += sound[i] ** 2;
      other += track[at] ** 2;
    }
    const likeness = both / (Math.sqrt(one * other) || 1);
    if (likeness > best.likeness) best = { lagMs: (1000 * lag) / RATE, likeness };
  }
  return best;
}
