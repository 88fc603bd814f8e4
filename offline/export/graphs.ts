/**
 * The three graphs that the Worker runs, of a trained model, with float32 or byte matrices.
 *
 * They are split as a request needs them: the clip once, relevance for many candidates, the moment of the few best. A clip is one
 * query, so keys and values are projected on its side (crossAttention in made/layers.ts, 'pooled' in made/matching.ts). On one
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
import type { Precision } from '../../index/manifest.ts';
import { type Part, partModel } from '../made/network.ts';
import type { Checkpoint } from '../train/checkpoint.ts';

export const GRAPHS = ['enhanceVideo', 'relevance', 'moment'] as const satisfies readonly Graph[];
export type Graphs = Record<Graph, Uint8Array>;

/**
 * Equal parameters and precision give equal bytes.
 *
 * What ranks is float in either, since rounding moves neighbours in the ranking. With bytes in relevance R@5 fell from 0.413 to 0.403 on
 * 300 simulated clips; with bytes in enhanceVideo 97.9 % of the exact ten most relevant of 4,000 tracks were among the first ten, and 99.9 %
 * without (npm run bench -- edge). Bytes would save 0.7 ms of an answer there.
 */
export function exportGraphs({ config, layout, theta }: Parameters, precision: Precision): Graphs {
  const graph = (part: Part, held: Precision) =>
    partModel(config, layout, part, { arranged: 'padded', placement: 'pooled', values: theta, precision: held });
  return {
    enhanceVideo: graph('ask', 'fp32'),
    relevance: graph('rank', 'fp32'),
    moment: graph('moment', precision),
  };
}

type Parameters = Pick<Checkpoint, 'config' | 'layout' | 'theta'>;
