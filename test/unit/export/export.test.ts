import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GRAPHS } from '../../../functions/engine.ts';
import { evaluate } from '../../../offline/evaluate/evaluate.ts';
import { type Comparison, compare } from '../../../offline/export/compare.ts';
import { comparisonTable, type ExportOptions, writeExport } from '../../../offline/export/export.ts';
import { exportGraphs } from '../../../offline/export/graphs.ts';
import { openServable } from '../../../offline/export/servable.ts';
import { sha256Hex } from '../../../offline/lib/files.ts';
import type { Checkpoint } from '../../../offline/models/checkpoint.ts';
import { train } from '../../../offline/train/train.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { tinyConfig, tinyDataset } from '../train/tiny.ts';

const data = tinyDataset();
const rows = data.splits.train; // the split with the most clips
let training: TestFolder;
let checkpoint: Checkpoint;
let comparison: Comparison;
let ticks = 0;

beforeAll(async () => {
  training = await testFolder();
  checkpoint = await train({
    config: tinyConfig,
    data,
    folder: training.path,
    length: { epochs: 60 },
    batch: 8,
    micro: 8,
    seed: 'export',
    threads: 1,
    every: 60,
  });
  let time = 0;
  const now = () => (time += 0.5);
  comparison = await compare({ checkpoint, data, rows, threads: 1, now, onClip: () => ticks++ });
});
afterAll(() => training.remove());

describe('the exported graphs', () => {
  test('have equal bytes for equal parameters', () => {
    for (const precision of ['fp32', 'int8'] as const)
      expect(exportGraphs(checkpoint, precision)).toEqual(comparison.graphs[precision]);
  });

  test('hold bytes in int8 where nothing is ranked by them', () => {
    const { fp32, int8 } = comparison.graphs;
    const holdsBytes = (graph: Uint8Array) => Buffer.from(graph).includes('DynamicQuantizeMatMul');
    expect(GRAPHS.filter((graph) => holdsBytes(int8[graph]))).toEqual(['moment']);
    expect(GRAPHS.filter((graph) => holdsBytes(fp32[graph]))).toEqual([]);
    expect([int8.enhanceVideo, int8.relevance]).toEqual([fp32.enhanceVideo, fp32.relevance]);
  });

  test('answer in fp32 as the trained model does', async () => {
    const model = await openServable(checkpoint, 1);
    const { metrics } = await evaluate(model, checkpoint.config, checkpoint.encoders, data, rows);
    await model.close();
    const { mIoU, ...others } = comparison.metrics.fp32;
    expect({ mIoU, ...others }).toEqual({ ...metrics, mIoU: expect.closeTo(metrics.mIoU, 3) });
    expect(mIoU, 'a model that has learned something').toBeGreaterThan(0.5);
  });

  test('rank in int8 as in fp32, and place moments nearly alike, but not exactly', () => {
    const { relevance, boundarySec } = comparison.largest;
    expect(relevance).toBe(0);
    expect(boundarySec).toBeGreaterThan(0);
    expect(boundarySec).toBeLessThan(0.5); // of 25
    expect(comparison.metrics.int8.mIoU).toBeCloseTo(comparison.metrics.fp32.mIoU, 1);
  });
});

test('a comparison asks each precision about every clip, and tells how long a call takes', () => {
  expect(ticks).toBe(2 * rows.length);
  expect([comparison.clips, comparison.tracks]).toEqual([rows.length, 8]);
  const calls = { enhanceVideo: 0.5, relevance: 0.5, moment: 0.5 }; // the clock of this test moves by that with each reading
  expect(comparison.ms).toEqual({ fp32: calls, int8: calls });
});

describe('writing', () => {
  let folder: TestFolder;
  beforeEach(async () => {
    folder = await testFolder();
  });
  afterEach(() => folder.remove());

  const write = (over: Partial<ExportOptions> = {}, of = comparison) =>
    writeExport(of, {
      folder: folder.path,
      checkpoint,
      split: 'train',
      precision: 'int8',
      acceptLoss: false,
      ...over,
    });
  /** The comparison, had int8 and fp32 these mean IoUs. */
  const withMeanIou = (fp32: number, int8: number): Comparison => ({
    ...comparison,
    metrics: {
      fp32: { ...comparison.metrics.fp32, mIoU: fp32 },
      int8: { ...comparison.metrics.int8, mIoU: int8 },
    },
  });

  test.each(['fp32', 'int8'] as const)('puts the %s graphs beside a report of both', async (precision) => {
    const report = await write({ precision }, withMeanIou(0.7, 0.7));
    expect((await readdir(folder.path)).sort()).toEqual(
      [...GRAPHS.map((graph) => `${graph}.onnx`), 'report.json'].sort(),
    );
    for (const graph of GRAPHS) {
      const file = await readFile(join(folder.path, `${graph}.onnx`));
      expect(file.equals(comparison.graphs[precision][graph])).toBe(true);
      expect(report.files[precision][graph]).toEqual({ bytes: file.length, sha256: sha256Hex(file) });
    }
    expect(report).toMatchObject({ precision, split: 'train', clips: rows.length, largest: comparison.largest });
    expect(report.model).toMatchObject({ config: tinyConfig, step: checkpoint.step });
    expect(JSON.parse(await readFile(join(folder.path, 'report.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(report)),
    );
  });

  test('is refused when int8 loses more than 0.005 mIoU, and leaves the folder as it was', async () => {
    await expect(write({}, withMeanIou(0.7, 0.6949))).rejects.toThrow(
      'export: expected int8 to lose at most 0.005 mIoU, got 0.6949 against 0.7000 in fp32. Export fp32, or give --accept-loss.',
    );
    expect(await readdir(folder.path)).toEqual([]);
  });

  test.each([
    ['loses less', 0.7, 0.6951, {}],
    ['gains', 0.7, 0.75, {}],
    ['loses more and that is accepted', 0.7, 0.5, { acceptLoss: true }],
    ['loses more and is not what is written', 0.7, 0.5, { precision: 'fp32' }],
  ] as const)('goes on when int8 %s', async (_, fp32, int8, over) => {
    const { metrics } = await write(over, withMeanIou(fp32, int8));
    expect([metrics.fp32.mIoU, metrics.int8.mIoU]).toEqual([fp32, int8]);
  });

  test('is refused when int8 gives no number', async () => {
    await expect(write({}, withMeanIou(0.7, Number.NaN))).rejects.toThrow('got NaN against 0.7000 in fp32');
  });
});

test('the table shows what is found, what it takes, and how far the answers are apart', () => {
  const metrics = { clips: 3, mIoU: 0.5, r1: 0.25, r5: 0.5, r10: 0.75, moR1: 0.125 };
  const graphs = (bytes: number) => ({
    enhanceVideo: new Uint8Array(bytes),
    relevance: new Uint8Array(0),
    moment: new Uint8Array(2 * bytes),
  });
  const ms = (of: number) => ({ enhanceVideo: of, relevance: 2 * of, moment: 3 * of });
  const table = comparisonTable(
    {
      clips: 3,
      tracks: 2,
      metrics: { fp32: metrics, int8: { ...metrics, mIoU: 0.4975, r1: 0.5 } },
      largest: { relevance: 0.0123, boundarySec: 1.5 },
      graphs: { fp32: graphs(400_000), int8: graphs(100_000) },
      ms: { fp32: ms(1), int8: ms(0.5) },
    },
    'val',
  );
  expect(table.map((line) => line.trim().split(/ {2,}/).join(' | '))).toEqual([
    '3 clips of val against 2 tracks',
    'mIoU | R@1 | R@5 | R@10 | MoR@1 | MB | ms/clip',
    'fp32 | 0.5000 | 0.2500 | 0.5000 | 0.7500 | 0.1250 | 1.20 | 6.00',
    'int8 | 0.4975 | 0.5000 | 0.5000 | 0.7500 | 0.1250 | 0.30 | 3.00',
    'int8 - fp32 | -0.0025 | 0.2500 | 0.0000 | 0.0000 | 0.0000',
    'largest difference: 0.0123 of relevance, 1.50 s of a start or end',
    '',
    'MB fp32 | ms fp32 | MB int8 | ms int8',
    'enhanceVideo | 0.40 | 1.00 | 0.10 | 0.50',
    'relevance | 0.00 | 2.00 | 0.00 | 1.00',
    'moment | 0.80 | 3.00 | 0.20 | 1.50',
    'ms: median of a call on one thread; relevance of a batch of up to 64 tracks, the moment of one pair',
  ]);
});
