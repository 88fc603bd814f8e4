/**
 * The three graphs that the Worker runs, of a trained model, with float32 or byte matrices.
 *
 * They are split as a request needs them: the clip once, relevance for many candidates, the moment of the few best. A clip is one
 * query, so keys and values are projected on its side (foldedCrossAttention in nn/attention.ts, served-graphs.ts). On one
 * thread at width 256, 24 frames, 57 segments, in ms against projecting the whole sequence:
 *
 *                                    onnxruntime-web   onnxruntime-node
 *   moment of a pair, fp32               12.3 / 16.0          4.9 / 5.8
 *   moment of a pair, int8                 7.6 / 9.0          3.4 / 4.2
 *   relevance of 64 tracks, fp32            8.8 / 43           2.0 / 12
 *
 * What the graphs take and give is stated in functions/engine.ts.
 */
import type { Graph } from '../../functions/engine.ts';
import type { Precision } from '../../index/format/manifest.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import { forward, type Made } from '../models/made/made.ts';
import { madeGraph, partModel } from '../models/made/parts.ts';
import { tokenInputs } from '../models/pair-inputs.ts';
import { input } from '../nn/graph.ts';
import { servableConfig } from './servable.ts';
import { relevanceOfPooled, segmentQuery } from './served-graphs.ts';

// N tracks · F frames · D width

export type Graphs = Record<Graph, Uint8Array>;

/**
 * Equal parameters and precision give equal bytes.
 *
 * What ranks is float in either, since rounding moves neighbours in the ranking. With bytes in relevance R@5 fell from 0.413 to 0.403 on
 * 300 simulated clips; with bytes in enhanceVideo 97.9 % of the exact ten most relevant of 4,000 tracks were among the first ten, and 99.9 %
 * without (npm run bench -- edge). Bytes would save 0.7 ms of an answer there.
 * @throws Error when the Worker cannot run the network
 */
export function exportGraphs(checkpoint: Parameters, precision: Precision): Graphs {
  const { layout, theta: values } = checkpoint;
  const config = servableConfig(checkpoint.config);
  return {
    enhanceVideo: madeGraph(config, layout, { values }, clipOutputs),
    relevance: madeGraph(config, layout, { values }, rankOutputs),
    moment: partModel(config, layout, 'moment', { packing: 'padded', values, precision }),
  };
}

type Parameters = Pick<Checkpoint, 'config' | 'layout' | 'theta'>;

/** frames [B, F, d_v], frame_mask [B, F] -> frame_tokens [B, F, D], h_v [B, D], question [B, D] */
export function clipOutputs(b: Made) {
  const { f, h } = forward(b, tokenInputs(b.graph, b.config, 'padded'));
  return { frame_tokens: f.rows, h_v: h, question: segmentQuery(b, h) };
}

/** h_v [1, D], h_0 [N, D], pooled [N, D] -> relevance [1, N]; without the input `pooled` where the config has no X-Pool */
export function rankOutputs(b: Made) {
  const row = (name: string, rows: number | 'N') => input(b.graph, name, [rows, b.config.width]);
  return { relevance: relevanceOfPooled(b, row('h_v', 1), row('h_0', 'N'), row('pooled', 'N')) };
}
