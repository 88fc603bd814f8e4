/**
 * The page as it is heard, in a browser on the Worker: the clip and its music on one clock, a moment dragged and used, filters, the library,
 * and what axe-core says of each view.
 *
 * What is heard is measured beside the page's own code: when Web Audio was told to start which part of which sound, and where the picture is.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { MomentsAnswer } from '../../functions/schema/answer.ts';
import { type RunningService, startService } from '../e2e/service.ts';
import { drawn, H264_420, hasFfmpeg, make } from '../unit/media/video-files.ts';
import { violations } from './axe.ts';
import { hasChromium, openChromium, openPage } from './chromium.ts';

/** In the browser only: what Web Audio was told to start last. */
declare const started: { when: number; offset: number; context: AudioContext } | undefined;

/** What is looked at of the minute, the first and the last of it; what a clock is off adds up in between. */
const LOOKED_AT_MS = 6000;

describe.skipIf(!hasChromium || !hasFfmpeg)(
  'the page, heard (skipped where Chromium or ffmpeg is not installed)',
  () => {
    let folder: string;
    let clip: string;
    let service: RunningService;
    let browser: Browser;
    let page: Page;
    let answer: MomentsAnswer;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'cuepoint-hear-'));
      clip = await make(join(folder, 'minute.mp4'), [...drawn('testsrc2=s=160x90:r=25:d=61'), ...H264_420]);
      service = await startService('hear', inject('tinyBundle'));
      browser = await openChromium();
    });
    afterAll(async () => {
      await browser?.close();
      await service?.close();
      await rm(folder, { recursive: true, force: true });
    });
    beforeEach(async () => {
      await page?.close();
      page = await openPage(browser, { viewport: { width: 1280, height: 900 } });
      await page.addInitScript(() => {
        const start = AudioBufferSourceNode.prototype.start;
        AudioBufferSourceNode.prototype.start = function (when = 0, offset = 0, duration?: number) {
          Object.assign(globalThis, { started: { when, offset, context: this.context } });
          return start.call(this, when, offset, duration);
        };
      });
      await page.goto(service.url);
    });

    async function answered(address = ''): Promise<MomentsAnswer> {
      if (address) await page.goto(new URL(address, service.url).href);
      const response = page.waitForResponse((one) => one.url().endsWith('/v1/moments') && one.ok());
      await page.click('h1'); // a page may sound once its person has pressed something
      await page.setInputFiles('#clip', clip);
      answer = (await (await response).json()) as MomentsAnswer;
      await page.locator('#moments li').first().waitFor();
      return answer;
    }

    /** Seconds by which the picture is before its music, each tenth of a second. */
    function driftFor(ms: number): Promise<number[]> {
      return page.evaluate(async (until) => {
        const video = document.querySelector('.stage video') as HTMLVideoElement;
        const found: number[] = [];
        for (const from = performance.now(); performance.now() - from < until; ) {
          await new Promise((settle) => setTimeout(settle, 100));
          if (!started) continue;
          const { when, offset, context } = started;
          found.push(video.currentTime - (offset + context.currentTime - (context.outputLatency || 0) - when));
        }
        return found;
      }, ms);
    }

    const playing = () => page.locator('.card.playing');

    test('the first moment plays at once, and the picture is with its music to 40 ms, also near the end of a minute', async () => {
      const { moments } = await answered();
      const withPreview = moments.findIndex(({ track }) => track.previewUrl !== null);
      if (withPreview > 0) await page.getByRole('button', { name: `Play ${moments[withPreview].track.title}` }).click();
      await playing().waitFor();
      await driftFor(1500); // what a start is off is made up for
      const drift = await driftFor(LOOKED_AT_MS);
      expect(drift.length).toBeGreaterThan(10);
      expect(Math.max(...drift.map(Math.abs))).toBeLessThanOrEqual(0.04);

      // As if the clocks had run apart for the rest of the minute: more than they ever do.
      await page.evaluate(() => {
        (document.querySelector('.stage video') as HTMLVideoElement).currentTime += 0.2;
      });
      await driftFor(4000);
      expect(Math.max(...(await driftFor(2000)).map(Math.abs))).toBeLessThanOrEqual(0.04);
    });

    test('an arrow key moves a moment to the next bar, plays it there, and its use is told as edited', async () => {
      const told: { event: string; trackId: string; startMs: number }[] = [];
      await page.route('**/v1/feedback', (route) => {
        told.push(...(route.request().postDataJSON() as { events: typeof told }).events);
        return route.fulfill({ status: 202, json: { accepted: 1 } });
      });
      const { moments } = await answered('/?k=3');
      const moment =
        moments.find(({ track, endMs }) => track.previewUrl !== null && endMs < track.durationMs) ?? moments[0];
      const { id, title } = moment.track;
      const { beats } = (await (await service.send({ path: `/v1/tracks/${id}`, method: 'GET' })).json()) as {
        beats: { downbeatsMs: number[] };
      };
      const slider = page.getByRole('slider', { name: `Start of the moment in ${title}` });
      const before = Number(await slider.getAttribute('aria-valuenow'));
      await slider.press('ArrowLeft');
      const expected = beats.downbeatsMs.findLast((ms) => ms < before) ?? before;
      await expect.poll(() => slider.getAttribute('aria-valuenow')).toBe(String(expected));
      const card = page.locator('#moments li').filter({ has: page.getByRole('heading', { name: title }) });
      await card.getByRole('button', { name: 'Use this' }).click();
      await expect
        .poll(() => told.at(-1))
        .toMatchObject({
          event: expected === before ? 'used' : 'edited',
          trackId: id,
          startMs: expected,
        });
    });

    test('what is not wanted is left out of the next answer, and the address says so', async () => {
      const { moments } = await answered();
      const again = page.waitForRequest((request) => request.url().endsWith('/v1/moments'));
      await page.getByRole('button', { name: 'Not this one' }).first().click();
      expect((await again).postDataJSON().exclude).toEqual({ tracks: [moments[0].track.id] });
      expect(new URL(page.url()).searchParams.getAll('not')).toEqual([moments[0].track.id]);
    });

    test('the first view, the moments and the library have nothing that axe-core objects to, light and dark', async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await violations(page)).toEqual([]);
      }
      await answered();
      expect(await violations(page)).toEqual([]);
      await page.getByRole('link', { name: 'Library' }).click();
      await page.locator('.track .open').first().click();
      await page.locator('.track .waveform').waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByLabel('Search by title or artist').fill('no such title');
      await page.getByText('No track has these words').waitFor();
      expect(await violations(page)).toEqual([]);
    });
  },
);
