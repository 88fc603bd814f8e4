import { describe, expect, test } from 'vitest';
import { centroidsOf, mostAlike, walk } from '../../../offline/models/uvcom/centroids.ts';
import { uvcom, uvcomFamily, uvcomPlusPreset, uvcomPreset } from '../../../offline/models/uvcom/uvcom.ts';
import { reshape } from '../../../offline/nn/broadcast.ts';
import { constant, createGraph, type Graph, input } from '../../../offline/nn/graph.ts';
import type { Packing } from '../../../offline/nn/sequence.ts';
import { agree } from '../nn/agree.ts';
import { run } from '../nn/run.ts';
import { describeDetrSystem, expectCounts, tinyOf } from './detr-system.ts';
import { drawnByName } from './drawn-by-name.ts';
import { testPadding } from './padding.ts';

const small = { encoderLayers: 1, decoderLayers: 2, videoCentroids: 2, musicCentroids: 4, centroidSteps: 2 };
const sizes = { ...small, slotSteps: 2, slotFfn: 16 };
const tiny = tinyOf(uvcomPreset, { ...sizes, crossLayers: 1 });
const tinyPlus = tinyOf(uvcomPlusPreset, sizes);

// 9,629,257 are the official ones without blocks that read across: of these the token, and norm, queries and keys of the slots are not ours.
const LIVE = 9_629_257 - 256 - 512 - 131_584;
const CROSS = 789_761;

describeDetrSystem('UVCOM', uvcomFamily, tiny);
describeDetrSystem('UVCOM+', uvcomFamily, tinyPlus);

describe('UVCOM', () => {
  testPadding(uvcomFamily, uvcom, tiny);

  test('there are as many parameters as the formulas and the paper say', () => {
    expectCounts(uvcomFamily, 'uvcom', LIVE + 6 * CROSS, 14_499_407);
    expectCounts(uvcomFamily, 'uvcom-plus', LIVE, 12_911_177);
  });

  test('with one block each way the paper counts the similarity heads too, and comes to the same 14.5 million', () => {
    const modules = uvcomFamily.counts!({ ...uvcomPreset, crossLayers: 1 });
    expect(modules.reduce((sum, { live }) => sum + live, 0)).toBe(LIVE + 2 * CROSS);
    expect(modules.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(14_490_699);
  });

  test('ten queries are 5,160 parameters fewer than the official thirty', () => {
    expect(uvcomFamily.layout({ ...uvcomPlusPreset, queries: 10 }).size).toBe(LIVE - 5160);
  });

  test('a number of blocks below none is refused by its name', () => {
    expect(() => uvcomFamily.layout({ ...uvcomPreset, crossLayers: -1 })).toThrow(
      'config: expected a whole number from 0 for "crossLayers", got -1.',
    );
  });
});

/** Two sequences of four places; the second has three rows. */
function packingOf(graph: Graph): Packing {
  const mask = constant(graph, Float32Array.of(1, 1, 1, 1, 1, 1, 1, 0), [2, 4], 'mask');
  return { mask, relativePosition: reshape(mask, [2, 4, 1]) };
}

describe('gradients of what is only its own', () => {
  agree([
    {
      name: 'centroids, through every step',
      shapes: [[2, 4, 3]],
      build: ([x]) => centroidsOf(drawnByName(x.graph), 'start', { rows: x, packing: packingOf(x.graph) }, 2, 3),
    },
    {
      name: 'the walk, of rows and of centroids',
      shapes: [
        [2, 4, 3],
        [2, 2, 3],
      ],
      build: ([x, centroids]) => walk({ rows: x, packing: packingOf(x.graph) }, centroids),
    },
    {
      name: 'the centroid that is chosen, by itself',
      shapes: [[2, 3, 3]],
      build: ([own]) => mostAlike(own, constant(own.graph, Float32Array.of(1, 2, 3, 3, -2, 1), [2, 1, 3])),
    },
  ]);
});

test('the walk is what the inverse of the matrix gives', async () => {
  // One row of (1, 0) and one of (0, 1), one centroid (2, 2): every row belongs to it wholly, and Zᵀ Z̄ is 1/2 everywhere.
  // (I - 1/4 · [[1/2, 1/2], [1/2, 1/2]])⁻¹ is I + 1/6 · [[1, 1], [1, 1]]; of 1/2 · (2, 2) + x = (2, 1), (1, 2) that makes (2.5, 1.5), (1.5, 2.5).
  const graph = createGraph();
  const [x, centroids] = [input(graph, 'x', [1, 2, 2]), input(graph, 'centroids', [1, 1, 2])];
  const mask = constant(graph, Float32Array.of(1, 1), [1, 2], 'mask');
  const walked = walk({ rows: x, packing: { mask, relativePosition: reshape(mask, [1, 2, 1]) } }, centroids);
  const out = await run(
    graph,
    { walked },
    {
      x: { data: Float32Array.of(1, 0, 0, 1), shape: [1, 2, 2] },
      centroids: { data: Float32Array.of(2, 2), shape: [1, 1, 2] },
    },
  );
  for (const [i, value] of [1.25, 0.75, 0.75, 1.25].entries()) expect(out.walked.data[i]).toBeCloseTo(value, 6);
});
