/** `cuepoint/client`, bundled for a browser, in Chromium against the service. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type RunningService, startService } from '../e2e/service.ts';
import { hasChromium, openChromium, openPage } from './chromium.ts';

describe.skipIf(!hasChromium)('the client in a page of another origin', () => {
  let service: RunningService;
  let browser: Browser;
  const app = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'));
  beforeAll(async () => {
    service = await startService('api-client', inject('tinyBundle'), { vars: { ACCESS: 'open', CORS_ORIGINS: '*' } });
    await new Promise<void>((listening) => app.listen(0, '127.0.0.1', listening));
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await service?.close();
    app.close();
  });

  it('asks, is refused with a code, and keeps ETags', async () => {
    const { outputFiles } = await build({
      stdin: { contents: `export { createClient } from 'cuepoint/client'`, resolveDir: process.cwd() },
      ...{ bundle: true, write: false, format: 'iife', globalName: 'cuepoint', platform: 'browser' },
    });
    const page = await openPage(browser);
    await page.goto(`http://127.0.0.1:${(app.address() as AddressInfo).port}/`);
    await page.addScriptTag({ content: outputFiles![0].text });
    const answer = await page.evaluate(async (url) => {
      const { createClient } = (
        globalThis as never as { cuepoint: typeof import('../../functions/page/api/client.ts') }
      ).cuepoint;
      const statuses: number[] = [];
      const client = createClient({
        url,
        fetch: async (...asked) => {
          const response = await fetch(...(asked as Parameters<typeof fetch>));
          statuses.push(response.status);
          return response;
        },
      });
      const { encoders } = await client.index();
      const { name, width } = encoders.image;
      const tokens = btoa('\0'.repeat(4 * width));
      const clip = { encoder: name, shape: [1, width] as [number, number], tokens, durationMs: 1000 };
      const first = await client.moments(clip, { k: 1 });
      const again = await client.moments(clip, { k: 1 });
      const [{ id }] = (await client.tracks({ limit: 1 })).tracks;
      const inTrack = await client.momentIn(id, clip);
      const refusal = await client.moments(clip, { k: 99 }).catch((error: { code: string }) => error.code);
      return {
        statuses,
        same: JSON.stringify(first) === JSON.stringify(again),
        refusal,
        found: inTrack.moments[0].track.id === id,
      };
    }, service.url);
    expect(answer).toEqual({
      statuses: [200, 200, 304, 200, 200, 422],
      same: true,
      refusal: 'k-out-of-range',
      found: true,
    });
  });
});
