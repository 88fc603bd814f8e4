import { beforeAll, describe, expect, test } from 'vitest';
import type { Manifest } from '../../../index/format/manifest.ts';
import { measureLatency } from '../../../offline/indexing/measure-latency.ts';
import { clipsFor, measureRetrieval } from '../../../offline/indexing/measure-retrieval.ts';
import { drawnQueries, heldOutQueries, heldOutSplit } from '../../../offline/indexing/queries.ts';
import { readChecked } from '../../../offline/indexing/store/read-checked.ts';
import { openFilesInNode } from '../../../offline/local-worker/node-index.ts';
import { tinyDataset } from '../train/tiny.ts';
import { builtIn, checkpoint } from './sample.ts';
import { memoryStore } from './store/memory-store.ts';

const silent = { tick: () => undefined, skip: () => undefined, done: () => undefined };
const { clips } = drawnQueries(checkpoint.encoders.image, 16, 8);

describe('what the search misses', () => {
  const store = memoryStore();
  let manifest: Manifest;
  beforeAll(async () => {
    manifest = await builtIn(store);
  });
  async function measured(candidates: number) {
    const retrieval = { ...manifest.retrieval, candidates };
    const read = async (file: Manifest['files']['vectors']) => (await readChecked(store, file)).bytes.buffer;
    const index = await openFilesInNode({ ...manifest, retrieval }, read, 1);
    return (await measureRetrieval(index, clips, silent)).retrieval;
  }

  test('is nothing where every track is a candidate', async () => {
    expect(await measured(60)).toEqual({ at10: 1, at100: 1, candidates: 60, clips: 16, tracks: 60 });
  });

  test('is what the candidates cannot hold: one is at most a tenth of ten, and a sixtieth of all', async () => {
    const { at10, at100 } = await measured(1);
    expect(at10).toBeGreaterThan(0);
    expect(at10).toBeLessThanOrEqual(0.1);
    expect(at100).toBeCloseTo(1 / 60, 9);
  });

  test('is asked of fewer clips in a large catalogue', () => {
    expect([100, 2000, 4000, 50_000].map(clipsFor)).toEqual([64, 64, 32, 16]);
  });
});

describe('what an index is asked', () => {
  test('is drawn around the statistics, the same every time, and within them', () => {
    const info = { name: 'encoder', width: 2, statistics: { mean: [10, -5], deviation: [2, 0] } };
    const one = drawnQueries(info, 64, 50);
    expect(drawnQueries(info, 64, 50)).toEqual(one);
    expect(one.from).toBe('64 seeded draws around the training statistics of encoder');
    const first = one.clips.flatMap(({ tokens }) => [...tokens].filter((_, i) => i % 2 === 0));
    const mean = first.reduce((sum, value) => sum + value, 0) / first.length;
    const spread = Math.sqrt(first.reduce((sum, value) => sum + (value - mean) ** 2, 0) / first.length);
    expect(mean).toBeCloseTo(10, -0.5);
    expect(spread).toBeGreaterThan(1.6);
    expect(spread).toBeLessThan(2.4);
    for (const { tokens, durationMs } of one.clips) {
      expect(durationMs).toBe((1000 * tokens.length) / 2);
      expect(durationMs).toBeGreaterThanOrEqual(8000);
      expect([...tokens].filter((_, i) => i % 2 === 1).every((value) => value === -5)).toBe(true);
    }
  });

  test('is the held-out clips where there are any: those of the test split before those of validation', () => {
    const data = tinyDataset();
    const heldOut = heldOutSplit(data);
    const { clips, from } = heldOutQueries(heldOut, 3, 5);
    expect(from).toBe('3 clips of the test split');
    expect(clips).toHaveLength(3);
    for (const { tokens, durationMs } of clips) expect([tokens.length, durationMs]).toEqual([5 * 4, 6500]);
    expect(heldOutSplit({ ...data, splits: { ...data.splits, test: [] } }).split).toBe('val');
  });
});

test('times are the median and the slow end of what every clip took', async () => {
  const asked: number[] = [];
  const latency = await measureLatency(clips.slice(0, 4), async (_, k) => void asked.push(k));
  expect(asked).toEqual([...Array(4 + 12).fill(1), ...Array(12).fill(5)]);
  expect(latency.one.p50).toBeLessThanOrEqual(latency.one.p95);
});
