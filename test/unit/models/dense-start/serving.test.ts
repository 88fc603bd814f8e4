/** The Worker's graphs of the network, against the network itself. */
import { expect, test } from 'vitest';
import { createEngine, type Found, GRAPHS, type Graph } from '../../../../functions/engine.ts';
import { attend } from '../../../../functions/grounding/attention-pool.ts';
import { predictedShares } from '../../../../functions/grounding/predicted.ts';
import { meanVector } from '../../../../functions/grounding/rank.ts';
import type { Manifest } from '../../../../index/format/manifest.ts';
import { dequantiseTokens, trackTokens } from '../../../../index/format/token-shard.ts';
import { exportGraphs } from '../../../../offline/export/graphs.ts';
import { graphFault } from '../../../../offline/indexing/graph-fault.ts';
import { createRandom } from '../../../../offline/lib/random.ts';
import { graphOf } from '../../../../offline/models/grounding/parts.ts';
import { familyOf } from '../../../../offline/models/registry.ts';
import { openAll } from '../../../../offline/nn/open-all.ts';
import { openSession, type Values } from '../../../../offline/nn/session.ts';
import { largestDifference } from '../made/golden.ts';
import { thetaOf, tinyDense } from './tiny.ts';

const random = createRandom('served dense start');
const drawn = (count: number, width: number) => ({
  data: Float32Array.from({ length: count * width }, () => random.normal()),
  count,
});

const { serving, layout: layoutOf } = familyOf(tinyDense);
const layout = layoutOf(tinyDense);
const theta = thetaOf(layout);
const FRAMES = [1, 3, 8];
const SEGMENTS = [1, 2, 5, 10];

async function withEngine<T>(use: (engine: ReturnType<typeof createEngine<Values>>) => Promise<T>): Promise<T> {
  const graphs = exportGraphs({ config: tinyDense, layout, theta }, 'fp32');
  const open = (graph: Graph) => openSession(graphs[graph], { name: graph, threads: 1 });
  const sessions = await openAll(GRAPHS, open, (session) => session.close());
  try {
    return await use(createEngine<Values>(sessions, (data, shape) => ({ data, shape })));
  } finally {
    for (const graph of GRAPHS) await sessions[graph].close();
  }
}

test('give its relevance and its span, from tokens as an index holds them, to 1e-5', async () => {
  const clips = FRAMES.map((count) => drawn(count, tinyDense.frameWidth));
  const model = await serving!.open(tinyDense, layout, theta, { threads: 1 });
  const music = await model.tracks(SEGMENTS.map((count) => drawn(count, tinyDense.segmentWidth)));
  const held = music.tokens.map(({ data }) => trackTokens(data, tinyDense.width));
  const rounded = {
    tokens: held.map((track) => ({ data: dequantiseTokens(track), count: track.segments })),
    means: Float32Array.from(held.flatMap((track) => [...meanVector(track, tinyDense.width)])),
  };
  const videos = await model.clips(clips);
  const relevance = await model.relevance(videos, rounded);
  const pairs = FRAMES.flatMap((_, clip) => SEGMENTS.map((_, track) => [clip, track] as const));
  const spans = await model.moments(videos, rounded, pairs);
  await model.close();

  await withEngine(async (engine) => {
    const found: Found[] = [];
    for (const [v, { data, count }] of clips.entries()) {
      const { h, frameTokens, question } = await engine.enhanceVideo(data, count);
      expect(largestDifference(frameTokens, videos.tokens[v].data)).toBeLessThan(1e-5);
      const ranked = await engine.relevance(h, rounded.means, attend(question, held).pooled);
      const own = relevance.subarray(v * SEGMENTS.length, (v + 1) * SEGMENTS.length);
      expect(largestDifference(ranked, own)).toBeLessThan(1e-5);
      for (const { data } of rounded.tokens) found.push(await engine.moment(h, frameTokens, data));
    }
    const shares = found.flatMap((one, i) => [...(predictedShares(one, FRAMES[pairs[i][0]], tinyDense) as number[])]);
    expect(largestDifference(shares, spans)).toBeLessThan(1e-5);
    for (const [i, one] of found.entries()) {
      if (!('starts' in one)) throw new Error('expected starts, got a span');
      expect([one.starts.logits.length, one.starts.offsets.length]).toEqual(Array(2).fill(SEGMENTS[pairs[i][1]]));
    }
  });
});

test('hold bytes in the moment graph alone where bytes are wanted', () => {
  const holdsBytes = (model: Uint8Array) => Buffer.from(model).includes('DynamicQuantizeMatMul');
  const graphs = exportGraphs({ config: tinyDense, layout, theta }, 'int8');
  expect(GRAPHS.filter((graph) => holdsBytes(graphs[graph]))).toEqual(['moment']);
});

test('of which one output of the start head is missing are refused by its name', async () => {
  const logitsAlone = graphOf(layout, { values: theta }, (b) => {
    const { start_logits } = serving!.outputs('moment', b, tinyDense);
    return { start_logits };
  });
  const fault = graphFault('moment', logitsAlone, {} as Manifest);
  await expect(fault).rejects.toThrow('expected a graph with "start_offset", got one without');

  const session = { inputNames: [], run: async () => ({ start_logits: { data: new Float32Array(2) } }) };
  const engine = createEngine({ enhanceVideo: session, relevance: session, moment: session }, () => 0);
  const asked = engine.moment(new Float32Array(4), new Float32Array(4), new Float32Array(8));
  await expect(asked).rejects.toThrow('graph output "start_offset": expected 2 float32 values, got undefined.');
});
