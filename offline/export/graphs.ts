/**
 * The three graphs that the Worker runs, of a trained model, with float32 or byte matrices.
 *
 * They are split as a request needs them: the clip once, relevance for many candidates, the moment of the few best. What is in them a family
 * says itself (`serving` in models/family.ts), what they take and give is stated in functions/engine.ts. A clip is one query, so networks
 * project keys and values on its side (foldedCrossAttention in nn/attention.ts, models/grounding/serving.ts). On one thread MaDe at width 256,
 * 24 frames, 57 segments, in ms against projecting the whole sequence:
 *
 *                                    onnxruntime-web   onnxruntime-node
 *   moment of a pair, fp32               12.3 / 16.0          4.9 / 5.8
 *   moment of a pair, int8                 7.6 / 9.0          3.4 / 4.2
 *   relevance of 64 tracks, fp32            8.8 / 43           2.0 / 12
 */
import { GRAPHS, type Graph } from '../../functions/engine.ts';
import type { Precision } from '../../index/format/manifest.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import { graphOf } from '../models/grounding/parts.ts';
import { servingOf } from './servable.ts';

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
  const { config, layout, theta: values } = checkpoint;
  const serving = servingOf(config);
  const precisionOf = (graph: Graph) => (serving.inBytes.includes(graph) ? precision : 'fp32');
  const model = (graph: Graph) =>
    graphOf(layout, { values, precision: precisionOf(graph) }, (b) => serving.outputs(graph, b, config));
  return Object.fromEntries(GRAPHS.map((graph) => [graph, model(graph)])) as Graphs;
}

type Parameters = Pick<Checkpoint, 'config' | 'layout' | 'theta'>;
