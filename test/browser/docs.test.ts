/** The reference at /docs in a browser, on the Worker as it is deployed. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { PROBLEMS } from '../../functions/schema/problem.ts';
import { type RunningService, startService } from '../e2e/service.ts';
import { hasChromium, openChromium, openPage } from './chromium.ts';

describe.skipIf(!hasChromium)('the reference (skipped where Chromium is not installed)', () => {
  let service: RunningService;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const asked: string[] = [];

  beforeAll(async () => {
    service = await startService('docs', inject('tinyBundle'));
    browser = await openChromium();
    page = await openPage(browser, { viewport: { width: 360, height: 740 } });
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(new URL('/docs', service.url).href);
    await page.locator('#problems').waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await service?.close();
  });

  test('every operation, schema and problem of the document can be read', async () => {
    const document = await (await service.send({ path: '/openapi.json', method: 'GET' })).json();
    const { paths, components } = document as { paths: object; components: { schemas: object } };
    const headings = await page.locator('section h2').allInnerTexts();
    expect(headings).toHaveLength(Object.values(paths).flatMap(Object.keys).length);
    expect(headings).toContain('POST /v1/moments');
    expect(await page.locator('h3').allInnerTexts()).toEqual(Object.keys(components.schemas));
    expect(await page.locator('#problems + table tbody tr').count()).toBe(Object.keys(PROBLEMS).length);
  });

  test('nobody else is asked, nothing is complained about, and a phone need not scroll sideways', async () => {
    expect(asked.sort()).toEqual(['/docs', '/docs.css', '/docs.js', '/openapi.json']);
    expect(complaints).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  });
});
