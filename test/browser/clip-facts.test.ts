/** What the page finds in a clip by itself, shot changes and speech, in Chromium: the same as the offline program finds in it by ffmpeg. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeSpeechWeights } from '../../index/clip/speech-weights.ts';
import { runFfmpeg } from '../../offline/media/ffmpeg.ts';
import { readClipFacts } from '../../offline/mix/clip-facts.ts';
import { sileroWeights } from '../../offline/speech/silero.ts';
import { type TestFolder, testFolder } from '../unit/data/folder.ts';
import { hasFfmpeg } from '../unit/media/video-files.ts';
import { hasChromium, openChromium, openPage } from './chromium.ts';

const root = join(import.meta.dirname, '../..');
const PAGE =
  '<!doctype html><title>clip</title><link rel="icon" href="data:,"><input type="file" id="clip"><script type="module" src="/found.js"></script>';
const SCRIPT = `
import { cutsOf } from './functions/page/player/shots.ts';
import { speechOf } from './functions/page/player/speech.ts';
globalThis.found = async () => {
  const file = document.querySelector('#clip').files[0];
  const sound = await new OfflineAudioContext(1, 1, 44100).decodeAudioData(await file.arrayBuffer());
  return { cutsMs: await cutsOf(file), speechMs: await speechOf(sound.getChannelData(0), sound.sampleRate) };
};`;

/** In the browser only. */
declare const found: () => Promise<{ cutsMs: number[]; speechMs: [number, number][] }>;

describe.skipIf(!hasFfmpeg || !hasChromium)('in Chromium', () => {
  let folder: TestFolder;
  let browser: Browser;
  let page: Page;
  let close: () => void;
  beforeAll(async () => {
    folder = await testFolder();
    const weights = Buffer.from(writeSpeechWeights(await sileroWeights())).toString('base64');
    const { outputFiles } = await build({
      stdin: { contents: SCRIPT, resolveDir: root },
      ...({ bundle: true, write: false, format: 'esm', platform: 'browser' } as const),
      define: { SPEECH_WEIGHTS: JSON.stringify(weights) },
    });
    const server = createServer((request, response) => {
      const isScript = request.url === '/found.js';
      response.setHeader('content-type', isScript ? 'text/javascript; charset=utf-8' : 'text/html');
      response.end(isScript ? outputFiles[0].text : PAGE);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    close = () => {
      server.close();
      server.closeAllConnections();
    };
    browser = await openChromium();
    page = await openPage(browser);
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction(() => 'found' in globalThis);
  });
  afterAll(async () => {
    await browser?.close();
    close?.();
    await folder?.remove();
  });

  test('shot changes and speech are found where the offline program finds them', async () => {
    const sources = [
      'testsrc2=size=320x180:rate=25:duration=3',
      'mandelbrot=size=320x180:rate=25',
      "flite=text='we walked down to the harbour before sunrise':voice=slt,adelay=1500,apad=whole_dur=6",
    ];
    const inputs = sources.flatMap((source) => ['-f', 'lavfi', '-i', source]);
    const cut = '[0:v][1:v]concat=n=2:v=1,trim=duration=6,format=yuv420p[v]';
    const clip = join(folder.path, 'clip.mp4');
    const made = await runFfmpeg([
      ...inputs,
      '-filter_complex',
      cut,
      '-map',
      '[v]',
      '-map',
      '2:a',
      '-t',
      '6',
      '-c:v',
      'libx264',
      '-c:a',
      'aac',
      clip,
    ]);
    expect(made?.ok).toBe(true);
    await page.setInputFiles('#clip', clip);
    const here = await page.evaluate(() => found());
    const offline = await readClipFacts(clip);
    expect(here.cutsMs).toEqual(offline.cutsMs);
    expect(here.cutsMs).toEqual([3000]);
    expect(here.speechMs).toHaveLength(offline.speechMs.length);
    for (const [i, [from, to]] of here.speechMs.entries()) {
      expect(Math.abs(from - offline.speechMs[i][0])).toBeLessThanOrEqual(64);
      expect(Math.abs(to - offline.speechMs[i][1])).toBeLessThanOrEqual(64);
    }
  });
});
