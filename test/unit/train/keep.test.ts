import { existsSync } from 'node:fs';
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Checkpoint, loadCheckpoint, noSteps } from '../../../offline/models/checkpoint.ts';
import { layoutOf } from '../../../offline/models/made/network.ts';
import { findRun, saveNewest } from '../../../offline/train/keep.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { tinyConfig } from './tiny.ts';

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
});
afterEach(() => folder.remove());

const layout = layoutOf(tinyConfig);
const vector = () => new Float32Array(layout.size);
const at = (step: number, run = 'this run'): Checkpoint => ({
  config: tinyConfig,
  layout,
  theta: vector(),
  first: vector(),
  second: vector(),
  encoders: { image: { name: 'image', width: 4 }, audio: { name: 'audio', width: 5 } },
  step,
  seed: 'seed',
  run,
  running: noSteps(),
  history: [],
});
const save = (step: number) => saveNewest(folder.path, at(step), 3);
const path = (name: string) => join(folder.path, `${name}.safetensors`);
const kept = () =>
  Promise.all(
    ['last', 'last-1', 'last-2'].map(async (name) =>
      existsSync(path(name)) ? (await loadCheckpoint(path(name))).step : undefined,
    ),
  );

test('the newest checkpoints are kept in order, and nothing else', async () => {
  for (const step of [1, 2, 3, 4]) await save(step);
  expect(await kept()).toEqual([4, 3, 2]);
  expect((await readdir(folder.path)).length).toBe(3);
});

test.each([
  ['the oldest had been moved on', [['last-1', 'last-2']]],
  [
    'all had been moved on',
    [
      ['last-1', 'last-2'],
      ['last', 'last-1'],
    ],
  ],
])('a save that was killed when %s loses nothing', async (_, moves) => {
  for (const step of [1, 2, 3]) await save(step);
  for (const [source, target] of moves) {
    await rm(path(target));
    await link(path(source), path(target));
  }
  await save(4);
  expect(await kept()).toEqual([4, 3, 2]);
  await save(5);
  expect(await kept()).toEqual([5, 4, 3]);
});

test('a run is found at any age, past a file that is missing or damaged', async () => {
  for (const step of [1, 2, 3]) await save(step);
  await rm(path('last'));
  expect((await findRun(folder.path, 'this run'))?.step).toBe(2);
  await writeFile(path('last-1'), 'damaged');
  expect((await findRun(folder.path, 'this run'))?.step).toBe(1);
});

test.each([
  ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 100)],
  ['empty', () => Buffer.alloc(0)],
  [
    'changed by a byte',
    (bytes: Buffer) => {
      bytes[bytes.length - 7] ^= 1;
      return bytes;
    },
  ],
])(
  'a newest checkpoint that is %s is passed over with a sentence, and never takes the place of the one before',
  async (_, damage) => {
    for (const step of [1, 2, 3]) await save(step);
    await writeFile(path('last'), damage(await readFile(path('last'))));
    const said: string[] = [];
    const found = await findRun(folder.path, 'this run', 'refuse', (message) => said.push(message));
    expect(found?.step).toBe(2);
    expect(said).toEqual([
      expect.stringMatching(/last\.safetensors: .*train again\. It is passed over for .*last-1\.s/),
    ]);
    await save(4);
    expect(await kept()).toEqual([4, 2, 1]);
    await save(5);
    expect(await kept()).toEqual([5, 4, 2]);
  },
);

test('what a killed save left half written is removed, and nothing else', async () => {
  await save(1);
  for (const name of ['last.safetensors.0a1b2c.tmp', 'best-r1.safetensors.ffffff.tmp', 'report.html.00.tmp', 'own.tmp'])
    await writeFile(join(folder.path, name), 'half');
  await findRun(folder.path, 'this run');
  expect((await readdir(folder.path)).sort()).toEqual(['last.safetensors', 'own.tmp']);
});

test('another run in the folder is refused, and only replaced when that is asked for', async () => {
  await save(7);
  await expect(findRun(folder.path, 'a new run')).rejects.toThrow(
    'expected a folder for this run, found step 7 of another (preset tiny, seed seed; other data, settings or length). Give another folder, or move this one away.',
  );
  expect(await findRun(folder.path, 'a new run', 'replace')).toBeUndefined();
  expect(await kept()).toEqual([7, undefined, undefined]);
});

test('a folder that is not there yet holds no run', async () => {
  expect(await findRun(join(folder.path, 'new'), 'this run')).toBeUndefined();
});
