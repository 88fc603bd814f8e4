import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { heldOutClips } from '../../../offline/demo/questions.ts';
import { createWorld } from '../../../offline/worlds/composed/world.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-demo-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function asked(test: number) {
  const world = createWorld('questions', { tracks: 4, train: 3, val: 2, test });
  const folders = new Map(world.clips.map((clip) => [clip, join(folder, clip.id)]));
  for (const [clip, own] of folders) {
    await mkdir(own, { recursive: true });
    await writeFile(join(own, '00.jpg'), clip.id);
  }
  return { held: world.clips.slice(5), questions: await heldOutClips(world, folders) };
}

test('asks about the first, the middle and the last clip of the test split, whatever they are', async () => {
  const { held, questions } = await asked(32);
  expect(questions.map(({ name }) => name)).toEqual([held[0], held[15], held[31]].map(({ id }) => id));
  const [first] = questions;
  expect(first).toMatchObject({ clip: held[0], durationSec: held[0].durationSec, folder: join(folder, held[0].id) });
  expect(new TextDecoder().decode(first.frames[0])).toBe(held[0].id);
});

test('a split of one clip is asked about once', async () => {
  const { held, questions } = await asked(1);
  expect(questions.map(({ clip }) => clip)).toEqual([held[0]]);
});
