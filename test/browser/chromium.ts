/** A Chromium for the tests that need a real browser, driven from Node; they say that they are skipped where there is none. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const executablePath = process.env.CUEPOINT_CHROMIUM ?? '/usr/bin/chromium';

export const hasChromium = existsSync(executablePath);

if (!hasChromium && process.env.CI)
  throw new Error(
    `chromium: expected ${executablePath} in CI, got nothing there. Install it, or set CUEPOINT_CHROMIUM to another.`,
  );

/** With a profile of its own, which playwright makes empty and removes. Nothing but what the tests open is asked for. */
export function openChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    headless: true,
    timeout: 0, // the tests' one limit is vitest's
    args: [
      '--no-sandbox', // CI runs as root
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--use-fake-device-for-media-stream', // a camera and a microphone that draw and beep, asked for without a question
      '--use-fake-ui-for-media-stream',
    ],
  });
}

/** A page of its own, which waits as long as the test may take: on a busy machine playwright's 30 s are not enough. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(0);
  return context.newPage();
}
