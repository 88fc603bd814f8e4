import { describe, expect, test } from 'vitest';
import { clipTrackLoss, videoTrackLoss } from '../../../offline/models/tr-detr/losses.ts';
import { createGraph, input } from '../../../offline/nn/graph.ts';
import { padded } from '../../../offline/nn/sequence.ts';
import { agree } from '../nn/agree.ts';
import { run } from '../nn/run.ts';

/** Two clips of two and one frames; their tracks of two and three segments. What is padding is far off. */
const FRAMES = [
  [
    [1, 0],
    [0.5, 0.5],
  ],
  [
    [-1, 2],
    [99, 99],
  ],
];
const SEGMENTS = [
  [
    [2, 1],
    [0, 1],
    [77, 77],
  ],
  [
    [-1, 1],
    [1, 1],
    [0.5, -1],
  ],
];
const COUNTS = { frames: [2, 1], segments: [2, 3] };
/** Which segments lie in the moment, as shares that sum to 1. */
const INSIDE = [
  [0.5, 0.5, 0],
  [0, 1, 0],
];

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const cosine = (a: readonly number[], b: readonly number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
const mean = (rows: readonly (readonly number[])[], count: number) =>
  rows[0].map((_, i) => rows.slice(0, count).reduce((sum, row) => sum + row[i] / count, 0));
const clips = FRAMES.map((rows, i) => mean(rows, COUNTS.frames[i]));

const given = (rows: readonly (readonly (readonly number[])[])[]) => ({
  data: Float32Array.from(rows.flat(2)),
  shape: [rows.length, rows[0].length, rows[0][0].length],
});
const maskOf = (counts: readonly number[], length: number) => ({
  data: Float32Array.from(counts.flatMap((count) => Array.from({ length }, (_, i) => (i < count ? 1 : 0)))),
  shape: [counts.length, length],
});

function sides() {
  const graph = createGraph();
  const side = (name: string, length: number) => ({
    rows: input(graph, name, [2, length, 2]),
    packing: padded(input(graph, `${name}_mask`, [2, length])),
  });
  return { graph, frames: side('frames', 2), segments: side('segments', 3) };
}

const feeds = {
  frames: given(FRAMES),
  segments: given(SEGMENTS),
  frames_mask: maskOf(COUNTS.frames, 2),
  segments_mask: maskOf(COUNTS.segments, 3),
};

describe('the contrasts of TR-DETR', () => {
  test('of clips and tracks: symmetric cross-entropy of the cosines of their means at 0.07', async () => {
    const { graph, frames, segments } = sides();
    const loss = videoTrackLoss(frames, segments, input(graph, 'negatives', [2, 2]));
    const out = await run(graph, { loss }, { ...feeds, negatives: { data: new Float32Array(4), shape: [2, 2] } });
    const tracks = SEGMENTS.map((rows, i) => mean(rows, COUNTS.segments[i]));
    const odds = clips.map((clip) => tracks.map((track) => Math.exp(cosine(clip, track) / 0.07)));
    const [[a, b], [c, d]] = odds;
    const wrong = [a / (a + b), d / (c + d), a / (a + c), d / (b + d)].reduce((sum, p) => sum - Math.log(p), 0);
    expect(out.loss.data[0]).toBeCloseTo(wrong / 4, 5); // the mean of both ways, each a mean over the pairs
  });

  test('of a clip and its segments: cross-entropy of each segment, mean over the track and over the pairs by weight', async () => {
    const { graph, frames, segments } = sides();
    const [inside, weight] = [input(graph, 'inside', [2, 3]), input(graph, 'weight', [1, 2])];
    const loss = clipTrackLoss(frames, segments, { inside, weight });
    const weights = [0.25, 0.75];
    const out = await run(
      graph,
      { loss },
      {
        ...feeds,
        inside: { data: Float32Array.from(INSIDE.flat()), shape: [2, 3] },
        weight: { data: Float32Array.from(weights), shape: [1, 2] },
      },
    );
    const each = SEGMENTS.map((rows, i) => {
      const real = rows.slice(0, COUNTS.segments[i]);
      const entropies = real.map((row, k) => {
        const p = 1 / (1 + Math.exp(-cosine(row, clips[i]) / 0.07));
        return -Math.log(INSIDE[i][k] > 0 ? p : 1 - p);
      });
      return entropies.reduce((sum, value) => sum + value / real.length, 0);
    });
    expect(out.loss.data[0]).toBeCloseTo(weights[0] * each[0] + weights[1] * each[1], 4);
  });

  agree([
    {
      name: 'of clips and tracks: has the slope of its tokens',
      shapes: [
        [2, 2, 2],
        [2, 3, 2],
      ],
      given: {
        frames_mask: feeds.frames_mask,
        segments_mask: feeds.segments_mask,
        negatives: { data: new Float32Array(4), shape: [2, 2] },
      },
      build: ([frames, segments]) => {
        const { graph } = frames;
        const side = (rows: typeof frames, name: string, length: number) => ({
          rows,
          packing: padded(input(graph, name, [2, length])),
        });
        return videoTrackLoss(
          side(frames, 'frames_mask', 2),
          side(segments, 'segments_mask', 3),
          input(graph, 'negatives', [2, 2]),
        );
      },
    },
  ]);
});
