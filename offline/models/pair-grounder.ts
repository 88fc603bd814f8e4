/**
 * Ready to answer, for networks that read a clip's and a track's raw tokens together and say where the moment is: most of the DETR family.
 * They do not rank tracks, so what they keep of a clip or a track is its tokens.
 */
import { segmentInputWidth } from '../data/cue-prior.ts';
import { noDropout } from '../nn/dropout.ts';
import { createGraph, emit, input, type Tensor } from '../nn/graph.ts';
import type { Builder } from '../nn/layers.ts';
import { byLength, packed, packedSlots, stacked } from '../nn/packing.ts';
import { type Layout, recordLayout, valueSource, vectorSource } from '../nn/parameters.ts';
import { openSession, type Values } from '../nn/session.ts';
import type { Tokens } from '../nn/tokens.ts';
import type { BaseConfig, Grounder, Runtime } from './family.ts';
import { type PairTensors, tokenInputs } from './pair-inputs.ts';

// P pairs

/** A clip's frames and a track's segments, raw and packed. */
export type RawPair = Pick<PairTensors, 'frames' | 'segments' | 'slots'>;

/** The network of aligned pairs -> (centre, width) [P, 2], shares of maxDurationSec */
export type SpanOfPairs<C extends BaseConfig> = (b: Builder, config: C, raw: RawPair) => Tensor;

/** Pairs in one call: bounds memory, and a longer batch is not faster on a CPU. */
const CHUNK = 16;

/** The parameters of such a network, in the order of use. */
export function pairLayout<C extends BaseConfig>(spanOf: SpanOfPairs<C>, config: C): Layout {
  return recordLayout((graph, parameters) => {
    spanOf({ graph, parameters, dropout: noDropout }, config, tokenInputs(graph, config, 'packed'));
  });
}

/** @param theta [P]; inside the model where it is fixed. @throws Error of onnxruntime when the model does not open */
export async function openPairGrounder<C extends BaseConfig>(
  spanOf: SpanOfPairs<C>,
  config: C,
  layout: Layout,
  theta: Float32Array,
  { threads, fixed = false }: Runtime,
): Promise<Grounder<readonly Tokens[], readonly Tokens[]>> {
  const graph = createGraph();
  const parameters = fixed
    ? valueSource(layout, graph, theta)
    : vectorSource(layout, input(graph, 'theta', [layout.size]));
  const span = spanOf({ graph, parameters, dropout: noDropout }, config, tokenInputs(graph, config, 'packed'));
  const session = await openSession(emit(graph, { span }), { name: 'moment', threads });
  let now: Values = { data: theta, shape: [theta.length] };
  return {
    clips: async (tokens) => tokens,
    tracks: async (tokens) => tokens,
    async moments(clips, tracks, pairs) {
      const all = new Float32Array(2 * pairs.length);
      const lengths = pairs.map(([clip, track]) => clips[clip].count + tracks[track].count);
      for (const chunk of byLength(lengths, CHUNK)) {
        const [frames, segments] = [chunk.map((i) => clips[pairs[i][0]]), chunk.map((i) => tracks[pairs[i][1]])];
        const [frameCounts, segmentCounts] = [frames, segments].map((side) => side.map(({ count }) => count));
        const out = await session.run({
          theta: now,
          frames: stacked(frames, config.frameWidth),
          segments: stacked(segments, segmentInputWidth(config)),
          ...packed('frame', frameCounts),
          ...packed('segment', segmentCounts),
          ...packedSlots(frameCounts, segmentCounts),
        });
        for (const [at, i] of chunk.entries()) all.set(out.span.data.subarray(2 * at, 2 * at + 2), 2 * i);
      }
      return all;
    },
    setParameters(next) {
      if (fixed) throw new Error('internal: the parameters of a model opened as fixed do not change');
      now = { data: next, shape: [next.length] };
    },
    close: () => session.close(),
  };
}
