/**
 * The evaluation of the reference's own code, on sixty made-up clips, against ours: ranks, overlaps, and the shares made of them.
 *
 * The reference counts tracks from 0, shares in percent, and the columns of a track that several clips share several times; its
 * sums are in float32. gIoU and the learning rate stand in the same file.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { intersectionOverUnion, type Moment, spanSeconds } from '../../../index/moment/moment.ts';
import { type Prediction, rankOf, summarise } from '../../../offline/metrics/metrics.ts';
import { reference } from '../../../offline/models/made/config.ts';
import { detectionLosses } from '../../../offline/models/made/losses.ts';
import { reshape } from '../../../offline/nn/broadcast.ts';
import { createGraph, emit, input, scalar } from '../../../offline/nn/graph.ts';
import { learningRate } from '../../../offline/nn/optimiser.ts';
import { openSession } from '../../../offline/nn/session.ts';

type Span = [start: number, end: number];
interface Golden {
  tracks: string[];
  durations: number[];
  gt: Span[];
  /** Seconds, unclipped. */
  pred: Span[];
  /** A row per clip, a column per clip's track. */
  sim: number[][];
  max_m_duration: number;
  iou: number[];
  rank0: number[];
  retrieval: Record<`R${number}` | 'MedianR' | 'MeanR' | 'MRR', number>;
  localisation: Record<'mIoU' | `IoU@${string}`, number>;
  composite: Record<string, number>;
  giou: { a: Span[]; b: Span[]; iou: number[][]; giou: number[][] };
  lr: Record<string, number>;
}

const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/made/golden_eval.json', import.meta.url), 'utf8'),
) as Golden;

const columns = [...new Set(golden.tracks)].map((track) => golden.tracks.indexOf(track)); // of each track once
const moment = ([startSec, endSec]: Span): Moment => ({ startSec, endSec });
const { max_m_duration: maxDurationSec } = golden;

const predictions = golden.tracks.map((track, v): Prediction => {
  const [start, end] = golden.pred[v];
  const limits = { maxDurationSec, trackDurationSec: golden.durations[v] };
  const found = spanSeconds((start + end) / 2 / maxDurationSec, (end - start) / maxDurationSec, limits);
  return {
    videoId: `clip ${v}`,
    rank: rankOf(
      columns.map((column) => golden.sim[v][column]),
      columns.indexOf(golden.tracks.indexOf(track)),
    ),
    found,
    iou: intersectionOverUnion(found, moment(golden.gt[v])),
  };
});
const metrics = summarise(predictions);

/** metrics.ts has k = 1 only of MoR: for other k the same rule, in the first k tracks and strictly above. In percent. */
function found(k: number, above: number): number {
  return percent(({ rank, iou }) => rank <= k && iou > above);
}

function percent(test: (p: Prediction) => boolean): number {
  return (100 * predictions.filter(test).length) / predictions.length;
}

const keysOf = (record: Record<string, number>, pattern: RegExp) =>
  Object.entries(record).flatMap(([key, value]) => {
    const match = pattern.exec(key);
    return match ? [{ key, value, numbers: match.slice(1).map(Number) }] : [];
  });

describe('evaluation as the reference does it', () => {
  it('ranks the right track among the tracks, each of them once', () => {
    expect(predictions.map(({ rank }) => rank - 1)).toEqual(golden.rank0);
  });

  it('overlaps each clipped moment with the true one', () => {
    for (const [v, { iou }] of predictions.entries())
      expect(Math.abs(iou - golden.iou[v]), `clip ${v}`).toBeLessThan(1e-6);
  });

  it('finds the track in the first 1, 5 and 10', () => {
    const { retrieval } = golden;
    expect(100 * metrics.r1).toBeCloseTo(retrieval.R1, 9);
    expect(100 * metrics.r5).toBeCloseTo(retrieval.R5, 9);
    expect(100 * metrics.r10).toBeCloseTo(retrieval.R10, 9);
  });

  it('has the mean overlap', () => {
    expect(metrics.mIoU).toBeCloseTo(golden.localisation.mIoU, 6);
  });

  it('finds track and moment at once with an overlap above 0.7', () => {
    expect(100 * metrics.moR1).toBeCloseTo(golden.composite['R1_iou0.7'], 4);
  });

  it('has the shares of every other k and overlap that the file knows', () => {
    const ranks = keysOf(golden.retrieval, /^R(\d+)$/);
    expect(ranks.map(({ numbers: [k] }) => k)).toEqual([1, 3, 5, 10, 20, 25, 50, 100]);
    for (const { key, value, numbers } of ranks)
      expect(
        percent(({ rank }) => rank <= numbers[0]),
        key,
      ).toBeCloseTo(value, 9);

    const overlaps = keysOf(golden.localisation, /^IoU@(.+)$/);
    expect(overlaps.map(({ numbers: [above] }) => above)).toEqual([0.3, 0.5, 0.7]);
    for (const { key, value, numbers } of overlaps) expect(found(Infinity, numbers[0]), key).toBeCloseTo(value, 4);

    const both = keysOf(golden.composite, /^R(\d+)_iou(.+)$/);
    expect(both.map(({ numbers }) => numbers)).toEqual(
      [1, 10, 50, 100]
        .flatMap((k) => [
          [k, 0.5],
          [k, 0.7],
        ])
        .sort(byOverlap),
    );
    for (const { key, value, numbers } of both) expect(found(numbers[0], numbers[1]), key).toBeCloseTo(value, 4);
  });

  it('has the mean overlap within the first k, which the file divides by the number of clips once more', () => {
    const means = keysOf(golden.composite, /^R(\d+)_miou$/);
    expect(means.map(({ numbers: [k] }) => k)).toEqual([1, 10, 50, 100]);
    for (const { key, value, numbers } of means) {
      const hits = predictions.filter(({ rank }) => rank <= numbers[0]);
      const mean = hits.reduce((total, { iou }) => total + iou, 0) / hits.length;
      expect(mean / predictions.length, key).toBeCloseTo(value, 7);
    }
  });

  it('has the middle and the mean of the ranks', () => {
    const ranks = predictions.map(({ rank }) => rank).sort((a, b) => a - b);
    const { MedianR, MeanR, MRR } = golden.retrieval;
    expect((ranks[29] + ranks[30]) / 2).toBe(MedianR);
    expect(ranks.reduce((total, rank) => total + rank, 0) / ranks.length).toBeCloseTo(MeanR, 9);
    expect(ranks.reduce((total, rank) => total + 1 / rank, 0) / ranks.length).toBeCloseTo(MRR, 9);
  });
});

/** All of one overlap before those of the next. */
function byOverlap([k, above]: number[], [otherK, otherAbove]: number[]): number {
  return above - otherAbove || k - otherK;
}

describe('the overlap of two spans as the reference has it', () => {
  const { a, b, iou, giou } = golden.giou;
  const everyTwo = a.flatMap((one, i) => b.map((other, j) => ({ one, other, i, j })));

  it('is 0 for an empty span and counts seconds before the track', () => {
    for (const { one, other, i, j } of everyTwo)
      expect(intersectionOverUnion(moment(one), moment(other)), `${one} and ${other}`).toBeCloseTo(iou[i][j], 6);
  });

  it('is generalised in the loss by what lies between', async () => {
    const graph = createGraph();
    const span = input(graph, 'span', [1, 2]);
    const config = { ...reference, loss: { ...reference.loss, l1: 0, giou: 1 } };
    const detection = { span, spans: reshape(span, [1, 1, 2]) };
    const target = input(graph, 'target', [1, 2]);
    const once = { weight: reshape(scalar(graph, 1), [1, 1]), target, inside: scalar(graph, 0) };
    const loss = detectionLosses(config, [detection], undefined, once).detection;
    const session = await openSession(emit(graph, { loss }), { name: 'gIoU', threads: 1 });
    const centred = ([start, end]: Span) => ({ data: Float32Array.of((start + end) / 2, end - start), shape: [1, 2] });
    for (const { one, other, i, j } of everyTwo) {
      const { loss } = await session.run({ span: centred(one), target: centred(other) });
      expect(1 - loss.data[0], `${one} and ${other}`).toBeCloseTo(giou[i][j], 5);
    }
    await session.close();
  });
});

describe('the learning rate as the reference has it', () => {
  it('rises over 192 of 9600 steps and falls along half a cosine', () => {
    for (const [step, rate] of Object.entries(golden.lr))
      expect(Math.abs(learningRate(Number(step), 9600, 3e-4, 0.02) - rate), `step ${step}`).toBeLessThan(1e-12);
  });
});
