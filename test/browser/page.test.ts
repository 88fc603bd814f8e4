/** The page in a browser, on the Worker as it is deployed: a person picks a clip by keyboard and gets its moments. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, FileChooser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { ClipTokens } from '../../functions/page/client.ts';
import type { MomentsAnswer } from '../../functions/schema/answer.ts';
import { type AnsweringService, sharedService } from '../e2e/service.ts';
import { drawn, H264_420, hasFfmpeg, make } from '../unit/media/video-files.ts';
import { hasChromium, openChromium, openPage } from './chromium.ts';

describe.skipIf(!hasChromium || !hasFfmpeg)('the page (skipped where Chromium or ffmpeg is not installed)', () => {
  let folder: string;
  let clip: string;
  let service: AnsweringService;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let asked: string[];
  /** The first that the page opens; asked for before it can, since a browser has to be told that nobody sits before it. */
  let chooser: Promise<FileChooser>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cuepoint-page-'));
    clip = await make(join(folder, 'été.mp4'), [...drawn('testsrc2=s=320x180:r=25:d=4.3'), ...H264_420]);
    service = await sharedService(inject('sharedService'));
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await page?.close();
    page = await openPage(browser, { viewport: { width: 360, height: 740 } });
    complaints = [];
    asked = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => asked.push(request.url()));
    chooser = page.waitForEvent('filechooser');
    chooser.catch(() => undefined); // most tests open none
    await page.goto(service.url);
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))); // keys count from the first frame on
  });

  /** Tab to the field, open its chooser with the space bar, take the file. */
  async function chooseByKeyboard(path: string): Promise<void> {
    for (let tabs = 0; tabs < 4; tabs++) await page.keyboard.press('Tab'); // past the three views
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('clip');
    await page.keyboard.press('Space');
    await (await chooser).setFiles(path);
  }

  async function shownMoments(): Promise<string[]> {
    await page.locator('#moments li').first().waitFor();
    return page.locator('#moments li').allInnerTexts();
  }

  test('a clip that is chosen by keyboard gets the moments that the service gives for its tokens', async () => {
    const sent = page.waitForRequest((request) => request.url().endsWith('/v1/moments'));
    await chooseByKeyboard(clip);
    const request = await sent;
    expect(request.headers()['content-type']).toBe('application/json');
    const body = request.postDataJSON() as ClipTokens;
    expect([body.encoder, body.shape[0], body.durationMs]).toEqual(['basic-frames', 5, 4320]);

    const items = await shownMoments();
    const headers = { 'content-type': 'application/json' };
    const answer = (await (await service.send({ body: JSON.stringify(body), headers })).json()) as MomentsAnswer;
    expect(items.length).toBe(answer.moments.length);
    for (const [i, { track, startMs, relevance }] of answer.moments.entries()) {
      const seconds = `${Math.floor(startMs / 60_000)}:${((startMs % 60_000) / 1000).toFixed(1).padStart(4, '0')}`;
      for (const text of [
        track.title,
        `from ${seconds} to `,
        `relevance ${(Math.round(relevance * 100) / 100 || 0).toFixed(2)}`,
      ])
        expect(items[i]).toContain(text);
    }
    expect(await page.getByRole('status').textContent()).toBe(`${items.length} moments for été.mp4, 4.3 s.`);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('heading'); // where a reader goes on from
    expect(complaints).toEqual([]);
    expect(new Set(asked.map((url) => new URL(url).origin))).toEqual(new Set([new URL(service.url).origin]));
  });

  /** As if the library had been built with another encoder than the page's own. */
  async function withAnotherEncoder(takesFrames: boolean): Promise<void> {
    await page.route('**/v1/index', async (route) => {
      const response = await route.fetch();
      const index = await response.json();
      index.encoders.image = { name: 'another', width: 512 };
      await route.fulfill({ response, json: { ...index, takesFrames } });
    });
  }

  test('what the camera sees is a clip of its own length, and who goes back while it records is asked nothing', async () => {
    await page.getByRole('button', { name: 'Record one' }).click();
    await page.getByRole('button', { name: 'Start recording' }).click();
    await page.getByRole('button', { name: 'Stop and find music' }).waitFor();
    await page.getByRole('button', { name: 'Back' }).click();
    await page.getByRole('button', { name: 'Record one' }).click();
    await page.getByRole('button', { name: 'Start recording' }).click();
    const sent = page.waitForRequest((request) => request.url().endsWith('/v1/moments'));
    const from = Date.now();
    const button = page.getByRole('button', { name: 'Stop and find music' });
    await button.waitFor();
    await page.waitForTimeout(2500);
    await button.click();
    const atMost = Date.now() - from;
    const { shape, durationMs } = (await sent).postDataJSON() as ClipTokens;
    expect(durationMs).toBeGreaterThan(300); // on a busy machine a camera begins late
    expect(durationMs).toBeLessThan(atMost + 1000);
    expect(shape[0]).toBe(Math.ceil(durationMs / 1000));
    await shownMoments();
    expect(asked.filter((url) => url.endsWith('/v1/moments'))).toHaveLength(1);
    expect(complaints).toEqual([]);
  });

  test('an index of another encoder that the Worker runs gets pictures', async () => {
    await withAnotherEncoder(true);
    const sent = page.waitForRequest((request) => request.url().endsWith('/v1/moments'));
    await page.setInputFiles('#clip', clip);
    expect((await sent).headers()['content-type']).toMatch(/^multipart\/form-data/);
    expect((await shownMoments()).length).toBeGreaterThan(0);
  });

  test('an index of an encoder that the Worker does not run gets nothing, and the person a sentence', async () => {
    await withAnotherEncoder(false);
    await page.setInputFiles('#clip', clip);
    const sentence = 'clip: expected tokens of "another", got a video.';
    await page.getByRole('alert').filter({ hasText: sentence }).waitFor();
    expect(asked.filter((url) => url.includes('/moments'))).toEqual([]);
  });

  test('a file that is no video gets a sentence, and the next one its moments', async () => {
    await writeFile(join(folder, 'words.txt'), 'only words');
    await page.setInputFiles('#clip', join(folder, 'words.txt'));
    const alert = page.getByRole('alert');
    await alert.filter({ hasText: 'words.txt: expected a video, got another kind of file' }).waitFor();
    await page.setInputFiles('#clip', clip);
    expect((await shownMoments()).length).toBeGreaterThan(0);
    expect(await alert.textContent()).toBe('');
  });

  test("the service's refusal is shown as it is", async () => {
    const detail = 'index: expected a bundle in .cuepoint/bundle, got none. Build one.';
    const problem = {
      status: 503,
      contentType: 'application/problem+json',
      body: JSON.stringify({ code: 'x', detail }),
    };
    await page.route('**/v1/index', (route) => route.fulfill(problem));
    await page.setInputFiles('#clip', clip);
    await page.getByRole('alert').filter({ hasText: detail }).waitFor();
  });

  test('a clip that is dropped anywhere is taken', async () => {
    const transfer = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(['only words'], 'dropped.mp4'));
      return data;
    });
    await page.dispatchEvent('h1', 'drop', { dataTransfer: transfer });
    await page.getByRole('alert').filter({ hasText: 'dropped.mp4: expected a video' }).waitFor();
  });

  test('work that is cancelled says so, and shows no moments', async () => {
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/v1/moments', async (route) => {
      await held;
      await route.abort();
    });
    await page.setInputFiles('#clip', clip);
    await page.getByRole('status').filter({ hasText: 'Looking for music.' }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('status').filter({ hasText: 'Cancelled.' }).waitFor();
    answer();
    expect(await page.locator('#result').isVisible()).toBe(false);
    expect(await page.locator('#working').isVisible()).toBe(false);
  });

  test('fits a screen of 360 pixels, and each field has a name', async () => {
    await page.setInputFiles('#clip', clip);
    await shownMoments();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(await page.getByLabel('Video file').count()).toBe(1);
    expect(await page.locator('html').getAttribute('lang')).toBe('en-GB');
  });
});
