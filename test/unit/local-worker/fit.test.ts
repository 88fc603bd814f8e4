import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { OPENING_ORDER } from '../../../functions/engine.ts';
import { exportGraphs } from '../../../offline/export/graphs.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { type FitOptions, measureFit } from '../../../offline/local-worker/fit.ts';
import { layoutOf } from '../../../offline/models/made/network.ts';
import { convolve } from '../../../offline/nn/convolve.ts';
import { constant, createGraph, emit, input } from '../../../offline/nn/graph.ts';
import { gemm } from '../../../offline/nn/linear.ts';
import { initialValues } from '../../../offline/nn/parameters.ts';
import { smallMade } from '../../fixtures/made-configs.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { knownTower } from '../embed/known-tower.ts';

const tower = {
  tower: knownTower(),
  input: 'pixel_values',
  output: 'image_embeds',
  inputShape: [3, 224, 224],
};
const measured = (options: Partial<FitOptions> = {}) => measureFit({ graphs: [], ...tower, ...options });

/** The three graphs of a model that has learnt nothing, for frames of 8 values. */
function madeGraphs(): Uint8Array[] {
  const config = { ...smallMade, frameWidth: 8 };
  const layout = layoutOf(config);
  const graphs = exportGraphs({ config, layout, theta: initialValues(layout, createRandom('fit')) }, 'int8');
  return OPENING_ORDER.map((name) => graphs[name]);
}

/** y = x · w with float weights of so many MiB. */
function ofSize(mib: number): Uint8Array {
  const graph = createGraph();
  const rows = (mib * 2 ** 20) / 4 / 1024;
  const w = constant(graph, new Float32Array(rows * 1024).fill(0.5), [rows, 1024], 'w');
  return emit(graph, { y: gemm(input(graph, 'x', ['N', rows]), w) });
}

let folder: TestFolder;
let temporary: string;
const before = process.env.TMPDIR;
beforeAll(async () => {
  folder = await testFolder();
  temporary = join(folder.path, 'temporary');
  await mkdir(temporary);
  process.env.TMPDIR = temporary;
});
afterEach(async () => expect(await readdir(temporary), 'nothing is left behind').toEqual([]));
afterAll(async () => {
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  await folder.remove();
});

describe('a tower fits the Worker', () => {
  test('when it runs beside the graphs in the memory that the Worker gives onnxruntime', async () => {
    const alone = await measured();
    expect(alone).toEqual({
      fits: true,
      heapMb: expect.any(Number),
      towerMb: tower.tower.length / 2 ** 20,
      msPerRun: expect.any(Number),
    });
    expect(alone.heapMb).toBeGreaterThanOrEqual(16); // what onnxruntime begins with
    expect(alone.heapMb).toBeLessThan(40);

    // Two megabytes of rows are a quarter of what the request needs; a real one asks about 100 tracks.
    const request = { frames: 50, frameWidth: 8, segments: 96, candidates: 20_000 };
    const beside = await measured({ graphs: madeGraphs(), request });
    expect(beside.fits).toBe(true);
    expect(beside.heapMb).toBeGreaterThan(alone.heapMb);
    expect(beside.heapMb).toBeLessThanOrEqual(80);
  });
});

describe('a tower does not fit', () => {
  test('when its file is larger than a static asset may be', async () => {
    expect(await measured({ tower: ofSize(26) })).toEqual({
      fits: false,
      heapMb: 0,
      towerMb: expect.closeTo(26, 2),
      reason: "The tower's file is 26.0 MiB, and a Worker's static asset has 25 at most.",
    });
  });

  test('when the graphs before it leave too little', async () => {
    const graphs = [ofSize(24), ofSize(24), ofSize(24)];
    const { fits, heapMb, reason } = await measured({
      graphs,
      tower: ofSize(24),
      input: 'x',
      output: 'y',
      inputShape: [6144],
    });
    expect(fits).toBe(false);
    expect(heapMb).toBeGreaterThan(40);
    expect(heapMb).toBeLessThanOrEqual(80);
    expect(reason).toMatch(/^The memory of 80 MiB that the Worker gives onnxruntime ran out while opening /);
  });

  test('when a layer of it needs too much', async () => {
    const graph = createGraph();
    const filters = constant(graph, new Float32Array(1024 * 3).fill(0.1), [1024, 3, 1, 1], 'w');
    const pixels = input(graph, 'pixel_values', ['N', 3, 224, 224]);
    // 1024 channels of 224 x 224 in float32: 196 MiB
    const wide = emit(graph, { image_embeds: convolve(pixels, filters, 1) });
    const { fits, reason } = await measured({ tower: wide });
    expect(fits).toBe(false);
    expect(reason).toBe('The memory of 80 MiB that the Worker gives onnxruntime ran out while running the tower.');
  });
});

test('what onnxruntime refuses for another reason is an error, not a lack of memory', async () => {
  await expect(measured({ graphs: [Uint8Array.of(1, 2, 3)] })).rejects.toThrow(
    /^fit: expected graphs that onnxruntime-web runs, got an error while opening graph 1 of 1: /,
  );
  await expect(measured({ inputShape: [4, 224, 224] })).rejects.toThrow(/ while running the tower: /);
});

test('a tower that takes too long is given up, and its process ended', async () => {
  await expect(measured({ limitMs: 1 })).rejects.toThrow(
    'fit: expected the tower to open and run, but it took longer than 0 s. Take a smaller tower.',
  );
});
