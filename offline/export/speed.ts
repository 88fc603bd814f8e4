/**
 * Milliseconds of a call of each served graph, on one thread. The precisions take turns on the same clips, so that whatever
 * else the machine does falls on both.
 */

import type { Graph } from '../../functions/engine.ts';
import { GRAPHS } from '../../functions/engine.ts';
import { attend } from '../../functions/grounding/attention-pool.ts';
import { CANDIDATES, PRECISIONS, type Precision } from '../../index/format/manifest.ts';
import { dequantiseTokens, trackTokens } from '../../index/format/token-shard.ts';
import type { Annotation } from '../data/annotations.ts';
import { segmentTokens, standardised } from '../data/batch.ts';
import type { Dataset } from '../data/dataset.ts';
import { candidateIds } from '../evaluate/evaluate.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import type { EnhancedGrounder } from '../models/family.ts';
import type { ServedModel } from './served.ts';

/** Calls of each graph; the median of so many moves by a few hundredths. */
const CLIPS = 24;

export interface SpeedOptions {
  checkpoint: Checkpoint;
  data: Dataset;
  /** The annotations of the split. */
  rows: readonly Annotation[];
  /** Milliseconds from any fixed point. */
  now: () => number;
}

export async function measureSpeed(
  served: Record<Precision, ServedModel>,
  offline: EnhancedGrounder,
  { checkpoint, data, rows, now }: SpeedOptions,
): Promise<Record<Precision, Record<Graph, number>>> {
  const { config, encoders } = checkpoint;
  const asked = Array.from({ length: CLIPS }, (_, i) => rows[i % rows.length]);
  const heard = candidateIds(rows).slice(0, CANDIDATES);
  const music = await offline.tracks(heard.map((id) => segmentTokens(data.tracks.get(id)!, encoders.audio, config)));
  const held = music.tokens.map(({ data }) => trackTokens(data, config.width));
  const times = { fp32: noTimes(), int8: noTimes() };
  for (const [i, row] of asked.entries()) {
    const { data: frames, count } = standardised(data.videos.get(row.videoId)!, encoders.image, config.maxFrames);
    const track = dequantiseTokens(held[i % held.length]);
    for (const precision of PRECISIONS) {
      const { engine } = served[precision];
      const timed = async <T>(graph: Graph, call: () => Promise<T>): Promise<T> => {
        const start = now();
        const answer = await call();
        times[precision][graph].push(now() - start);
        return answer;
      };
      const { h, frameTokens, question } = await timed('enhanceVideo', () => engine.enhanceVideo(frames, count));
      await timed('relevance', () => engine.relevance(h, music.means, attend(question, held).pooled));
      await timed('moment', () => engine.moment(h, frameTokens, track));
    }
  }
  const medians = (of: Record<Graph, number[]>) =>
    Object.fromEntries(GRAPHS.map((graph) => [graph, median(of[graph])])) as Record<Graph, number>;
  return { fp32: medians(times.fp32), int8: medians(times.int8) };
}

function noTimes(): Record<Graph, number[]> {
  return { enhanceVideo: [], relevance: [], moment: [] };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
