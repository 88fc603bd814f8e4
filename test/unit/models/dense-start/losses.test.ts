import { expect, test } from 'vitest';
import { startLosses } from '../../../../offline/models/dense-start/losses.ts';
import { createGraph, input } from '../../../../offline/nn/graph.ts';
import { paddedInput } from '../../../../offline/nn/sequence.ts';
import { run, values } from '../../nn/run.ts';
import { tinyDense } from './tiny.ts';

const { log, exp } = Math;

interface Said {
  mask: number[];
  logits: number[];
  offset: number[];
  saliency: number[];
  /** Start and end of each moment, in segments of 2.5 s. */
  moments: [number, number][];
}

/** Of pairs of three segments each, of which each counts an equal share. */
async function lossesOf({ mask, logits, offset, saliency, moments }: Said): Promise<Record<string, number>> {
  const B = moments.length;
  const graph = createGraph();
  const of = (name: string) => input(graph, name, [B, 3]);
  const segments = { rows: of('rows'), packing: paddedInput(graph, 'segment', B, 3) };
  const starts = { logits: of('said_logits'), offset: of('said_offset'), saliency: of('said_saliency') };
  const pairs = { target: input(graph, 'target', [B, 2]), weight: input(graph, 'weight', [1, B]), segments };
  const target = moments.flatMap(([start, end]) => [(start + end) / 2 / 10, (end - start) / 10]); // 10 segments are 25 s
  const out = await run(graph, startLosses(tinyDense, starts, pairs), {
    segment_mask: values([B, 3], ...mask),
    said_logits: values([B, 3], ...logits),
    said_offset: values([B, 3], ...offset),
    said_saliency: values([B, 3], ...saliency),
    target: values([B, 2], ...target),
    weight: values([1, B], ...moments.map(() => 1 / B)),
  });
  return Object.fromEntries(Object.entries(out).map(([name, { data }]) => [name, data[0]]));
}

const one: Said = {
  mask: [1, 1, 1],
  logits: [0, log(2), 0], // shares 1/4, 1/2, 1/4
  offset: [1.5, 0.5, -1.5],
  saliency: [0, log(3), log(3)], // yes by 1/2, 3/4, 3/4
  moments: [[1.2, 2.4]],
};

test('the starts are a soft target, the offset that of the nearest segment, saliency yes or no of every segment', async () => {
  const { start, offset, saliency } = await lossesOf(one);
  const near = [1.2, 0.2, 0.8].map((distance) => exp(-2 * distance ** 2));
  const total = near[0] + near[1] + near[2];
  expect(start).toBeCloseTo((near[0] * log(4) + near[1] * log(2) + near[2] * log(4)) / total, 5);
  expect(offset).toBeCloseTo(0.3, 5); // 0.5 where it is 0.2
  // the centre of the third segment alone lies inside
  expect(saliency).toBeCloseTo((0.5 * (log(2) + log(4) + log(4 / 3))) / 3, 5);
});

test('a target one segment beside the start weighs e⁻² of one that the start falls on', async () => {
  const sharp = await lossesOf({ ...one, moments: [[1, 2]], logits: [0, 10, 0] });
  expect(sharp.start).toBeCloseTo((10 * 2 * exp(-2)) / (1 + 2 * exp(-2)) + log(1 + 2 * exp(-10)), 4);
});

test('what stands behind a track’s end counts nothing, and a pair counts its weight', async () => {
  const alone = await lossesOf(one);
  const short: Said = {
    mask: [...one.mask, 1, 0, 0],
    logits: [...one.logits, 7, -1e9, -1e9],
    offset: [...one.offset, -0.25, 40, 50],
    saliency: [...one.saliency, 0, 60, -70],
    moments: [...one.moments, [0.25, 1]],
  };
  const both = await lossesOf(short);
  expect(both.start).toBeCloseTo(alone.start / 2, 5); // of one segment there is no doubt
  expect(both.offset).toBeCloseTo((alone.offset + 0.5) / 2, 5);
  expect(both.saliency).toBeCloseTo((alone.saliency + 0.5 * log(2)) / 2, 5); // 0 lies before 0.25
});

test('a start far behind the last segment teaches the last one, in finite numbers', async () => {
  const { start, offset, saliency } = await lossesOf({ ...one, moments: [[9, 9.5]] });
  expect(start).toBeCloseTo(log(4), 3);
  expect(offset).toBeCloseTo(7 + 1.5, 5);
  expect(Number.isFinite(saliency)).toBe(true);
});

test('a start between two segments takes the mean of both offsets', async () => {
  const { offset } = await lossesOf({ ...one, moments: [[0.5, 2]], offset: [0.5, -0.3, 0] });
  expect(offset).toBeCloseTo(0.1, 5); // right of the first, wrong by 0.2 of the second
});
