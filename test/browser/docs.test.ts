/** The API reference in a browser, on the Worker as it is deployed: it can be read and tried, and asks nobody else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type AnsweringService, sharedService } from '../e2e/service.ts';
import { violations } from './axe.ts';
import { hasChromium, openChromium, openPage } from './chromium.ts';

describe.skipIf(!hasChromium)('the reference (skipped where Chromium is not installed)', () => {
  let service: AnsweringService;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const asked: URL[] = [];

  beforeAll(async () => {
    service = await sharedService(inject('sharedService'));
    browser = await openChromium();
    page = await openPage(browser, { viewport: { width: 1280, height: 900 } });
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => asked.push(new URL(request.url())));
    await page.goto(new URL('/docs', service.url).href);
    await page.getByRole('heading', { name: 'Cuepoint' }).first().waitFor();
  });
  afterAll(async () => {
    await browser?.close();
  });

  test('axe-core objects to nothing in it, light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await violations(page)).toEqual([]);
    }
  });

  test('its script is the package’s, byte for byte, and one that the browser has is not sent again', async () => {
    const script = await service.send({ path: '/docs/scalar.js', method: 'GET' });
    const file = readFileSync(
      join(import.meta.dirname, '../../node_modules/@scalar/api-reference/dist/browser/standalone.js'),
      'utf8',
    );
    expect((await script.text()) === file).toBe(true);
    const headers = { 'if-none-match': script.headers.get('etag') ?? '' };
    expect((await service.send({ path: '/docs/scalar.js', method: 'GET', headers })).status).toBe(304);
  });

  test('an operation is tried on this service, and its answer is shown', async () => {
    const { paths } = (await (await service.send({ path: '/openapi.json', method: 'GET' })).json()) as {
      paths: Record<string, { get?: { summary: string } }>;
    };
    const { summary } = paths['/v1/filters'].get!;
    await page.getByRole('link', { name: summary }).first().click();
    await page.getByRole('button', { name: 'Test Request (get /v1/filters)' }).click();
    const answered = page.waitForResponse((response) => new URL(response.url()).pathname === '/v1/filters');
    await page
      .getByRole('button', { name: /Send get request/ })
      .first()
      .click();
    expect((await answered).status()).toBe(200);
    await page.getByText('200 OK').first().waitFor();
  });

  test('nobody else is asked, and nothing is complained about', async () => {
    expect(new Set(asked.filter(({ protocol }) => protocol.startsWith('http')).map(({ origin }) => origin))).toEqual(
      new Set([new URL(service.url).origin]),
    );
    expect(complaints).toEqual([]);
  });
});
