/** What is taught, and what stays. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { teach, untaught } from '../../../offline/learn/teach.ts';
import type { Checkpoint } from '../../../offline/models/checkpoint.ts';
import { small } from '../../../offline/models/dense-start/config.ts';
import { isProjection } from '../../../offline/models/grounding/network.ts';
import { view } from '../../../offline/nn/parameters.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { tinyDataset } from '../train/tiny.ts';

const data = tinyDataset();
const config = {
  ...small,
  ...{ width: 16, ffn: 16, heads: 2, fusionLayers: 1, maxFrames: 8, maxSegments: 10, maxDurationSec: 25 },
  ...{ frameWidth: 4, segmentWidth: 5, canonicalDirections: 2 },
};
const silent = () => ({ tick() {}, skip() {}, done() {} });
let folder: TestFolder;
let init: Checkpoint;
const teaching = () => ({ config, init, data, folder: folder.path, steps: 3, seed: '1', threads: 1, start: silent });

beforeAll(async () => {
  folder = await testFolder();
  init = untaught({ config, data, seed: 'before' });
  // statistics of another training split: what is begun from was taught elsewhere
  init = { ...init, encoders: structuredClone(init.encoders) };
  init.encoders.image.statistics!.mean[0] += 0.5;
});
afterAll(() => folder.remove());

const changed = (taught: Checkpoint) =>
  taught.layout.parameters
    .map(({ name }) => name)
    .filter((name) => {
      const [before, after] = [init, taught].map(({ layout, theta }) => view(layout, theta, name));
      return before.some((value, i) => value !== after[i]);
    });

test('where the projections are taught all else keeps its values to the bit', async () => {
  const taught = await teach('projections', 'projections', teaching());
  const names = changed(taught);
  expect(names).toEqual([
    ...['video.project.weight', 'video.project.bias', 'video.path.weight', 'video.path.bias'],
    ...['music.project.weight', 'music.project.bias', 'music.path.weight', 'music.path.bias'],
  ]);
  expect(names.every(isProjection)).toBe(true);
  expect(taught.config).toEqual(config); // what was trained is no part of the network
});

test('where everything is taught every part changes', async () => {
  const names = new Set(changed(await teach('all', 'all', teaching())).map((name) => name.split('.')[0]));
  expect(names).toEqual(new Set(['video', 'music', 'matching', 'fusion', 'start']));
});

test('what is begun from another keeps the statistics it was taught with', async () => {
  expect((await teach('all', 'all', teaching())).encoders).toEqual(init.encoders);
});

test('other posts in the same folder begin a new training', async () => {
  const all = await teach('all', 'again', teaching());
  const fewer = await teach('all', 'again', teaching(), data.splits.train.slice(0, 6));
  expect(fewer.step).toBe(3);
  expect(fewer.theta).not.toEqual(all.theta);
  expect((await teach('all', 'again', teaching())).theta).toEqual(all.theta);
});
