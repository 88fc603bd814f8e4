/** A Chromium for the tests that need a real browser, driven from Node; they say that they are skipped where there is none. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

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
    args: [
      '--no-sandbox', // CI runs as root
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}
