/**
 * A listening study in a browser, on a server that only gives files and on the Worker: a person hears both, answers by keys and
 * by touch, goes on later, and what they take away or sent is scored.
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readStudyLine, type StudyAnswer } from '../../index/format/study.ts';
import { keyBeside, type StudyKey } from '../../offline/study/key.ts';
import { makeStudy } from '../../offline/study/make.ts';
import { type RunningService, startService } from '../e2e/service.ts';
import { startCuepoint } from '../unit/commands/start-cuepoint.ts';
import { drawn, H264_420, hasFfmpeg, make } from '../unit/media/video-files.ts';
import { hasChromium, openChromium, openPage } from './chromium.ts';
import { type FileServer, serveFolder } from './file-server.ts';

const COUNT = 3;

describe.skipIf(!hasChromium || !hasFfmpeg)('a study (skipped where Chromium or ffmpeg is not installed)', () => {
  let folder: string;
  let study: string;
  let key: StudyKey;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cuepoint-study-'));
    study = join(folder, 'study');
    const [clips, music] = [join(folder, 'clips'), join(folder, 'music')];
    for (const path of [clips, music]) await mkdir(path);
    await make(join(music, 'track.wav'), drawn('sine=f=440:d=30'));
    for (let i = 0; i < COUNT; i++)
      await make(join(clips, `${i}.mp4`), [...drawn('testsrc2=s=320x180:r=25:d=2'), ...H264_420]);
    const systems = ['secret-one', 'secret-two'].map((system, i) => {
      const startMs = 7000 * i;
      const answers = Array.from({ length: COUNT }, (_, c) => {
        return { clip: String(c), track: 'track', startMs, endMs: startMs + 2000 };
      });
      return { system, answers };
    });
    ({ key } = await makeStudy({
      systems,
      clips,
      music,
      count: COUNT,
      seed: 1,
      out: study,
      keyFile: keyBeside(study),
    }));
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A telephone that somebody holds, and what its browser complains about. */
  async function openPhone(url: string): Promise<{ context: BrowserContext; page: Page; complaints: string[] }> {
    const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, reducedMotion: 'reduce' } as const;
    const page = await openPage(browser, phone);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(url);
    return { context: page.context(), page, complaints };
  }

  /** Each music for a moment, by `play`. */
  async function hear(page: Page, play: (side: 'a' | 'b') => Promise<void>): Promise<void> {
    for (const [on, off] of ['ab', 'ba'] as const) {
      await play(on as 'a' | 'b');
      await page.waitForFunction(
        (id) => (document.getElementById(id) as HTMLMediaElement).currentTime > 0.3,
        `music-${on}`,
      );
      expect([await isPlaying(page, `music-${on}`), await isPlaying(page, `music-${off}`)]).toEqual([true, false]);
    }
    await page.locator('[data-choice="a"][aria-disabled="false"]').waitFor();
  }
  const byKey = (page: Page) => (side: 'a' | 'b') => page.keyboard.press(side === 'a' ? '1' : '2');
  const byTouch = (page: Page) => (side: 'a' | 'b') =>
    page.getByRole('button', { name: `Play with music ${side.toUpperCase()}` }).tap();
  const isPlaying = (page: Page, id: string) =>
    page.evaluate((id) => !(document.getElementById(id) as HTMLMediaElement).paused, id);
  const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent);

  test('nothing in the folder says which system is which', async () => {
    const files = (await readdir(study, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
    expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['index.html', 'study.js', 'study.css']));
    for (const { parentPath, name } of files) {
      expect(name).not.toMatch(/key|secret|track/);
      const bytes = await readFile(join(parentPath, name), 'latin1');
      for (const word of ['secret-one', 'secret-two', 'track.wav']) expect(bytes, name).not.toContain(word);
      if (/html|json/.test(name)) expect(bytes, name).not.toContain('7000'); // nor where a moment was cut
    }
    expect(new Set(key.items.flatMap(({ a, b }) => [a, b]))).toEqual(new Set(['secret-one', 'secret-two']));
  });

  describe('on a server that only gives files', () => {
    let server: FileServer;
    let page: Page;
    let complaints: string[];
    let context: BrowserContext;
    beforeAll(async () => {
      server = await serveFolder(folder);
      ({ page, complaints, context } = await openPhone(`${server.url}study/`));
    });
    afterAll(async () => {
      await context?.close();
      await server?.close();
    });

    test('nothing plays by itself, and an answer before both were heard is not taken', async () => {
      expect(await page.locator('#heading').textContent()).toBe(`Clip 1 of ${COUNT}`);
      for (const id of ['clip', 'music-a', 'music-b']) expect(await isPlaying(page, id)).toBe(false);
      await page.keyboard.press('a');
      expect(await page.getByRole('status').textContent()).toBe('Play it with music A and B first.');
      expect(await page.locator('#count').textContent()).toBe(`0 of ${COUNT} answered`);
    });

    test('the clip runs muted with one music at a time, together within a tenth of a second, and stops', async () => {
      await hear(page, byKey(page));
      const { isMuted, apart } = await page.evaluate(() => {
        const [clip, music] = ['clip', 'music-b'].map((id) => document.getElementById(id) as HTMLMediaElement);
        return { isMuted: clip.muted, apart: Math.abs(clip.currentTime - music.currentTime) };
      });
      expect(isMuted).toBe(true);
      expect(apart).toBeLessThan(0.1);
      await page.locator('#play-b[aria-pressed="false"]').waitFor(); // at its end, after two seconds
      expect([await isPlaying(page, 'clip'), await isPlaying(page, 'music-b')]).toEqual([false, false]);
    });

    test('an answer is kept, announced, and the next clip has the focus; keys can be turned off', async () => {
      await page.keyboard.press('b');
      expect(await page.getByRole('status').textContent()).toBe(`Kept. 1 of ${COUNT} answered.`);
      expect(await focused(page)).toBe(`Clip 2 of ${COUNT}`);
      await hear(page, byKey(page));
      await page.getByText('Keys, and what is kept').click();
      await page.getByLabel('Use these keys').uncheck();
      await page.keyboard.press('n');
      expect(await page.locator('#heading').textContent()).toBe(`Clip 2 of ${COUNT}`);
      await page.getByLabel('Use these keys').check();
    });

    test('buttons are reached by Tab in the order of the page and pressed by Enter and Space', async () => {
      await page.locator('#heading').focus();
      const names: (string | null | undefined)[] = [];
      for (let i = 0; i < 6; i++) {
        await page.keyboard.press('Tab');
        names.push(await focused(page));
      }
      const choices = ['A is better', 'B is better', 'Both suit it', 'Neither suits it'];
      expect(names).toEqual(['Play with music A', 'Play with music B', ...choices]);
      await page.locator('#play-a').focus();
      await page.keyboard.press('Enter');
      await page.locator('#play-a[aria-pressed="true"]').waitFor();
      await page.keyboard.press('Space');
      await page.locator('#play-a[aria-pressed="false"]').waitFor();
      expect(await isPlaying(page, 'music-a')).toBe(false);
    });

    test('whoever comes back goes on where they were, and ends with a file that is scored', async () => {
      await page.reload();
      expect(await page.getByRole('status').textContent()).toBe(`Welcome back. 1 of ${COUNT} are answered.`);
      expect(await page.locator('#heading').textContent()).toBe(`Clip 2 of ${COUNT}`);
      await hear(page, byTouch(page));
      await page.getByRole('button', { name: 'Neither suits it' }).tap();
      await hear(page, byKey(page));
      await page.keyboard.press('o');
      await page.getByRole('heading', { name: 'Thank you' }).waitFor();
      expect(await page.locator('#sent').textContent()).toBe(
        'Download your answers and give the file to whoever asked you.',
      );
      const downloading = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download my answers' }).click();
      const file = join(folder, 'answers.jsonl');
      await (await downloading).saveAs(file);
      const answers = (await readFile(file, 'utf8')).trimEnd().split('\n').map(readStudyLine) as StudyAnswer[];
      expect(answers.map(({ choice }) => choice)).toEqual(['b', 'neither', 'both']);
      expect(new Set(answers.map(({ study }) => study))).toEqual(new Set([key.study]));
      expect(answers.map(({ item }) => item).sort()).toEqual(key.items.map(({ id }) => id).sort());
      expect(new Set(answers.map(({ participant }) => participant)).size).toBe(1);

      const { code, out } = await startCuepoint(['study', 'score', file, '--study', study]).ended;
      const better = key.items.find(({ id }) => id === answers[0].item)!.b;
      expect([code, out]).toEqual([0, expect.stringContaining('secret-one against secret-two, 3 answers')]);
      for (const system of ['secret-one', 'secret-two'])
        expect(out).toMatch(new RegExp(`${system} better +${system === better ? '33.3' : '0.0'} %`));
      expect(out).toMatch(/both +33\.3 % \[0\.0, 100\.0\] +1\n +neither +33\.3 %/);
    });

    test('an answer can be changed, buttons are a finger wide, each has a name, a phone need not scroll sideways', async () => {
      await page.getByRole('button', { name: 'Change the last answer' }).click();
      expect(await page.locator('[data-choice="both"]').getAttribute('aria-pressed')).toBe('true');
      await page.getByText('Keys, and what is kept').click();
      for (const button of await page.locator('button:visible, summary, details label').all())
        expect((await button.boundingBox())?.height, (await button.textContent()) ?? '').toBeGreaterThanOrEqual(44);
      for (const button of await page.getByRole('button').all())
        expect((await button.textContent())?.length).toBeGreaterThan(0);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      expect(await page.getByRole('progressbar', { name: `${COUNT} of ${COUNT} answered` }).count()).toBe(1);
      expect(complaints).toEqual([]);
      expect(server.refused).toEqual([]); // it was asked for files alone
    });
  });

  test('the folder opens from a disk as well', async () => {
    const { context, page, complaints } = await openPhone(pathToFileURL(join(study, 'index.html')).href);
    await hear(page, byTouch(page));
    await page.keyboard.press('n');
    expect(await page.getByRole('status').textContent()).toBe(`Kept. 1 of ${COUNT} answered.`);
    expect(complaints).toEqual([]);
    await context.close();
  });

  describe('on the Worker', () => {
    let service: RunningService;
    beforeAll(async () => {
      await cp(study, join(folder, 'assets/study'), { recursive: true });
      const bindings = { r2_buckets: [{ binding: 'FEEDBACK_BUCKET', bucket_name: 'feedback' }] };
      service = await startService('study', join(folder, 'assets'), { bindings });
    });
    afterAll(() => service?.close());

    test('answers are sent as they are given, or later where that failed, and are in the bucket once each', async () => {
      const { context, page, complaints } = await openPhone(new URL('/study', service.url).href);
      for (const choice of ['A is better', 'B is better']) {
        await hear(page, byTouch(page));
        const sent = page.waitForResponse((response) => response.url().endsWith('/v1/study'));
        await page.getByRole('button', { name: choice }).tap();
        expect((await sent).status()).toBe(202);
      }
      expect(complaints).toEqual([]); // its policy lets all of the page run, and nothing else is asked for
      await hear(page, byTouch(page));
      await page.route('**/v1/study', (route) => route.abort());
      await page.getByRole('button', { name: 'Both suit it' }).tap();
      await page.getByRole('alert').getByText('Not sent').waitFor();
      await page.unroute('**/v1/study');
      await page.getByRole('button', { name: 'Send the answers again' }).tap();
      await page.locator('#sent').getByText('Your answers were sent.').waitFor();
      expect(await page.getByRole('alert').textContent()).toBe('');
      await context.close();

      const kept = (await service.bindings()).FEEDBACK_BUCKET as R2;
      const { objects } = await kept.list({ prefix: 'study/' });
      const texts = await Promise.all(objects.map(async ({ key }) => (await kept.get(key))!.text()));
      const answers = texts.join('').trimEnd().split('\n').map(readStudyLine) as StudyAnswer[];
      expect(answers.map(({ choice }) => choice).sort()).toEqual(['a', 'b', 'both']);
      expect(answers.map(({ item }) => item).sort()).toEqual(key.items.map(({ id }) => id).sort());
    });
  });
});

interface R2 {
  list(options: { prefix: string }): Promise<{ objects: { key: string }[] }>;
  get(key: string): Promise<{ text(): Promise<string> } | null>;
}
