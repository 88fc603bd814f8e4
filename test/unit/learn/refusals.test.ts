/** What cannot be learned from is told in a sentence, with what to do, and before long work where that can be known. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeWav } from '../../../offline/media/wav.ts';
import { cutFrom, music, RATE } from '../align/music.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { hasFfmpeg } from '../media/video-files.ts';
import { learnSmall } from './learn-small.ts';
import { type SmallTeam, smallTeam } from './small-team.ts';

let folder: TestFolder;
let team: SmallTeam | undefined;
const at = (...names: string[]) => join(folder.path, ...names);
const learning = (more: Partial<Parameters<typeof learnSmall>[1]>) =>
  learnSmall(folder.path, { out: at('out'), ...more });

beforeAll(async () => {
  folder = await testFolder();
  if (hasFfmpeg) team = await smallTeam(folder.path, { tracks: 2, posts: 5, foreign: 0 });
  else await mkdir(at('music'));
  await writeFile(at('music', 'track-0.wav'), writeWav(music('track 0', 20), RATE));
  for (const name of ['nothing', 'sounds', 'foreign', 'two']) await mkdir(at(name));
  for (const i of [0, 1, 2]) {
    await writeFile(at('sounds', `${i}.wav`), writeWav(cutFrom(music('track 0', 20), 3 + i, 4), RATE));
    await writeFile(at('foreign', `${i}.wav`), writeWav(music(`nobody ${i}`, 4), RATE));
  }
});
afterAll(() => folder.remove());

test('a folder that is not there, and one with nothing in it, are told before any work', async () => {
  await expect(learning({ posts: at('nowhere') })).rejects.toThrow(
    /nowhere: expected a folder of posts, got none there\. Check the path\.$/,
  );
  await expect(learning({ posts: at('nothing') })).rejects.toThrow(
    /nothing: expected posts, found none\. Give a folder with videos or sound files\.$/,
  );
  await expect(learning({ posts: at('sounds'), music: at('nowhere') })).rejects.toThrow(
    /nowhere: expected a folder of music, got none there\. Check the path\.$/,
  );
  await expect(learning({ posts: at('sounds'), music: at('nothing') })).rejects.toThrow(
    /nothing: expected audio files, found none\. Give a folder with/,
  );
  await expect(learning({ posts: at('sounds'), about: at('nowhere.csv') })).rejects.toThrow(
    /nowhere\.csv: expected a table of posts, found no such file\./,
  );
});

test('posts of which none has music of the library are told with why', async () => {
  await expect(learning({ posts: at('foreign') })).rejects.toThrow(
    /foreign: expected posts with pictures and music of .*music, found none among 3 \(3: not in the library\)\. Give the library that their music came from/,
  );
});

test('posts that are sound alone have no pictures to learn from', async () => {
  await expect(learning({ posts: at('sounds') })).rejects.toThrow(/found none among 3 \(3: music, and no pictures\)\./);
});

test.skipIf(!hasFfmpeg)('two posts cannot be split', async () => {
  for (const { file } of team!.posts.slice(0, 2)) await symlink(at('posts', file), at('two', file));
  await expect(learning({ posts: at('two') })).rejects.toThrow(
    /learn: expected music of the library in 3 posts or more, to teach with, to choose by and to measure on, got 2\. Add posts\.$/,
  );
});

test.skipIf(!hasFfmpeg)('five posts and nothing to begin from: the demo’s checkpoint is named', async () => {
  await expect(learning({ init: undefined })).rejects.toThrow(
    /learn: expected 20 posts or more with music of the library, to teach a network from nothing, got 5\. Begin from one that knows something: --init \.cuepoint\/demo\/model\/last\.safetensors/,
  );
});

test('a network that the Worker cannot run is refused before any work', async () => {
  const { presets } = await import('../../../offline/models/registry.ts');
  await expect(learning({ init: undefined, config: presets()['moment-detr'] })).rejects.toThrow(
    /index: expected a checkpoint of a network that the Worker can run/,
  );
});
