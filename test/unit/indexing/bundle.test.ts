/** What the index that was built holds and answers, against hnswlib and the offline model. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import hnswlib from 'hnswlib-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine, type Graph } from '../../../functions/engine.ts';
import { attend } from '../../../functions/grounding/attention-pool.ts';
import { meanVector } from '../../../functions/grounding/rank.ts';
import { openAnalysisStore } from '../../../index/format/analysis-store.ts';
import type { Track } from '../../../index/format/catalogue.ts';
import type { BundleFile, Manifest } from '../../../index/format/manifest.ts';
import { shardAt, shardsOf } from '../../../index/format/shard-table.ts';
import { dequantiseTokens, openTokenShard, trackTokens } from '../../../index/format/token-shard.ts';
import { openHnsw } from '../../../index/search/hnsw.ts';
import { standardised } from '../../../offline/data/batch.ts';
import type { EncodedTrack } from '../../../offline/encode/library.ts';
import { type Enhanced, openMade } from '../../../offline/models/made/grounder.ts';
import { openSession, type Values } from '../../../offline/nn/session.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { tinyConfig } from '../train/tiny.ts';
import { builtIn, catalogueOf, checkpoint, drawn, frameWidth, layout, maxSegments, tracks, width } from './sample.ts';
import { memoryStore } from './store/memory-store.ts';

let folder: TestFolder;
let manifest: Manifest;
let catalogue: Track[];
/** In the order of the catalogue. */
let indexed: EncodedTrack[];
let enhanced: Enhanced;
const store = memoryStore();
const bytesOf = async ({ path }: BundleFile) => (await store.read(path))!.bytes;
beforeAll(async () => {
  folder = await testFolder();
  manifest = await builtIn(store);
  catalogue = await catalogueOf(store, manifest);
  indexed = catalogue.map(({ id }) => tracks.find((track) => track.id === id)!);
  const model = await openMade(tinyConfig, layout, checkpoint.theta, { threads: 1 });
  enhanced = await model.tracks(
    indexed.map(({ tokens }) => standardised(tokens, checkpoint.encoders.audio, maxSegments)),
  );
  await model.close();
});
afterAll(() => folder.remove());

test('vectors are searched here as hnswlib searches them, and find the nearest tracks', async () => {
  const bytes = await bytesOf(manifest.files.vectors);
  const path = join(folder.path, 'vectors.hnsw');
  await writeFile(path, bytes);
  const native = new hnswlib.HierarchicalNSW('ip', width);
  native.readIndexSync(path);
  const { ef } = manifest.retrieval;
  native.setEf(ef);
  const index = openHnsw(bytes.buffer);
  const h0 = (track: number) => enhanced.means.subarray(track * width, (track + 1) * width);
  for (let i = 0; i < 20; i++) {
    const query = i < 5 ? h0(i) : drawn(width, 0.25);
    const ours = index.search(query, 8, ef);
    const theirs = native.searchKnn([...query], 8);
    expect(ours.map(({ label }) => label)).toEqual(theirs.neighbors);
    expect(ours.map(({ distance }) => distance)).toEqual(theirs.distances.map((value) => expect.closeTo(value, 6)));
    const exact = indexed
      .map((_, label) => h0(label).reduce((sum, x, c) => sum + x * query[c], 0))
      .reduce((most, score) => Math.max(most, score));
    expect(ours[0].distance, 'the nearest of all').toBeCloseTo(1 - exact, 5);
    if (i < 5) expect(ours[0].label).toBe(i);
  }
});

test('shards and catalogue hold every track once, in one order', async () => {
  expect(catalogue.map(({ id }) => id).sort()).toEqual(tracks.map(({ id }) => id).sort());
  for (const [i, { title, file, sha256, durationSec, tokens, music }] of indexed.entries()) {
    const segments = Math.min(tokens.shape[0], maxSegments);
    const durationMs = Math.round(durationSec * 1000);
    expect(catalogue[i]).toMatchObject({ title, file, sha256, durationMs, segments, loudnessLufs: -14.13 });
    expect(catalogue[i]).toMatchObject({ bpm: expect.closeTo(music.bpm!, 2), beatsPerBar: 3, key: null });
  }
  let track = 0;
  for (const shard of shardsOf(manifest.shards.tokens)) {
    const opened = openTokenShard((await bytesOf(shard)).buffer);
    expect([shard.first, shard.tracks, opened.width]).toEqual([track, opened.tracks, width]);
    for (let i = 0; i < opened.tracks; i++, track++)
      expect(opened.tokensOf(i).values).toEqual(trackTokens(enhanced.tokens[track].data, width).values);
  }
  expect(track).toBe(tracks.length);
  const shard = shardAt(manifest.shards.analysis, 0);
  const analyses = openAnalysisStore((await bytesOf(shard)).buffer);
  expect(analyses.tracks).toBe(tracks.length);
  for (const [i, { music }] of indexed.entries())
    expect(analyses.analysisOf(i)).toEqual({
      beatsMs: Uint32Array.of(250, 850, 1450),
      downbeats: Uint32Array.of(1),
      segmentLufs: Float32Array.of(-14.5, -70),
      waveform: music.waveform,
      onsetStrength: Uint8Array.of(255),
    });
  expect(manifest.counts.segments).toBe(catalogue.reduce((sum, { segments }) => sum + segments, 0));
});

test('graphs give what the trained model gives, but for what bytes take of the tokens', async () => {
  const model = await openMade(tinyConfig, layout, checkpoint.theta, { threads: 1 });
  const frames = { data: drawn(6 * frameWidth), count: 6 };
  const video = await model.clips([frames]);
  const held = trackTokens(enhanced.tokens[4].data, width);
  const rounded = { data: dequantiseTokens(held), count: held.segments };
  const tracks = { tokens: [rounded], means: new Float32Array(width) };
  const relevance = await model.relevance(video, tracks);
  const span = await model.moments(video, tracks, [[0, 0]]);
  await model.close();

  const open = async (role: Graph) => openSession(await bytesOf(manifest.files[role]), { name: role, threads: 1 });
  const sessions = {
    enhanceVideo: await open('enhanceVideo'),
    relevance: await open('relevance'),
    moment: await open('moment'),
  };
  const engine = createEngine<Values>(sessions, (data, shape) => ({ data, shape }));
  const near = (found: Float32Array, expected: Float32Array) =>
    expect([...found]).toEqual([...expected].map((value) => expect.closeTo(value, 4)));

  const { h, frameTokens, question } = await engine.enhanceVideo(frames.data, frames.count);
  near(h, video.means);
  near(frameTokens, video.tokens[0].data);
  near(await engine.relevance(h, meanVector(held, width), attend(question, [held]).pooled), relevance);
  const found = await engine.moment(h, frameTokens, dequantiseTokens(held));
  near('span' in found ? found.span : new Float32Array(0), span);
  for (const session of Object.values(sessions)) await session.close();
});
