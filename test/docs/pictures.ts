/**
 * The pictures of the documents: the page as the demo's service answers it, in Chromium.
 *
 * Needs the demo (`npm run demo -- --once`) and Debian's chromium. The window is small and the PNG has few colours, since it is kept in git.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { startWorker } from '../../offline/local-worker/local-worker.ts';
import { openChromium, openPage } from '../browser/chromium.ts';

const root = join(import.meta.dirname, '../..');
/** A held-out clip, by number. */
const CLIP = '.cuepoint/demo/clips/clip-128.mp4';

export async function takePictures(): Promise<void> {
  if (!existsSync(join(root, CLIP)))
    throw new Error(`${CLIP}: expected the demo's clip, found none. Run \`npm run demo -- --once\` first.`);
  const worker = await startWorker(root);
  const browser = await openChromium();
  try {
    const page = await openPage(browser, { viewport: { width: 900, height: 620 } });
    await page.goto(worker.url);
    await page.locator('input[type=file]').setInputFiles(join(root, CLIP));
    await page.locator('#moments li').first().waitFor();
    const png = await page.screenshot();
    const { size } = await sharp(png).png({ palette: true, compressionLevel: 9 }).toFile(join(root, 'docs/page.png'));
    console.log(`docs/page.png: ${Math.round(size / 1024)} KiB`);
  } finally {
    await browser.close();
    await worker.stop();
  }
}
