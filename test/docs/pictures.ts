/**
 * The pictures of the documents: the page as the demo's service answers it for its own sample, in Chromium, on a phone and a desktop, light and dark.
 *
 * Needs the demo (`npm run demo -- --once`) and Debian's chromium. The windows are small and the PNG have few colours, since they are kept in git.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { SAMPLE_CARD } from '../../index/format/sample.ts';
import { BUNDLE } from '../../offline/lib/places.ts';
import { startWorker } from '../../offline/local-worker/local-worker.ts';
import { openChromium, openPage } from '../browser/chromium.ts';

const root = join(import.meta.dirname, '../..');
const CARD = join(BUNDLE, SAMPLE_CARD);

const PICTURES = [
  { name: 'page', viewport: { width: 1180, height: 800 }, colorScheme: 'light' },
  { name: 'page-dark', viewport: { width: 1180, height: 800 }, colorScheme: 'dark' },
  { name: 'page-phone', viewport: { width: 360, height: 780 }, colorScheme: 'light' },
  { name: 'page-phone-dark', viewport: { width: 360, height: 780 }, colorScheme: 'dark' },
] as const;

export async function takePictures(): Promise<void> {
  if (!existsSync(join(root, CARD)))
    throw new Error(`${CARD}: expected the demo's sample, found none. Run \`npm run demo -- --once\` first.`);
  const worker = await startWorker(root);
  const browser = await openChromium();
  try {
    for (const picture of PICTURES) await takePicture(browser, worker.url, picture);
  } finally {
    await browser.close();
    await worker.stop();
  }
}

async function takePicture(
  browser: Browser,
  url: string,
  { name, viewport, colorScheme }: (typeof PICTURES)[number],
): Promise<void> {
  const page = await openPage(browser, { viewport, colorScheme });
  await page.goto(url);
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await page.locator('.card.playing').waitFor();
  if (viewport.width < 600)
    await page
      .locator('.card')
      .first()
      .evaluate((card) => card.scrollIntoView());
  const png = await page.screenshot();
  const path = `docs/${name}.png`;
  const { size } = await sharp(png).png({ palette: true, colours: 128, compressionLevel: 9 }).toFile(join(root, path));
  console.log(`${path}: ${Math.round(size / 1024)} KiB`);
  await page.close();
}
