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
import { type AnsweringService, sharedService } from '../e2e/service.ts';
import { drawn, H264_420, hasFfmpeg, make } from '../unit/media/video-files.ts';
import { violations } from './axe.ts';
import { hasChromium, openChromium, openPage } from './chromium.ts';

/** In the browser only: what Web Audio was told to start last. */
declare const started: { when: number; offset: number; context: AudioContext } | undefined;

/** Three pictures, and when they change. */
const CUT =
  'testsrc2=s=160x90:r=25:d=1.6[a];smptehdbars=s=160x90:r=25:d=1.4[b];mandelbrot=s=160x90:r=25,trim=duration=2[c];[a][b][c]concat=n=3';
const CUTS_MS = [1600, 3000];
/** Short of the clip's end, where both begin again. */
const MINUTE_MS = 58_000;
const MOST_SEC = 0.04;

describe.skipIf(!hasChromium || !hasFfmpeg)(
  'the page, heard (skipped where Chromium or ffmpeg is not installed)',
  () => {
    let folder: string;
    let clip: string;
    let cutClip: string;
    let service: AnsweringService;
    let browser: Browser;
    let page: Page;
    let answer: MomentsAnswer;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'cuepoint-hear-'));
      clip = await make(join(folder, 'minute.mp4'), [...drawn('testsrc2=s=160x90:r=10:d=61'), ...H264_420]);
      cutClip = await make(join(folder, 'cut.mp4'), [...drawn(CUT), ...H264_420]);
      service = await sharedService(inject('sharedService'));
      browser = await openChromium();
    });
    afterAll(async () => {
      await browser?.close();
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

    async function answered(address = '', file = clip): Promise<MomentsAnswer> {
      if (address) await page.goto(new URL(address, service.url).href);
      const response = page.waitForResponse((one) => one.url().endsWith('/v1/moments') && one.ok());
      await page.click('h1'); // a page may sound once its person has pressed something
      await page.setInputFiles('#clip', file);
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

    async function downbeatsOf(id: string): Promise<number[]> {
      const answered = await service.send({ path: `/v1/tracks/${id}`, method: 'GET' });
      return ((await answered.json()) as { beats: { downbeatsMs: number[] } }).beats.downbeatsMs;
    }

    const playing = () => page.locator('.card.playing');

    test('the first moment plays at once, and over a minute the picture stays with its music to 40 ms', async () => {
      // Playheads move ten times a second instead of sixty: for a minute that is a core that other tests want.
      await page.addInitScript(() => {
        globalThis.requestAnimationFrame = (draw) => window.setTimeout(() => draw(performance.now()), 100);
        globalThis.cancelAnimationFrame = (frame) => window.clearTimeout(frame);
      });
      const { moments } = await answered('/');
      const withPreview = moments.findIndex(({ track }) => track.previewUrl !== null);
      await playing().filter({ hasText: moments[withPreview].track.title }).waitFor();
      await driftFor(1500); // what a start is off is made up for
      const drift = await driftFor(MINUTE_MS);
      // One reading may come late on a busy machine; what drifts stays off.
      const each = Math.ceil(drift.length / 12);
      const fives = Array.from({ length: 12 }, (_, i) => medianOf(drift.slice(i * each, (i + 1) * each)));
      console.log(`drift, median of each 5 s, ms: ${fives.map((sec) => (1000 * sec).toFixed(1)).join(' ')}`);
      expect(drift.length).toBeGreaterThan(100);
      expect(Math.max(...fives.map(Math.abs))).toBeLessThanOrEqual(MOST_SEC);
      expect(drift.filter((sec) => Math.abs(sec) <= MOST_SEC).length / drift.length).toBeGreaterThan(0.9);
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
      const downbeatsMs = await downbeatsOf(id);
      const slider = page.getByRole('slider', { name: `Start of the moment in ${title}` });
      await expect.poll(() => slider.getAttribute('aria-disabled')).toBe('false');
      const before = Number(await slider.getAttribute('aria-valuenow'));
      await slider.press('ArrowLeft');
      const expected = downbeatsMs.findLast((ms) => ms < before) ?? before;
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

    test('a track found by its title is asked for its place alone, and a drag moves the moment by bars', async () => {
      await answered('', cutClip);
      const { tracks } = (await (await service.send({ path: '/v1/tracks', method: 'GET' })).json()) as {
        tracks: { id: string; title: string }[];
      };
      const [wanted] = tracks;
      await page.getByText('Change what is asked').click();
      await page.getByLabel('A track by its title or artist').fill(wanted.title);
      const request = page.waitForRequest((one) => one.url().endsWith(`/v1/tracks/${wanted.id}/moments`));
      const shown = page.getByText(wanted.title, { exact: true });
      await page.locator('.find-track button').filter({ has: shown }).click();
      await request;
      await page.getByRole('heading', { name: 'The place in this track' }).waitFor();
      const downbeatsMs = await downbeatsOf(wanted.id);
      const slider = page.getByRole('slider', { name: `Start of the moment in ${wanted.title}` });
      await expect.poll(() => slider.getAttribute('aria-disabled')).toBe('false'); // its beats are there
      await slider.scrollIntoViewIfNeeded();
      const before = Number(await slider.getAttribute('aria-valuenow'));
      const [most, box] = [Number(await slider.getAttribute('aria-valuemax')), await slider.boundingBox()];
      const [x, y, way] = [box!.x + box!.width / 2, box!.y + box!.height / 2, before > most / 2 ? -1 : 1];
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + way * 20, y, { steps: 4 });
      await page.mouse.move(x + way * 45, y, { steps: 4 });
      await page.mouse.up();
      await expect.poll(() => slider.getAttribute('aria-valuenow')).not.toBe(String(before));
      expect(downbeatsMs).toContain(Number(await slider.getAttribute('aria-valuenow')));
    });

    test('what is not wanted is left out of the next answer, and the address says so', async () => {
      const { moments } = await answered();
      const again = page.waitForRequest((request) => request.url().endsWith('/v1/moments'));
      await page.getByRole('button', { name: 'Not this one' }).first().click();
      expect((await again).postDataJSON().exclude).toEqual({ tracks: [moments[0].track.id] });
      expect(new URL(page.url()).searchParams.getAll('not')).toEqual([moments[0].track.id]);
    });

    test('the clip’s cuts and speech are found when that is asked, sent, and stand in the address', async () => {
      await page.goto(new URL('/?cuts=on-beats&speech=clear', service.url).href);
      const request = page.waitForRequest((one) => one.url().endsWith('/v1/moments'));
      await page.setInputFiles('#clip', cutClip);
      const { cutsMs, speechMs } = (await request).postDataJSON() as { cutsMs: number[]; speechMs: number[][] };
      expect(cutsMs.map((ms, i) => Math.abs(ms - CUTS_MS[i]) <= 60)).toEqual([true, true]);
      expect(speechMs).toEqual([]); // it has no sound
      await page.getByText(/2 cuts, \d on beats/).waitFor();
      await page.getByText('nobody speaks in this clip').waitFor();
      await page
        .getByText(/of 2 cuts on beats/)
        .first()
        .waitFor();

      const without = page.waitForRequest((one) => one.url().endsWith('/v1/moments'));
      await page.getByRole('switch', { name: /Cuts on beats/ }).click();
      expect((await without).postDataJSON()).not.toHaveProperty('cutsMs');
      expect(new URL(page.url()).search).toBe('?speech=clear');
    });

    test('filters, the length and the strongest beat are asked for again, and the address is a view to send on', async () => {
      const { moments } = await answered('/?k=2');
      expect(moments).toHaveLength(2);
      const asks = async (act: () => Promise<void>): Promise<Record<string, unknown>> => {
        const request = page.waitForRequest((one) => one.url().endsWith('/v1/moments'));
        await act();
        return (await request).postDataJSON();
      };
      await page.getByText('Change what is asked').click();
      const key = page.getByRole('group', { name: 'Key' }).getByRole('button').first();
      const name = ((await key.textContent()) ?? '').replace(/ ?\d+$/, '');
      expect(await asks(() => key.click())).toMatchObject({ k: 2, filters: { key: { in: [name] } } });
      expect(await asks(async () => void (await page.getByLabel('How it lies').selectOption('musical')))).toMatchObject(
        {
          fit: 'musical',
        },
      );
      const lane = page.getByRole('slider', { name: 'Strongest beat of the music at' });
      const hit = await asks(() => lane.click({ position: { x: 50, y: 10 } }));
      expect(hit.hitAtMs).toBeGreaterThan(0);
      const view = new URL(page.url()).searchParams;
      expect([view.get('key'), view.get('fit'), view.get('hit')]).toEqual([name, 'musical', String(hit.hitAtMs)]);
      await page.reload();
      const again = page.waitForRequest((one) => one.url().endsWith('/v1/moments'));
      await page.setInputFiles('#clip', clip);
      expect((await again).postDataJSON()).toMatchObject({ ...hit, tokens: expect.any(String) });
    });

    test('the first view, the moments and the library have nothing that axe-core objects to, light and dark', async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await violations(page)).toEqual([]);
      }
      await answered('', cutClip);
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

function medianOf(values: readonly number[]): number {
  const ascending = values.toSorted((one, other) => one - other);
  return ascending[Math.floor(ascending.length / 2)];
}
