import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatAnnotations } from '../../../offline/data/annotations.ts';
import { enhanceTracks } from '../../../offline/indexing/enhance-tracks.ts';
import { withUses } from '../../../offline/indexing/track-uses.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import type { MadeConfig } from '../../../offline/models/made/config.ts';
import { layoutOf } from '../../../offline/models/made/network.ts';
import { initialValues } from '../../../offline/nn/parameters.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { checkpoint, sampleTrack } from './sample.ts';

const config = { ...(checkpoint.config as MadeConfig), cuePrior: 0.5 };
const layout = layoutOf(config);
const withPrior = { ...checkpoint, config, layout, theta: initialValues(layout, createRandom('theta')) };
const tracks = [0, 1].map((i) => ({ ...sampleTrack(i), durationSec: 20 }));
let folder: TestFolder;
let log: string;
beforeAll(async () => {
  folder = await testFolder();
  const row = { musicId: '0', musicTotalSec: 20, videoSec: 5 }; // the log knows a track by its file's name
  log = await folder.write(
    'log.csv',
    formatAnnotations([
      { ...row, videoId: 'a', musicStartSec: 5, musicEndSec: 10 },
      { ...row, videoId: 'b', musicStartSec: 25, musicEndSec: 30 },
    ]),
  );
});
afterAll(() => folder.remove());

test('a model with a cue prior is told where the log has its tracks used, within their length', async () => {
  const [used, other] = await withUses(tracks, { checkpoint: withPrior, log });
  expect(used.uses).toEqual([{ videoId: 'a', startSec: 5, endSec: 10 }]);
  expect(other.uses).toEqual([]);
});

test('where the frames of a clip of the log are there, the model is told their mean', async () => {
  const videos = new Map([['a', { shape: [2, 4], data: Float32Array.of(1, 2, 3, 4, 3, 2, 1, 0) }]]);
  const [used] = await withUses(tracks, { checkpoint: withPrior, log, videos });
  expect([...used.uses![0].frames!]).toEqual([2, 2, 2, 2]);
});

test('a model without one, and an index without a log, are told nothing', async () => {
  expect(await withUses(tracks, { checkpoint, log })).toEqual(tracks);
  expect(await withUses(tracks, { checkpoint: withPrior })).toEqual(tracks);
});

test('what an index holds of a track depends on its uses, and of an unused one on none', async () => {
  const how = { threads: 1, folder: folder.path };
  const plain = await enhanceTracks(tracks, withPrior, how);
  const told = await enhanceTracks(await withUses(tracks, { checkpoint: withPrior, log }), withPrior, how);
  const D = config.width;
  expect(told.means.slice(D)).toEqual(plain.means.slice(D));
  expect(told.means.slice(0, D)).not.toEqual(plain.means.slice(0, D));
});
