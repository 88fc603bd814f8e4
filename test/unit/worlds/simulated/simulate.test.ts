import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Dataset, readDataset } from '../../../../offline/data/dataset.ts';
import { sha256Hex } from '../../../../offline/lib/files.ts';
import { createProgress } from '../../../../offline/lib/progress.ts';
import type { MetricsApart } from '../../../../offline/metrics/metrics.ts';
import { readBaselines } from '../../../../offline/worlds/simulated/baselines-file.ts';
import { simulate } from '../../../../offline/worlds/simulated/simulate.ts';
import { simulatedEncoders } from '../../../../offline/worlds/simulated/tokens.ts';
import { createSimulation, SIZES } from '../../../../offline/worlds/simulated/world.ts';
import { writeSimulation } from '../../../../offline/worlds/simulated/write.ts';
import { type TestFolder, testFolder } from '../../data/folder.ts';

const widths = { frame: 128, segment: 160 };
const start = (label: string, total: number) => createProgress({ label, total, stream: { write: () => true } });

let folder: TestFolder;
let metrics: Record<string, MetricsApart>;
let lines: string[];
let data: Dataset;

beforeAll(async () => {
  folder = await testFolder();
  ({ metrics, lines } = await simulate({ out: join(folder.path, 'a'), sizes: SIZES.tiny, widths, seed: '1', start }));
  data = await readDataset(join(folder.path, 'a'));
});

afterAll(() => folder.remove());

test('writes a folder that the reader accepts, with the rows, lengths and widths that were asked for', () => {
  const { splits, videos, tracks } = data;
  expect([splits.train.length, splits.val.length, splits.test.length]).toEqual([240, 40, 40]);
  expect([videos.size, tracks.size]).toEqual([320, 60]);
  for (const row of [...splits.train, ...splits.val, ...splits.test]) {
    expect(videos.get(row.videoId)!.shape).toEqual([Math.min(50, Math.ceil(row.videoSec)), 128]);
    expect(tracks.get(row.musicId)!.shape).toEqual([Math.min(96, Math.floor(row.musicTotalSec / 2.5) + 1), 160]);
    expect(row.musicEndSec - row.musicStartSec).toBeCloseTo(row.videoSec, 3);
  }
});

test('shards hold no more than they may, and an interrupted run leaves nothing behind in the next', async () => {
  const world = createSimulation('1', { tracks: 12, train: 20, val: 4, test: 4 });
  const out = join(folder.path, 'shards');
  await mkdir(`${out}.partial`);
  await folder.write('shards.partial/video-0099.safetensors', 'half of one');
  const encoders = simulatedEncoders(world, widths);
  await writeSimulation(out, { world, encoders, widths, start, shardBytes: 50_000 });
  const shards = (await readdir(out)).filter((name) => name.endsWith('.safetensors'));
  expect(shards.length).toBeGreaterThan(4);
  expect(shards).not.toContain('video-0099.safetensors');
  const headers = 3000;
  for (const name of shards) expect((await stat(join(out, name))).size).toBeLessThan(50_000 + headers);
  const read = await readDataset(out);
  expect([read.videos.size, read.tracks.size]).toEqual([28, 12]);
  const [clip] = world.clips;
  const exact = encoders.video(clip).data;
  read.videos.get(clip.id)!.data.forEach((value, i) => {
    expect(Math.abs(value - exact[i])).toBeLessThan(Math.abs(exact[i]) * 2 ** -11 + 2 ** -25); // half a unit of float16
  });
});

test('keeps the baselines beside the data, as they were measured', async () => {
  expect(await readBaselines(join(folder.path, 'a'))).toEqual(metrics);
  expect(await readBaselines(folder.path)).toBeUndefined();
  await folder.write('baselines.json', '{"oracle": 1}');
  await expect(readBaselines(folder.path)).rejects.toThrow('baselines.json: expected metrics by name, got something');
});

test('no video is in two splits', () => {
  const ids = Object.values(data.splits).flatMap((rows) => rows.map(({ videoId }) => videoId));
  expect(new Set(ids).size).toBe(ids.length);
});

test('equal seeds give equal bytes, which are those of earlier programs', async () => {
  const options = { sizes: { tracks: 12, train: 20, val: 4, test: 4 }, widths, start };
  for (const [name, seed] of [
    ['one', 'x'],
    ['two', 'x'],
    ['three', 'y'],
  ])
    await simulate({ ...options, seed, out: join(folder.path, name) });
  const read = async (name: string) => {
    const files = (await readdir(join(folder.path, name))).sort();
    return Promise.all(files.map(async (file) => [file, await readFile(join(folder.path, name, file), 'base64')]));
  };
  expect(await read('two')).toEqual(await read('one'));
  expect(await read('three')).not.toEqual(await read('one'));
  const hashes = (await read('one')).map(([name, bytes]) => [
    name,
    sha256Hex(Buffer.from(bytes, 'base64')).slice(0, 16),
  ]);
  expect(Object.fromEntries(hashes)).toEqual({
    'baselines.json': '7d452acdd4c9e205', // highlights are among them since; the data is the same
    'encoders.json': '5a0a83463d26bcd4',
    'music-0000.safetensors': 'd5162b0c2f96db91',
    'simulation.json': '13c05bd74fe50583',
    'test_data.csv': 'e72a5bf52d9b2fe4',
    'train_data.csv': 'a42911ebcfb6315a',
    'val_data.csv': '03bf0ef6f6bd7aa0',
    'video-0000.safetensors': '1b3e7f377a2d5c6a',
  });
});

test('leaves nothing half made beside the folder, and nobody else’s files behind', async () => {
  const names = await readdir(folder.path);
  expect(names.filter((name) => name.includes('partial'))).toEqual([]);
  const options = { sizes: SIZES.tiny, widths, seed: '1', start };
  await expect(simulate({ ...options, out: join(folder.path, 'a') })).rejects.toThrow(
    /expected a new or empty folder, found 9 files in it\. Give another --out\./,
  );
});

test('chance, the linear matcher and the oracle stand well apart, in track and in moment', () => {
  const { chance, linear, oracle } = metrics;
  expect(chance.r1).toBe(1 / 40);
  expect(linear.r5).toBeGreaterThan(2 * chance.r5);
  expect(oracle.r1).toBeGreaterThan(linear.r1 + 0.3);
  expect(linear.mIoU).toBeGreaterThan(chance.mIoU + 0.05);
  expect(oracle.mIoU).toBeGreaterThan(linear.mIoU + 0.2);
  expect(oracle.mIoU).toBeLessThan(0.97);
});

test('the median start of a track is a good guess, and knows nothing of which track it is', () => {
  const { chance, 'median start': median, 'start 0': zero } = metrics;
  expect(median.mIoU).toBeGreaterThan(zero.mIoU + 0.1);
  expect(median.r1).toBe(chance.r1);
});

test('the median start is worked out from the training rows: 0 for a track that they lack', () => {
  const { train, test: held } = data.splits;
  let total = 0;
  for (const { musicId, musicStartSec, musicEndSec, musicTotalSec, videoSec } of held) {
    const starts = train.filter((row) => row.musicId === musicId).map((row) => row.musicStartSec);
    starts.sort((a, b) => a - b);
    const middle = starts.length ? starts[Math.ceil(starts.length / 2) - 1] : 0;
    const from = Math.min(Math.max(0, middle), musicTotalSec - videoSec);
    const shared = Math.min(from + videoSec, musicEndSec) - Math.max(from, musicStartSec);
    if (shared > 0) total += shared / (videoSec + (musicEndSec - musicStartSec) - shared);
  }
  expect(metrics['median start'].mIoU).toBeCloseTo(total / held.length, 6);
});

test('prints a row for each, and what seen and new tracks are', () => {
  expect(lines[0]).toBe('40 held-out clips against their 40 tracks');
  expect(lines.slice(2, -1).map((line) => line.slice(0, 12).trim())).toEqual(Object.keys(metrics));
  expect(lines.at(-1)).toBe(
    'seen: the 36 clips of tracks with training rows; new: the 4 clips of tracks without; ranks are among all tracks',
  );
});

test('measures seen and new tracks apart, in a file of its own', async () => {
  for (const { mIoU, r1, groups } of Object.values(metrics)) {
    const { seen, new: fresh } = groups!;
    expect([seen!.clips, fresh!.clips]).toEqual([36, 4]);
    expect((36 * seen!.mIoU + 4 * fresh!.mIoU) / 40).toBeCloseTo(mIoU, 12);
    expect((36 * seen!.r1 + 4 * fresh!.r1) / 40).toBeCloseTo(r1, 12);
  }
  const { 'median start': median, 'start 0': zero } = metrics;
  expect(median.groups!.new!.mIoU).toBe(zero.groups!.new!.mIoU); // no training row to take a start from
  expect(await readFile(join(folder.path, 'a/baselines.json'), 'utf8')).not.toContain('groups');
});

test('with tracks held out of training is the same world, in which a share of the tracks has no training row', async () => {
  const options = { sizes: { tracks: 12, train: 30, val: 4, test: 4 }, widths, seed: 'x', start };
  await simulate({ ...options, out: join(folder.path, 'whole') });
  const { lines } = await simulate({ ...options, heldOutShare: 0.25, out: join(folder.path, 'held') });
  const names = (await readdir(join(folder.path, 'whole'))).sort();
  const bytes = (world: string, name: string) => readFile(join(folder.path, world, name));
  const changed: string[] = [];
  for (const name of names) if (!(await bytes('held', name)).equals(await bytes('whole', name))) changed.push(name);
  expect(changed).toEqual(['baselines.json', 'simulation.json', 'train_data.csv']);
  const [whole, held] = [
    await readDataset(join(folder.path, 'whole')),
    await readDataset(join(folder.path, 'held')),
  ].map(({ splits }) => splits);
  const trained = new Set(held.train.map(({ musicId }) => musicId));
  const all = new Set(Object.values(whole).flatMap((rows) => rows.map(({ musicId }) => musicId)));
  expect(all.size - trained.size).toBe(Math.round(all.size / 4));
  expect(held.train).toEqual(whole.train.filter(({ musicId }) => trained.has(musicId)));
  const left = whole.train.length - held.train.length;
  expect(lines[0]).toBe(
    `held out of training: ${all.size - trained.size} of ${all.size} tracks; ${left} rows of theirs are in no split`,
  );
});

test('the world that is written is the one that is drawn', () => {
  const world = createSimulation('1', SIZES.tiny);
  const drawn = world.clips
    .filter(({ split }) => split === 'test')
    .map(({ id, track }) => [id, world.tracks[track].id]);
  expect(data.splits.test.map(({ videoId, musicId }) => [videoId, musicId])).toEqual(drawn);
});
