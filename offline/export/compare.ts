/**
 * What byte matrices cost and save: the graphs of both precisions on one split, through the engine that serves them.
 *
 * Accuracy is measured by the rules of a training's validation (evaluate/evaluate.ts), time in speed.ts. Whether the cost is too
 * high is decided in export.ts.
 */
import type { Graph } from '../../functions/engine.ts';
import { PRECISIONS, type Precision } from '../../index/format/manifest.ts';
import { type Evaluation, evaluate } from '../evaluate/evaluate.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { openAll, withOpen } from '../nn/open-all.ts';
import { exportGraphs, type Graphs } from './graphs.ts';
import { openServable } from './servable.ts';
import { openServed, type ServedModel } from './served.ts';
import { measureSpeed, type SpeedOptions } from './speed.ts';

export interface Comparison {
  clips: number;
  tracks: number;
  metrics: Record<Precision, Metrics>;
  /** Between the precisions: of relevance (p_s) over all pairs, and of a start or end, in seconds, over the right ones. */
  largest: { relevance: number; boundarySec: number };
  graphs: Record<Precision, Graphs>;
  /** Median milliseconds of a call on one thread: one clip, a batch of tracks, one pair. */
  ms: Record<Precision, Record<Graph, number>>;
}

export interface CompareOptions extends SpeedOptions {
  threads: number;
  /** Called for each clip and precision. */
  onClip?: () => void;
}

export async function compare(options: CompareOptions): Promise<Comparison> {
  const { checkpoint, data, rows } = options;
  const { config, encoders } = checkpoint;
  const graphs = { fp32: exportGraphs(checkpoint, 'fp32'), int8: exportGraphs(checkpoint, 'int8') };
  const answersOf = (model: ServedModel) => evaluate(model, config, encoders, data, rows);
  const { fp32, int8, ms } = await withOpen(openServable(checkpoint, options.threads), async (offline) => {
    const open = (precision: Precision) => openServed(graphs[precision], offline, config, options.onClip);
    const served = await openAll(PRECISIONS, open, (model) => model.close());
    try {
      const [fp32, int8] = [await answersOf(served.fp32), await answersOf(served.int8)];
      return { fp32, int8, ms: await measureSpeed(served, offline, options) };
    } finally {
      for (const precision of PRECISIONS) await served[precision].close();
    }
  });
  const bounds = ({ predictions }: Evaluation) => predictions.flatMap(({ found }) => [found.startSec, found.endSec]);
  return {
    clips: rows.length,
    tracks: fp32.tracks,
    metrics: { fp32: fp32.metrics, int8: int8.metrics },
    largest: {
      relevance: largestDifference(fp32.relevance!, int8.relevance!),
      boundarySec: largestDifference(bounds(fp32), bounds(int8)),
    },
    graphs,
    ms,
  };
}

function largestDifference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < one.length; i++) largest = Math.max(largest, Math.abs(one[i] - other[i]));
  return largest;
}
