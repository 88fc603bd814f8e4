/**
 * Milliseconds of a call of each served graph, on one thread. The precisions take turns on the same clips, so that whatever
 * else the machine does falls on both.
 */
import type { Graph } from '../../functions/engine.ts';
import { attend } from '../../functions/grounding/attention-pool.ts';
import { CANDIDATES, PRECISIONS, type Precision } from '../../index/manifest.ts';
import { dequantiseTokens, trackTokens } from '../../index/token-shard.ts';
import { segmentTokens, standardised } from '../data/batch.ts';
import type { MadeGrounder } from '../models/made/grounder.ts';
import { candidateIds } from '../train/evaluate.ts';
import type { CompareOptions } from './compare.ts';
import { GRAPHS } from './graphs.ts';
import type { ServedModel } from './served.ts';

/** Calls of each graph; the median of so many moves by a few hundredths. */
const CLIPS = 24;

export async function measureSpeed(
  served: Record<Precision, ServedModel>,
  offline: MadeGrounder,
  { checkpoint, data, rows, now }: Pick<CompareOptions, 'checkpoint' | 'data' | 'rows' | 'now'>,
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
