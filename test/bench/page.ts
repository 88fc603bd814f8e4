/**
 * `npm run bench -- page`: Lighthouse on the built page served by wrangler's workerd, as on a phone with a slow connection, and the bytes of the
 * first load.
 *
 * Lighthouse is Google's measure of what a page costs who opens it (https://developer.chrome.com/docs/lighthouse). It is held to performance 95 and
 * accessibility 100; on a machine that is busy the first is noise.
 */
import { loadavg } from 'node:os';
import { gzipSync } from 'node:zlib';
import { buildEdgeWorker, smallIndex, startEdgeWorker } from './edge-service.ts';

const LEAST = { performance: 95, accessibility: 100 } as const;
const FIRST_LOAD = ['/', '/page.css', '/page.js'];
/** Loaded when a clip is chosen, and when its music is shown. */
const WITH_A_CLIP = ['/cuepoint.js', '/mediabunny.js', '/outline.js'];
const MOST_BYTES = 150_000;

export async function benchPage(): Promise<void> {
  await buildEdgeWorker();
  const worker = await startEdgeWorker(await smallIndex());
  try {
    const bytes = await bytesOf(worker.url, FIRST_LOAD);
    console.log(`first load: ${(bytes / 1000).toFixed(1)} kB compressed, of at most ${MOST_BYTES / 1000}`);
    console.log(`with a clip: ${((await bytesOf(worker.url, WITH_A_CLIP)) / 1000).toFixed(1)} kB more`);
    if (bytes > MOST_BYTES) process.exitCode = 1;
    for (const view of ['/', '/?view=library']) await audit(`${worker.url}${view}`);
  } finally {
    await worker.close();
  }
}

async function bytesOf(url: string, paths: readonly string[]): Promise<number> {
  let sum = 0;
  for (const path of paths) sum += gzipSync(new Uint8Array(await (await fetch(url + path)).arrayBuffer())).length;
  return sum;
}

async function audit(url: string): Promise<void> {
  const { default: lighthouse } = await import('lighthouse');
  const { chromium } = await import('playwright-core');
  const port = 9000 + (process.pid % 900);
  const browser = await chromium.launch({
    executablePath: process.env.CUEPOINT_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', `--remote-debugging-port=${port}`],
  });
  try {
    const onlyCategories = Object.keys(LEAST);
    const result = await lighthouse(url, { port, logLevel: 'error', onlyCategories });
    if (!result) throw new Error('lighthouse: expected a result, got none. Run it again on an idle machine.');
    const { categories, audits } = result.lhr;
    for (const [name, least] of Object.entries(LEAST)) {
      const score = Math.round(100 * (categories[name].score ?? 0));
      console.log(`${new URL(url).pathname}${new URL(url).search} ${name} ${score}, of at least ${least}`);
      if (score < least) process.exitCode = 1;
    }
    const timing = [
      'first-contentful-paint',
      'largest-contentful-paint',
      'total-blocking-time',
      'cumulative-layout-shift',
    ];
    console.log(
      `  ${timing.map((id) => `${id} ${audits[id].displayValue}`).join(', ')}; load ${loadavg()[0].toFixed(1)}`,
    );
    for (const { id, score, title } of Object.values(audits))
      if (score === 0 && categories.accessibility.auditRefs.some((of) => of.id === id))
        console.log(`  ${id}: ${title}`);
  } finally {
    await browser.close();
  }
}
