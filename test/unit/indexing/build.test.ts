import { beforeEach, describe, expect, test } from 'vitest';
import { filesOf, type Manifest } from '../../../index/format/manifest.ts';
import { parseManifest } from '../../../index/format/parse-manifest.ts';
import { POINTER_PATH } from '../../../index/format/pointer.ts';
import { shardCount, shardLines, shardsOf } from '../../../index/format/shard-table.ts';
import { CLIP_IMAGES } from '../../../index/image/tower-image.ts';
import { type BuildOptions, writeIndex } from '../../../offline/indexing/build.ts';
import { analysisEntry } from '../../../offline/indexing/entries.ts';
import { createAnalysisWriter, putSeries, tokenShardBytes } from '../../../offline/indexing/shards.ts';
import { manifestText } from '../../../offline/indexing/store/publish.ts';
import { textOf } from '../../../offline/indexing/store/store.ts';
import { readCurrent } from '../../../offline/indexing/store/versions.ts';
import { sha256Hex } from '../../../offline/lib/files.ts';
import { layoutOf } from '../../../offline/models/made/network.ts';
import { fullMade } from '../../fixtures/made-configs.ts';
import { builtIn, catalogueOf, checkpoint, frameWidth, segmentWidth, tracks } from './sample.ts';
import { type MemoryStore, memoryStore } from './store/memory-store.ts';
import { answeredFrom } from './store/sample-index.ts';

let store: MemoryStore;
beforeEach(() => {
  store = memoryStore();
});

const build = (over: Partial<BuildOptions> = {}): Promise<Manifest> => builtIn(store, over);
const contents = () => new Map([...store.files].map(([path, { bytes }]) => [path, sha256Hex(bytes)]));
/** The roles whose content differs, shards included. */
const changed = (one: Manifest, other: Manifest): string[] => {
  const hashes = ({ files, columns, shards }: Manifest): Record<string, unknown> => ({
    columns: String(columns.map(({ sha256 }) => sha256)),
    ...Object.fromEntries(Object.entries(files).map(([role, { sha256 }]) => [role, sha256])),
    ...Object.fromEntries(Object.entries(shards).map(([role, table]) => [role, String(shardLines(table))])),
  });
  const [before, after] = [hashes(one), hashes(other)];
  return Object.keys(before).filter((role) => before[role] !== after[role]);
};

describe('building', () => {
  test('twice writes the same files and versions, and changes nothing', async () => {
    const one = await build();
    const before = contents();
    expect(await build()).toEqual(one);
    expect(contents()).toEqual(before);
    const elsewhere = memoryStore();
    elsewhere.clock = 1e12; // another day
    expect(await builtIn(elsewhere)).toEqual(one);
    const named = ({ files }: MemoryStore) => [...files].filter(([path]) => path !== POINTER_PATH);
    const bytes = (in_: MemoryStore) => named(in_).map(([path, { bytes }]) => [path, sha256Hex(bytes)]);
    expect(bytes(elsewhere), 'the manifest too').toEqual(bytes(store));
  });

  test('names every file by its hash and tells its size, in a manifest that the pointer names', async () => {
    const manifest = await build();
    const { pointer } = await readCurrent(store);
    expect(pointer?.manifest.path).toBe(`indexes/${manifest.indexVersion}.json`);
    expect(parseManifest(textOf((await store.read(pointer!.manifest.path))!))).toEqual(manifest);
    const files = [...filesOf(manifest)];
    const paths = new Set(files.map(({ path }) => path)); // columns without a value are one file
    expect([...store.files.keys()].sort()).toEqual([...paths, pointer!.manifest.path, POINTER_PATH].sort());
    for (const { path, sha256 } of files)
      expect(path).toMatch(new RegExp(`^objects/[a-zA-Z]+-${sha256.slice(0, 16)}\\.`));
    expect(await answeredFrom(store)).toBe(manifest.indexVersion);
    expect(manifest.counts).toMatchObject({ tracks: 60, removed: 0 });
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
    expect(changed(one, two)).toEqual(expect.arrayContaining(['vectors', 'tokens']));
    expect(changed(one, two)).not.toContain('moment');
  });

  test('with a title changed changes the catalogue alone', async () => {
    const one = await build();
    const two = await build({ tracks: tracks.with(0, { ...tracks[0], title: 'Other' }) });
    expect(two.indexVersion).not.toBe(one.indexVersion);
    expect(changed(one, two)).toEqual(['catalogue', 'texts']);
  });

  test("puts what the library's own catalogue says above what the file's tags say, and previews beside it", async () => {
    const preview = { path: 'objects/preview-0000000000000000.ogg', bytes: 5, type: 'audio/ogg' };
    await store.write(preview.path, 'music');
    const manifest = await build({
      fields: new Map([['track-3', { artist: 'Someone else', fields: { mood: 'calm' } }]]),
      previews: new Map([['track-4', preview]]),
    });
    const catalogue = await catalogueOf(store, manifest);
    const track = (id: string) => catalogue.find((entry) => entry.id === id);
    expect(track('track-3')).toMatchObject({ artist: 'Someone else', genre: ['Folk'], fields: { mood: 'calm' } });
    expect(track('track-4')?.preview).toEqual(preview);
    expect(track('track-5')?.preview).toBeUndefined();
  });

  test('with a tower for the Worker carries it, under the versions of index and model', async () => {
    const one = await build();
    const info = { name: 'tower', input: 'x', output: 'y', layout: 'nchw', ...CLIP_IMAGES } as const;
    const two = await build({ tower: { info, bytes: Uint8Array.of(1, 2, 3) } });
    expect(two.tower).toEqual(info);
    expect(two.files.imageTower).toMatchObject({ bytes: 3, sha256: sha256Hex(Uint8Array.of(1, 2, 3)) });
    expect(two.modelVersion).not.toBe(one.modelVersion);
  });

  test('with other parameters, statistics or another encoder of the same name gives another model', async () => {
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
    const keyed = await build({ audioKey: 'tiny-audio-0123' });
    expect(keyed.encoders.audio.key).toBe('tiny-audio-0123');
    expect(changed(one, keyed)).toEqual([]);
    expect(keyed.modelVersion).not.toBe(one.modelVersion);
  });

  test('right after training gives the same index as from the checkpoint that training wrote', async () => {
    const { image, audio } = checkpoint.encoders;
    const encoders = { image: { ...image, key: undefined }, audio: { ...audio, key: undefined } }; // what JSON leaves out
    const trained = await build({ checkpoint: { ...checkpoint, encoders }, audioKey: 'tiny-audio-0123' });
    const loaded = await build({ audioKey: 'tiny-audio-0123' });
    expect(trained.encoders.audio.key).toBe('tiny-audio-0123');
    expect(JSON.stringify(trained)).toBe(JSON.stringify(loaded));
  });

  test('with an encoder that was replaced since training is refused', async () => {
    const { image, audio } = checkpoint.encoders;
    const encoders = { image, audio: { ...audio, key: 'tiny-audio-0123' } };
    const trained = { ...checkpoint, encoders };
    await expect(build({ checkpoint: trained, audioKey: 'tiny-audio-4567' })).rejects.toThrow(
      'build: expected tokens of the encoder that the model was trained on (tiny-audio-0123), got those of another "tiny-audio" (tiny-audio-4567).',
    );
    expect((await build({ checkpoint: trained, audioKey: 'tiny-audio-0123' })).encoders).toEqual(encoders);
  });

  test('in int8 makes a smaller model of the same index, and says so', async () => {
    const one = await build();
    const two = await build({ precision: 'int8' });
    expect([one.precision, two.precision]).toEqual(['fp32', 'int8']);
    expect(changed(one, two)).toEqual(['moment']); // the others stay float: offline/export/graphs.ts
    expect(two.files.moment.bytes).toBeLessThan(one.files.moment.bytes);
    expect(two.modelVersion).not.toBe(one.modelVersion);
    expect(two.indexVersion).not.toBe(one.indexVersion);
  });

  test('is refused with a graph that the Worker cannot open, and says how one can be had', async () => {
    const config = { ...fullMade, frameWidth, segmentWidth }; // 6.5 million parameters in its moment graph
    const layout = layoutOf(config);
    const values = () => new Float32Array(layout.size);
    const full = { ...checkpoint, config, layout, theta: values(), first: values(), second: values() };
    await expect(build({ checkpoint: full, tracks: tracks.slice(0, 1) })).rejects.toThrow(
      /^build: expected the graph "moment" to fit the Worker's memory with at most 20 MB, got \d+\.\d\. Build with --precision int8\.$/,
    );
    expect(store.files.size).toBe(0);
  });

  test('that fails leaves the index that was there whole', async () => {
    const one = await build();
    const broken = { shape: [1, segmentWidth], data: new Float32Array(segmentWidth).fill(Number.NaN) };
    await expect(build({ tracks: tracks.with(3, { ...tracks[3], tokens: broken }) })).rejects.toThrow(
      'token shard: expected finite values, got NaN or Infinity',
    );
    expect(await answeredFrom(store)).toBe(one.indexVersion);
  });

  test('that is killed at any step leaves the index that was there whole', async () => {
    const one = await build();
    const before = new Map(store.files);
    const short = tracks.slice(0, 5);
    store.steps = 0;
    const two = await build({ tracks: short });
    for (let step = 1; step <= store.steps; step += 3) {
      const killed = memoryStore();
      killed.files = new Map(before);
      killed.failsAt = step;
      const outcome = await builtIn(killed, { tracks: short }).catch(() => 'killed');
      killed.failsAt = Number.POSITIVE_INFINITY;
      expect([one.indexVersion, two.indexVersion]).toContain(await answeredFrom(killed));
      expect(outcome).toBe('killed');
    }
  });

  test('is refused when the music was encoded by another encoder than the model was trained on', async () => {
    const tokens = { shape: [2, 7], data: new Float32Array(14) };
    await expect(build({ tracks: [{ ...tracks[0], tokens }] })).rejects.toThrow(
      'build: expected audio tokens of tiny-audio (width 5), got width 7. Train on tokens of the encoder you index with.',
    );
  });

  test('works for a single track of a single segment', async () => {
    const tokens = { shape: [1, segmentWidth], data: new Float32Array(segmentWidth) };
    const { counts, shards } = await build({ tracks: [{ ...tracks[0], tokens }] });
    expect(counts).toEqual({ tracks: 1, removed: 0, segments: 1, previews: 0 });
    for (const table of Object.values(shards)) expect(shardCount(table), table.role).toBe(1);
  });

  test('writes the objects only: the manifest and the pointer come after the gates', async () => {
    const written = await writeIndex(store, { tracks, checkpoint, threads: 1 });
    expect([...store.files.keys()].every((path) => path.startsWith('objects/'))).toBe(true);
    expect(parseManifest(manifestText(written))).toEqual(written);
  });

  test('cuts tokens smaller where they are more than an isolate keeps', () => {
    expect(tokenShardBytes(400_000, 128)).toBe(1 << 20);
    expect(tokenShardBytes(500_000, 128)).toBe(1 << 17);
  });

  test('cuts what is large into shards of neighbouring tracks', async () => {
    const long = { ...tracks[0].music, onsetStrength: new Uint8Array(25_000) };
    const series = tracks.slice(0, 5).map((track) => analysisEntry({ ...track, music: long }));
    const shards = [...shardsOf(await putSeries(createAnalysisWriter(store), series))];
    expect(shards.map(({ first, tracks }) => [first, tracks])).toEqual([
      [0, 2],
      [2, 2],
      [4, 1],
    ]);
    for (const { bytes } of shards) expect(bytes).toBeLessThan(64 << 10);
  });
});
