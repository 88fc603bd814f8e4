/** The page of a service that asks for a key: it is asked for once, goes with each request, and stays in the tab. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { addEntry, KEY_BYTES, makeApiKey } from '../../offline/service-client/api-key.ts';
import { type RunningService, startService } from '../e2e/service.ts';
import { drawn, H264_420, hasFfmpeg, make } from '../unit/media/video-files.ts';
import { hasChromium, openChromium, openPage } from './chromium.ts';

const { key, entry } = makeApiKey('page', 'ground', randomBytes(KEY_BYTES));

describe.skipIf(!hasChromium || !hasFfmpeg)('a page that needs a key (skipped as page.test.ts)', () => {
  let folder: string;
  let clip: string;
  let service: RunningService;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cuepoint-key-'));
    clip = await make(join(folder, 'clip.mp4'), [...drawn('testsrc2=s=320x180:r=25:d=4.3'), ...H264_420]);
    const vars = { ACCESS: 'keys', API_KEYS: addEntry('[]', entry) };
    service = await startService('browser-key', inject('tinyBundle'), { vars });
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await service?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('asks for it, refuses a wrong one, takes the right one, and goes on with the clip', async () => {
    const page = await openPage(browser);
    await page.goto(service.url);
    const field = page.getByLabel('API key');
    expect(await field.isVisible()).toBe(false);
    await page.setInputFiles('#clip', clip);
    await page.getByRole('alert').filter({ hasText: 'expected "Bearer" and an API key' }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('key');

    await field.fill('cue_wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'API key: expected one of this service' }).waitFor();

    await field.fill(key);
    await page.getByRole('button', { name: 'Use this key' }).click();
    await page.locator('#moments li').first().waitFor();
    expect(await field.isVisible()).toBe(false);
    expect(await page.getByRole('alert').textContent()).toBe('');

    await page.reload();
    await page.setInputFiles('#clip', clip);
    await page.locator('#moments li').first().waitFor();
    expect(await page.evaluate(() => [sessionStorage.length, localStorage.length, document.cookie])).toEqual([
      1,
      0,
      '',
    ]);
  });
});
