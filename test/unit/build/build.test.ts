import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import hnswlib from 'hnswlib-node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createEngine, type Graph } from '../../../functions/engine.ts';
import { openAnalysisStore } from '../../../index/analysis-store.ts';
import { readCatalogue } from '../../../index/catalogue.ts';
import { openHnsw } from '../../../index/hnsw.ts';
import { BUNDLE_ROLES, type BundleRole, type Manifest, parseManifest } from '../../../index/manifest.ts';
import { openTokenStore } from '../../../index/token-store.ts';
import { CLIP_IMAGES } from '../../../index/tower-image.ts';
import { type BuildOptions, buildBundle } from '../../../offline/build/build.ts';
import { standardised } from '../../../offline/data/batch.ts';
import type { EncodedTrack } from '../../../offline/encode/library.ts';
import { sha256Hex } from '../../../offline/files.ts';
import { cuepoint } from '../../../offline/made/config.ts';
import { type EnhancedList, openModel } from '../../../offline/made/model.ts';
import { layoutOf } from '../../../offline/made/network.ts';
import { initialValues } from '../../../offline/nn/parameters.ts';
import { openSession, type Values } from '../../../offline/nn/session.ts';
import { createRandom } from '../../../offline/random.ts';
import { type Checkpoint, noSteps } from '../../../offline/train/checkpoint.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { tinyConfig } from '../train/tiny.ts';
import { factsOf } from './facts.ts';

const TRACKS = 60;
const { width, segmentWidth, maxSegments, frameWidth } = tinyConfig;
const random = createRandom('build');
const drawn = (count: number, spread = 1) => Float32Array.from({ length: count }, () => spread * random.normal());

const tracks = Array.from({ length: TRACKS }, (_, i): EncodedTrack => {
  const segments = 1 + random.integer(maxSegments + 2); // some longer than the model listens
  return {
    id: `track-${i}`,
    title: `Stück ${i} (夜曲)`,
    file: `folder/${i}.wav`,
    sha256: sha256Hex(`${i}`),
    durationSec: segments * 2.5 - 0.5004,
    tokens: { shape: [segments, segmentWidth], data: drawn(segments * segmentWidth) },
    music: factsOf({
      tags: i === 3 ? { artist: 'Someone', genre: ['Folk'] } : {},
      bpm: 100 + i + 1 / 3,
      loudnessLufs: -14.126,
      beats: Float32Array.of(0.25, 0.85, 1.4496),
      downbeats: Uint32Array.of(1),
      beatsPerBar: 3,
      segmentLufs: Float32Array.of(-14.5, -70),
      waveform: Uint8Array.of(1, 2, i),
      onsetStrength: Uint8Array.of(255),
    }),
  };
});
const layout = layoutOf(tinyConfig);
const checkpoint: Checkpoint = {
  config: tinyConfig,
  layout,
  theta: initialValues(layout, createRandom('theta')),
  first: new Float32Array(layout.size),
  second: new Float32Array(layout.size),
  encoders: {
    image: { name: 'tiny-image', width: 4, statistics: { mean: [0, 0, 0, 0], deviation: [1, 1, 1, 1] } },
    audio: { name: 'tiny-audio', width: 5, statistics: { mean: [0.1, 0, 0, 0, 0], deviation: [1, 2, 1, 1, 1] } },
  },
  step: 0,
  seed: 'seed',
  run: 'run',
  running: noSteps(),
  history: [],
};

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
});
afterEach(() => folder.remove());

const build = (over: Partial<BuildOptions> = {}): Promise<Manifest> =>
  buildBundle({ tracks, checkpoint, folder: folder.path, builtAt: new Date(0), threads: 1, ...over });
const contents = async (path = folder.path) =>
  new Map(
    await Promise.all(
      (await readdir(path)).map(async (name) => [name, await readFile(join(path, name), 'hex')] as const),
    ),
  );
const roles = (manifest: Manifest) =>
  Object.fromEntries(BUNDLE_ROLES.map((role) => [role, manifest.files[role].sha256])) as Record<BundleRole, string>;
/** The roles whose files differ. */
const changed = (one: Manifest, other: Manifest) =>
  BUNDLE_ROLES.filter((role) => roles(one)[role] !== roles(other)[role]);

describe('building', () => {
  test('twice writes the same files and versions; only the date differs', async () => {
    const one = await build();
    const before = await contents();
    expect(await build()).toEqual(one);
    expect(await contents()).toEqual(before);
    const later = await build({ builtAt: new Date('2026-11-20T10:00:00Z') });
    expect(later).toEqual({ ...one, builtAt: '2026-11-20T10:00:00.000Z' });
  });

  test('names every file by its hash and tells its size, in a manifest that can be read', async () => {
    const manifest = await build();
    expect(parseManifest(await readFile(join(folder.path, 'manifest.json'), 'utf8'))).toEqual(manifest);
    const files = BUNDLE_ROLES.map((role) => manifest.files[role]);
    expect((await readdir(folder.path)).sort()).toEqual([...files.map(({ path }) => path), 'manifest.json'].sort());
    for (const { path, bytes, sha256 } of files) {
      const content = await readFile(join(folder.path, path));
      expect([content.length, sha256Hex(content)]).toEqual([bytes, sha256]);
      expect(path).toContain(`-${sha256.slice(0, 12)}.`);
    }
    expect(manifest.counts.tracks).toBe(TRACKS);
    expect(manifest.model).toMatchObject({
      preset: 'tiny',
      width: 16,
      maxSegments: 10,
      strideSec: 2.5,
      maxDurationSec: 25,
    });
    expect(manifest.encoders).toEqual(checkpoint.encoders);
  });

  test('with a track changed gives another index of the same model', async () => {
    const one = await build();
    const { shape, data } = tracks[7].tokens;
    const other = tracks.with(7, { ...tracks[7], tokens: { shape, data: data.map((value) => value + 1) } });
    const two = await build({ tracks: other });
    expect(two.indexVersion).not.toBe(one.indexVersion);
    expect(two.modelVersion).toBe(one.modelVersion);
    expect(changed(one, two)).toEqual(['hnsw', 'tokens']);
  });

  test('with a title changed changes the catalogue alone', async () => {
    const one = await build();
    const two = await build({ tracks: tracks.with(0, { ...tracks[0], title: 'Other' }) });
    expect(two.indexVersion).not.toBe(one.indexVersion);
    expect(changed(one, two)).toEqual(['catalogue']);
  });

  test('with a tower for the Worker carries it, under the versions of index and model', async () => {
    const one = await build();
    const info = { name: 'tower', input: 'x', output: 'y', layout: 'nchw', ...CLIP_IMAGES } as const;
    const two = await build({ tower: { info, bytes: Uint8Array.of(1, 2, 3) } });
    expect(two.tower).toEqual(info);
    expect(two.files.imageTower).toMatchObject({ bytes: 3, sha256: sha256Hex(Uint8Array.of(1, 2, 3)) });
    expect(two.modelVersion).not.toBe(one.modelVersion);
    expect(parseManifest(await readFile(join(folder.path, 'manifest.json'), 'utf8'))).toEqual(two);
    expect(await readdir(folder.path)).toContain(two.files.imageTower!.path);
    await build();
    expect(await readdir(folder.path), 'and a build without one removes it').not.toContain(two.files.imageTower!.path);
  });

  test('with other parameters or statistics gives another model', async () => {
    const one = await build();
    const trained = await build({
      checkpoint: { ...checkpoint, theta: checkpoint.theta.map((value) => 1.01 * value) },
    });
    expect(trained.modelVersion).not.toBe(one.modelVersion);
    const { image, audio } = checkpoint.encoders;
    const encoders = { audio, image: { ...image, mean: [0, 0, 0, 0.5] } };
    const measured = await build({ checkpoint: { ...checkpoint, encoders } });
    expect(changed(one, measured)).toEqual([]);
    expect(measured.modelVersion).not.toBe(one.modelVersion);
    expect(measured.indexVersion).not.toBe(one.indexVersion);
  });

  test('in int8 makes smaller graphs of the same index, and says so', async () => {
    const one = await build();
    const two = await build({ precision: 'int8' });
    expect([one.precision, two.precision]).toEqual(['fp32', 'int8']);
    expect(changed(one, two)).toEqual(['enhanceVideo', 'moment']);
    for (const role of ['enhanceVideo', 'moment'] as const)
      expect(two.files[role].bytes).toBeLessThan(one.files[role].bytes);
    expect(two.modelVersion).not.toBe(one.modelVersion);
    expect(two.indexVersion).not.toBe(one.indexVersion);
  });

  test('is refused with a graph that the Worker cannot open, and says how one can be had', async () => {
    const config = { ...cuepoint, frameWidth, segmentWidth }; // 6.5 million parameters in its moment graph
    const layout = layoutOf(config);
    const values = () => new Float32Array(layout.size);
    const full = { ...checkpoint, config, layout, theta: values(), first: values(), second: values() };
    await expect(build({ checkpoint: full, tracks: tracks.slice(0, 1) })).rejects.toThrow(
      'build: expected the graph "moment" to fit the Worker\'s memory with at most 20 MB, got 25.8. Build with --precision int8.',
    );
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('removes what earlier builds left and nothing else', async () => {
    const one = await build();
    const foreign = ['README.md', '.gitignore', 'hnsw-notes.txt', 'moment-2026.onnx', 'my-hnsw-0123456789ab.hnsw'];
    for (const name of foreign) await writeFile(join(folder.path, name), 'mine');
    await mkdir(join(folder.path, 'tokens'));
    await writeFile(join(folder.path, `tokens-0123456789ab.tokens`), 'of a build long ago');
    await writeFile(join(folder.path, 'moment-0123456789ab.onnx.00ff.tmp'), 'of a build that was interrupted');
    const two = await build({ tracks: tracks.slice(0, 5) });
    const own = BUNDLE_ROLES.map((role) => two.files[role].path);
    expect((await readdir(folder.path)).sort()).toEqual([...own, 'manifest.json', 'tokens', ...foreign].sort());
    expect(own).not.toContain(one.files.hnsw.path);
  });

  test('that fails leaves the bundle that was there whole', async () => {
    await build();
    const before = await contents();
    const broken = { shape: [1, segmentWidth], data: new Float32Array(segmentWidth).fill(Number.NaN) };
    await expect(build({ tracks: tracks.with(3, { ...tracks[3], tokens: broken }) })).rejects.toThrow(
      'token store: expected finite values for track 3',
    );
    expect(await contents()).toEqual(before);
  });

  test('is refused with tokens of another encoder than the model was trained on', async () => {
    const tokens = { shape: [2, 7], data: new Float32Array(14) };
    await expect(build({ tracks: [{ ...tracks[0], tokens }] })).rejects.toThrow(
      'build: expected audio tokens of tiny-audio (width 5), got width 7. Train on tokens of the encoder you index with.',
    );
  });

  test('works for a single track of a single segment', async () => {
    const tokens = { shape: [1, segmentWidth], data: drawn(segmentWidth) };
    const { counts, files } = await build({ tracks: [{ ...tracks[0], tokens }] });
    expect(counts).toEqual({ tracks: 1, segments: 1 });
    const { buffer } = new Uint8Array(await readFile(join(folder.path, files.hnsw.path)));
    expect(
      openHnsw(buffer)
        .search(drawn(width), 5, 10)
        .map(({ label }) => label),
    ).toEqual([0]);
  });
});

describe('a bundle', () => {
  let bundle: TestFolder;
  let manifest: Manifest;
  let enhanced: EnhancedList;
  const file = async (role: BundleRole) => new Uint8Array(await readFile(join(bundle.path, manifest.files[role].path)));
  beforeAll(async () => {
    bundle = await testFolder();
    manifest = await build({ folder: bundle.path });
    const model = await openModel(tinyConfig, layout, checkpoint.theta, 1);
    enhanced = await model.enhance(
      'music',
      tracks.map(({ tokens }) => standardised(tokens, checkpoint.encoders.audio, maxSegments)),
    );
    await model.close();
  });
  afterAll(() => bundle.remove());

  test('is searched here as hnswlib searches it, and finds the nearest tracks', async () => {
    const native = new hnswlib.HierarchicalNSW('ip', width);
    native.readIndexSync(join(bundle.path, manifest.files.hnsw.path));
    const { ef } = manifest.retrieval;
    native.setEf(ef);
    const index = openHnsw((await file('hnsw')).buffer);
    const h0 = (track: number) => enhanced.means.subarray(track * width, (track + 1) * width);
    for (let i = 0; i < 20; i++) {
      const query = i < 5 ? h0(i) : drawn(width, 0.25);
      const ours = index.search(query, 8, ef);
      const theirs = native.searchKnn([...query], 8);
      expect(ours.map(({ label }) => label)).toEqual(theirs.neighbors);
      expect(ours.map(({ distance }) => distance)).toEqual(theirs.distances.map((value) => expect.closeTo(value, 6)));
      const exact = tracks
        .map((_, label) => ({ label, score: h0(label).reduce((sum, x, c) => sum + x * query[c], 0) }))
        .sort((a, b) => b.score - a.score);
      expect(ours[0].distance, 'the nearest of all').toBeCloseTo(1 - exact[0].score, 5);
      if (i < 5) expect(ours[0].label).toBe(i);
    }
  });

  test('holds every track’s enhanced tokens, catalogue entry and length, in one order', async () => {
    const store = openTokenStore((await file('tokens')).buffer);
    const catalogue = readCatalogue(new TextDecoder().decode(await file('catalogue')));
    expect([store.tracks, store.width, catalogue.length]).toEqual([TRACKS, width, TRACKS]);
    for (const [i, { id, title, file, sha256, durationSec, tokens }] of tracks.entries()) {
      const segments = Math.min(tokens.shape[0], maxSegments);
      const durationMs = Math.round(durationSec * 1000);
      expect(catalogue[i]).toMatchObject({ id, title, file, sha256, durationMs, segments, loudnessLufs: -14.13 });
      expect(catalogue[i]).toMatchObject({ bpm: expect.closeTo(100.33 + i, 6), beatsPerBar: 3, key: null });
      expect([catalogue[i].artist, catalogue[i].genre]).toEqual(
        i === 3 ? ['Someone', ['Folk']] : [undefined, undefined],
      );
      expect(store.tokensOf(i)).toEqual(enhanced.tokens[i].data);
    }
    const analysis = openAnalysisStore((await file('analysis')).buffer);
    expect(analysis.tracks).toBe(TRACKS);
    expect(analysis.analysisOf(7)).toEqual({
      beatsMs: Uint32Array.of(250, 850, 1450),
      downbeats: Uint32Array.of(1),
      segmentLufs: Float32Array.of(-14.5, -70),
      waveform: Uint8Array.of(1, 2, 7),
      onsetStrength: Uint8Array.of(255),
    });
    expect(manifest.counts.segments).toBe(catalogue.reduce((sum, { segments }) => sum + segments, 0));
  });

  test('has graphs that give what the trained model gives', async () => {
    const model = await openModel(tinyConfig, layout, checkpoint.theta, 1);
    const frames = { data: drawn(6 * frameWidth), count: 6 };
    const video = await model.enhance('video', [frames]);
    const pair = enhanced.tokens[4];
    const relevance = await model.relevance(video.means, [pair]);
    const span = await model.moments(video.means, video.tokens, [pair]);
    await model.close();

    const open = async (role: Graph) => openSession(await file(role), { name: role, threads: 1 });
    const sessions = {
      enhanceVideo: await open('enhanceVideo'),
      relevance: await open('relevance'),
      moment: await open('moment'),
    };
    const engine = createEngine<Values>(sessions, (data, shape) => ({ data, shape }));
    const near = (found: Float32Array, expected: Float32Array) =>
      expect([...found]).toEqual([...expected].map((value) => expect.closeTo(value, 5)));

    const { h, frameTokens } = await engine.enhanceVideo(frames.data, frames.count);
    near(h, video.means);
    near(frameTokens, video.tokens[0].data);
    const segments = { tokens: pair.data, mask: new Float32Array(pair.count).fill(1), count: 1, longest: pair.count };
    near(await engine.relevance(h, segments), relevance);
    near(await engine.moment(h, frameTokens, segments), span);
    for (const session of Object.values(sessions)) await session.close();
  });
});
