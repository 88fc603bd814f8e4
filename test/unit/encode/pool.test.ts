import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeTracks } from '../../../offline/encode/encode.ts';
import { keep, placeOf } from '../../../offline/encode/kept.ts';
import { ANALYSIS_FOLDER } from '../../../offline/encode/music-facts.ts';
import { openPool } from '../../../offline/encode/pool.ts';
import { readTrack } from '../../../offline/encode/track.ts';
import { BASIC_AUDIO_CARD } from '../../../offline/encoders/registry.ts';
import { builtIn } from '../../../offline/encoders/store.ts';
import { sha256File } from '../../../offline/lib/files.ts';
import { writeWav } from '../../../offline/media/wav.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { sine } from '../media/signals.ts';

const audio = builtIn(BASIC_AUDIO_CARD);
let folder: TestFolder;
let cache: string;
let path: string;
beforeEach(async () => {
  folder = await testFolder();
  cache = join(folder.path, 'cache');
  path = join(folder.path, 'a.wav');
  await writeFile(path, writeWav(sine(440, 3, 16000, 0.3), 16000));
});
afterEach(() => folder.remove());

const silent = () => ({ tick: () => {}, skip: () => {}, done: () => {} });
const encode = () =>
  encodeTracks({ files: [{ path, file: 'a.wav' }], unreadable: [] }, audio, { cache, workers: 2, progress: silent });

test('a pool that is closed starts no process any more, and says so', async () => {
  const pool = openPool(1, { cache, audio, threads: 1 });
  pool.close();
  expect(await pool.run({ kind: 'track', path, sha256: 'x' })).toMatchObject({ ok: false, fatal: true });
});

test('music that was kept and is damaged is made again', async () => {
  await encode();
  const sha256 = await sha256File(path);
  const whole = await readTrack({ cache, key: audio.key, sha256 });
  const { tensors, metadata } = { tensors: new Map(), metadata: { facts: 'x"no json' } };
  for (const name of ['segmentLufs', 'beats', 'downbeats', 'waveform', 'onsetStrength'])
    tensors.set(name, { data: new Float32Array(0), shape: [0] });
  await keep(placeOf(cache, ANALYSIS_FOLDER, sha256), { tensors, metadata });
  expect(await readTrack({ cache, key: audio.key, sha256 })).toBeUndefined();
  await encode();
  expect(await readTrack({ cache, key: audio.key, sha256 })).toEqual(whole);
});

test('more processes than files are not started', async () => {
  const started = await encodeTracks({ files: [{ path, file: 'a.wav' }], unreadable: [] }, audio, {
    cache,
    workers: 1e9,
    progress: silent,
  });
  expect(started.encoded.length).toBe(1);
});
