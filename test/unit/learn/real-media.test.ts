/** `learn` on real tracks and real clips, cut and encoded as a platform does: what the page says, against what was put there. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAnnotations } from '../../../offline/data/annotations.ts';
import { clipOfId } from '../../../offline/data/clip-part.ts';
import type { Learned } from '../../../offline/learn/learned.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { sharedMissing } from '../media/shared.ts';
import { hasFfmpeg } from '../media/video-files.ts';
import { learnSmall } from './learn-small.ts';
import { realTeam } from './real-team.ts';
import type { SmallTeam, TeamPost } from './small-team.ts';

describe.skipIf(sharedMissing || !hasFfmpeg)('real tracks under real clips', () => {
  let folder: TestFolder;
  let team: SmallTeam;
  let learned: Learned;
  const at = (...names: string[]) => join(folder.path, ...names);

  beforeAll(async () => {
    folder = await testFolder();
    team = await realTeam(folder.path, { subjects: 4, tracks: 4, posts: 9, foreign: 1 });
    learned = await learnSmall(folder.path, { out: at('out'), sizes: { val: 1, test: 3 }, steps: 4 });
  });
  afterAll(() => folder.remove());

  test('the track and the second of each post are found, and nothing in the one with other music', async () => {
    const log = (await readFile(at('out/log.csv'), 'utf8')).trim().split('\n').slice(1);
    const posts = team.posts.toSorted((a, b) => (a.file < b.file ? -1 : 1));
    expect(log).toHaveLength(posts.length);
    for (const [i, { file, track, startSec }] of posts.entries()) {
      const [clip, found, start] = log[i].split(',');
      expect([clip, found]).toEqual([file, track ?? '']);
      if (track) expect(Math.abs(Number(start) - startSec)).toBeLessThan(0.05);
      else expect(log[i]).toMatch(/,not in the library$/);
    }
  });

  test('the figures of the page are those of the posts that were made', async () => {
    expect(learned.posts).toMatchObject({ all: 10, used: 9, by: 'date', train: 5, val: 1, test: 3 });
    const known = team.posts.filter(({ track }) => track);
    const [earlier, newest] = [known.slice(0, -3), known.slice(-3)];
    const { proof } = learned;
    expect([proof.posts, proof.pieces, proof.tracks, proof.worst.length]).toEqual([3, 3, 4, 3]);
    const rows = await readAnnotations(at('out/data/test_data.csv'));
    expect(new Set(rows.map(({ videoId }) => clipOfId(videoId))).size).toBe(3);
    const caseOf = ({ file }: TeamPost) => proof.worst.find(({ post }) => post === file)!;
    for (const post of newest) {
      const { answer, track } = caseOf(post);
      expect(track).toBe(post.track);
      expect(Math.abs(answer.truth.startSec - post.startSec)).toBeLessThan(0.05);
    }
    const off = (post: TeamPost) => Math.abs(caseOf(post).answer.found.startSec - post.startSec);
    const of = (name: string) => proof.systems.find((system) => system.name === name)!;
    const share = (values: readonly boolean[]) => values.filter(Boolean).length / values.length;
    expect(of('learned').start!.withinHalfSecond.share).toBeCloseTo(share(newest.map((post) => off(post) <= 0.5)), 6);
    expect(of('learned').track!.first.share).toBeCloseTo(
      share(newest.map((post) => caseOf(post).first === post.track)),
      6,
    );
    const uses = (track?: string) => earlier.filter((post) => post.track === track).length;
    const first = newest.map(({ track }) => {
      const above = team.tracks.filter((other) => uses(other) > uses(track)).length;
      const alike = team.tracks.filter((other) => uses(other) === uses(track)).length;
      return Math.min(1, Math.max(0, (1 - above) / alike));
    });
    expect(of('popular').track!.first.share).toBeCloseTo(first.reduce((a, b) => a + b, 0) / 3, 6);
    expect(proof.withCue).toBe(newest.filter(({ track }) => uses(track) > 0).length);
  });
});
