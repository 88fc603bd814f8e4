/** From a small team's folders to the page and the index, against what is known of its posts; and killed on the way. */
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { groundInCatalogue } from '../../../functions/ground.ts';
import { DEFAULT_OPTIONS } from '../../../functions/grounding/options.ts';
import { readAnnotations } from '../../../offline/data/annotations.ts';
import { readTokens } from '../../../offline/data/dataset.ts';
import { indexMusic } from '../../../offline/indexing/index-music.ts';
import type { Learned } from '../../../offline/learn/learned.ts';
import { openIndexInNode } from '../../../offline/local-worker/node-index.ts';
import { loadCheckpoint } from '../../../offline/models/checkpoint.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { hasFfmpeg } from '../media/video-files.ts';
import { tagsOf } from '../report/markup.ts';
import { learnSmall, silent, untaughtTiny } from './learn-small.ts';
import { POST_SEC, type SmallTeam, smallTeam } from './small-team.ts';

const TEAM = { tracks: 5, posts: 12, foreign: 1 };
/** Newest last. */
const [TRAIN, VAL, TEST] = [8, 1, 3];

describe.skipIf(!hasFfmpeg)('a small team', () => {
  let folder: TestFolder;
  let team: SmallTeam;
  let learned: Learned;
  const at = (...names: string[]) => join(folder.path, ...names);

  beforeAll(async () => {
    folder = await testFolder();
    team = await smallTeam(folder.path, TEAM);
    learned = await learnSmall(folder.path, { out: at('out'), sizes: { val: VAL, test: TEST } });
  });
  afterAll(() => folder.remove());

  const own = () => team.posts.filter(({ track }) => track);

  test('every post with music of the library is learned from, at the second where it was cut', async () => {
    expect(learned.posts).toMatchObject({
      ...{ all: 13, used: 12, by: 'date', undated: 0, train: TRAIN, val: VAL, test: TEST },
      without: [['not in the library', 1]],
    });
    const rows = await readAnnotations(at('out/data/uses.csv'));
    expect(rows.map(({ musicId }) => `${musicId.slice(0, 7)}.wav`)).toEqual(own().map(({ track }) => track));
    for (const [i, { musicStartSec, videoSec }] of rows.entries()) {
      expect(musicStartSec).toBeCloseTo(own()[i].startSec, 1);
      expect(videoSec).toBeCloseTo(POST_SEC, 1);
    }
    const test = await readAnnotations(at('out/data/test_data.csv'));
    expect(test).toEqual(rows.slice(-TEST)); // the newest
    expect(await readAnnotations(at('out/data/val_data.csv'))).toEqual(rows.slice(-TEST - VAL, -TEST));
  });

  test('what needs no model is as it is counted by hand', () => {
    const [earlier, newest] = [own().slice(0, -TEST), own().slice(-TEST)];
    const uses = (track?: string) => earlier.filter((post) => post.track === track).length;
    const among = (count: number) =>
      newest.reduce((sum, { track }) => {
        const above = team.tracks.filter((other) => uses(other) > uses(track)).length;
        const alike = team.tracks.filter((other) => uses(other) === uses(track)).length;
        return sum + Math.min(1, Math.max(0, (count - above) / alike)) / TEST;
      }, 0);
    const of = (name: string) => learned.proof.systems.find((system) => system.name === name)!;
    expect(of('popular').track!.first.share).toBeCloseTo(among(1), 6);
    expect(of('any').track!.first.share).toBeCloseTo(1 / 5, 6);
    const usual = newest.map(({ track, startSec }) => {
      const starts = earlier.filter((post) => post.track === track).map((post) => post.startSec);
      const near = (start: number) => starts.filter((other) => Math.abs(other - start) <= 1).length;
      const most = Math.max(...starts.map(near));
      // where starts are as common either may be it, so only the clear ones are compared
      const best = starts.filter((start) => near(start) === most);
      return Math.max(...best) - Math.min(...best) <= 1 ? Math.abs(best[0] - startSec) : undefined;
    });
    const clear = usual.filter((error) => error !== undefined);
    expect(clear.length).toBeGreaterThan(0);
    if (clear.length === TEST)
      expect(of('usual').start!.withinHalfSecond.share).toBeCloseTo(clear.filter((off) => off <= 0.5).length / TEST, 6);
  });

  test('the page says of the newest posts what an index with the cues of the older ones answers', async () => {
    const rows = await readAnnotations(at('out/data/test_data.csv'));
    await indexMusic({
      ...{ music: at('music'), folder: at('earlier-index'), cache: at('cache'), encoders: at('encoders') },
      checkpoint: await loadCheckpoint(at('out/model.safetensors')),
      log: await folder.write('earlier.csv', await earlierRows()),
      ...{ workers: 1, threads: 1, now: () => new Date(0), progress: silent, print: () => {} },
    });
    const videos = await readTokens(at('out/data'), 'video');
    const index = await openIndexInNode(at('earlier-index'), 1);
    const options = { ...DEFAULT_OPTIONS, k: TEAM.tracks, snap: 'none', minDurationMs: 0 } as const;
    try {
      for (const { videoId, musicId, videoSec } of rows) {
        const clip = { tokens: Float32Array.from(videos.get(videoId)!.data), durationMs: Math.round(1000 * videoSec) };
        const { moments } = await groundInCatalogue(index, { clip, options, now: () => 0 });
        const { answer } = learned.proof.worst.find((one) => one.answer.videoId === videoId)!;
        const place = moments.findIndex(({ track }) => track.id === musicId);
        expect(place + 1).toBe(answer.rank);
        expect(moments[0].track.id).toBe(answer.first.musicId);
        expect(moments[place].startMs / 1000).toBeCloseTo(answer.found.startSec, 2);
        expect(moments[0].startMs / 1000).toBeCloseTo(answer.first.moment.startSec, 2);
      }
    } finally {
      await index.close();
    }
  });

  async function earlierRows(): Promise<string> {
    const lines = (await readFile(at('out/data/uses.csv'), 'utf8')).trim().split('\n');
    return `${lines.slice(0, -TEST).join('\n')}\n`;
  }

  test('shares of the page are those of its cases', () => {
    const { worst, systems, pieces } = learned.proof;
    expect(worst).toHaveLength(TEST); // all of them: fewer than ten
    const { track, start } = systems[0];
    expect(track!.firstFive.share).toBeCloseTo(worst.filter(({ answer }) => answer.rank <= 5).length / pieces, 9);
    const within = worst.filter(({ answer }) => Math.abs(answer.found.startSec - answer.truth.startSec) <= 0.501);
    expect(start!.withinHalfSecond.share).toBeCloseTo(within.length / pieces, 9);
  });

  test('with one post to choose by no gain is sure, and the model stays as it came', async () => {
    expect([learned.way, learned.choice.chosen, learned.choice.posts]).toEqual(['nothing', 'nothing', VAL]);
    expect(learned.choice.judged.map(({ name }) => name)).toEqual(['nothing', 'projections', 'all']);
    expect((await loadCheckpoint(at('out/model.safetensors'))).theta).toEqual(untaughtTiny().theta);
  });

  test('the page is one well-formed file that loads nothing, and links to media that are there', async () => {
    const page = await readFile(at('out/report.html'), 'utf8');
    expect(tagsOf(page)).toContain('table');
    expect(page).not.toMatch(/<(script|img|link|iframe|audio|video)\b|https?:|url\(/);
    const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
    expect(links).toHaveLength(3 * TEST);
    for (const link of links) {
      const [path, time] = link.split('#');
      expect(time).toMatch(/^t=[\d.]+,[\d.]+$/);
      await readFile(join(at('out'), decodeURIComponent(path)));
    }
    expect(page).toContain('Of your newest 3 posts (3 pieces of music, 5 tracks to choose from)');
  });

  test('what more posts would bring is drawn from half of them and all', () => {
    expect(learned.curve!.points.map(({ posts }) => posts)).toEqual([TRAIN / 2, TRAIN]);
    expect(learned.curve!.ahead.posts).toBe(2 * TRAIN);
    // nothing was taught, so that only cues can have come
    expect(learned.curve!.doubling.firstFive!.mean).toBeCloseTo(0, 9);
  });

  test('the index has the cues of all posts, the newest too', async () => {
    const index = await openIndexInNode(at('out-index'), 1);
    try {
      const labels = Array.from({ length: index.manifest.counts.tracks }, (_, label) => label);
      const counts = labels.flatMap((label) => index.cues!.cuesOf(label).map(({ count }) => count));
      expect(counts.reduce((a, b) => a + b, 0)).toBe(12);
    } finally {
      await index.close();
    }
  });

  test('killed at ten places it ends with the same bytes', async () => {
    const places: [step: string, parts: number][] = [
      ['find peaks', 2],
      ['hear posts', 3],
      ['encode music', 1],
      ['encode clips', 4],
      ['teach projections', 5],
      ['teach all', 0],
      ['choose', 2],
      ['measure', 3],
      ['enhance tracks', 0],
      ['measure search', 0],
    ];
    for (const [step, parts] of places) expect([step, await child(step, parts)]).toEqual([step, 'SIGKILL']);
    expect(await child()).toBe(0);
    const [whole, killed] = [await filesIn(at('out')), await filesIn(at('killed'))];
    expect([...killed.keys()]).toEqual([...whole.keys()]);
    for (const [name, bytes] of whole) expect([name, killed.get(name)!.equals(bytes)]).toEqual([name, true]);
    const versions = await Promise.all(
      ['out-index', 'killed-index'].map(async (name) => JSON.parse(await readFile(at(name, 'current.json'), 'utf8'))),
    );
    expect(versions[1].indexVersion).toBe(versions[0].indexVersion);
  });

  function child(...place: (string | number)[]): Promise<number | NodeJS.Signals | null> {
    const script = join(import.meta.dirname, 'learn-child.ts');
    const process_ = spawn(process.execPath, [script, folder.path, 'killed', ...place.map(String)], {
      stdio: 'inherit',
    });
    return new Promise((resolve) => process_.once('close', (code, signal) => resolve(signal ?? code)));
  }

  async function filesIn(root: string): Promise<Map<string, Buffer>> {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      .sort();
    return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(root, name))] as const)));
  }
});
