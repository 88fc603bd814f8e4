/** `cuepoint data make` with a log of music that plays under parts of clips. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { learnCues } from '../../../offline/cues/learn.ts';
import { useOfAnnotation } from '../../../offline/cues/uses.ts';
import { readAnnotations } from '../../../offline/data/annotations.ts';
import { clipOfId } from '../../../offline/data/clip-part.ts';
import { readTokens, SPLITS } from '../../../offline/data/dataset.ts';
import { writeWav } from '../../../offline/media/wav.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { sine } from '../media/signals.ts';
import { runCuepoint } from './run-cuepoint.ts';

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
});
afterAll(() => folder.remove());

const data = (...args: string[]) => runCuepoint(['data', ...args]);

test('`data make` gives the part of a clip under the music its own tokens, and cues where the track was begun', async () => {
  const [music, clips] = [join(folder.path, 'songs'), join(folder.path, 'films')];
  await mkdir(music);
  for (const [i, hz] of [220, 330, 440].entries())
    await writeFile(join(music, `s${i}.wav`), writeWav(sine(hz, 60, 16000, 0.3), 16000));
  for (const [c, clip] of ['c0', 'c1', 'c2'].entries()) {
    await mkdir(join(clips, clip), { recursive: true });
    for (let i = 0; i < 10; i++) {
      const background = { r: 20 * i, g: 90, b: 250 - 20 * i - c };
      const picture = sharp({ create: { width: 32, height: 24, channels: 3, background } });
      await picture.png().toFile(join(clips, clip, `${i}.png`));
    }
  }
  const log = await folder.write(
    'posts.csv',
    'clip,track,start,end,clip_start\nc0,s0,42,49,3\nc1,s1,5,15,\nc2,s2,5,15,0\n',
  );
  const out = join(folder.path, 'own-parts');
  const made = await data(
    ...['make', '--music', music, '--clips', clips, '--log', log, '--out', out],
    ...['--cache', join(folder.path, 'cache'), '--workers', '1'],
  );
  expect([made.code, made.err.match(/Error.*/)?.[0]]).toEqual([0, undefined]);
  const rows = (await Promise.all(SPLITS.map((split) => readAnnotations(join(out, `${split}_data.csv`))))).flat();
  const part = rows.find(({ videoId }) => videoId.includes('@'))!;
  expect(part).toMatchObject({ musicStartSec: 42, musicEndSec: 49, videoSec: 7 });
  const videos = await readTokens(out, 'video');
  const [whole, cut] = [videos.get(clipOfId(part.videoId))!, videos.get(part.videoId)!];
  expect([whole.shape, cut.shape]).toEqual([
    [10, 66],
    [7, 66],
  ]);
  const still = 63; // the values of one picture; those behind are of the picture before it, which a cut clip has not
  expect(cut.data.slice(0, still)).toEqual(whole.data.slice(3 * 66, 3 * 66 + still));
  expect(cut.data.slice(66)).toEqual(whole.data.slice(4 * 66));
  const { cues } = learnCues(
    rows.map((row) => useOfAnnotation(row)),
    [{ id: part.musicId, file: 's0.wav', durationMs: 60_000 }],
  ).table;
  expect(cues).toEqual([[{ startMs: 42_000, count: 1, widthMs: 7000 }]]);
  expect((await data('check', out)).code).toBe(0);
});
