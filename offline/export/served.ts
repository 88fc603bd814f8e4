/**
 * The Worker's three graphs as a model that can be evaluated: the same engine, the same calls, over onnxruntime-node.
 *
 * Music is enhanced by the offline model and then held in bytes, as an index holds it (index/token-shard.ts).
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createEngine, type Engine } from '../../functions/engine.ts';
import { attend } from '../../functions/grounding/attention-pool.ts';
import { meanVector } from '../../functions/grounding/rank.ts';
import { dequantiseTokens, trackTokens } from '../../index/token-shard.ts';
import type { Model } from '../made/model.ts';
import { openAll } from '../nn/open-all.ts';
import { GRAPHS, type Graphs } from './graphs.ts';

// V videos · D width

export interface ServedModel extends Pick<Model, 'enhance' | 'relevance' | 'moments'> {
  engine: Engine;
  close(): Promise<void>;
}

/**
 * @param offline enhances the music
 * @param onClip called after the relevance of all tracks for one clip
 */
export async function openServed(graphs: Graphs, offline: Model, onClip: () => void = () => {}): Promise<ServedModel> {
  const sessions = await openAll(
    GRAPHS,
    (graph) => InferenceSession.create(graphs[graph], { intraOpNumThreads: 1, logSeverityLevel: 3 }),
    (session) => session.release(),
  );
  const engine = createEngine(sessions, (data, shape) => new Tensor('float32', data, shape));
  const questions = new Map<string, Float32Array>(); // what each clip asks, by its h(v)

  return {
    engine,
    async enhance(kind, items) {
      if (kind === 'music') return offline.enhance(kind, items);
      const videos = [];
      for (const { data, count } of items) videos.push(await engine.enhanceVideo(data, count));
      for (const { h, question } of videos) questions.set(String(h), question);
      return {
        tokens: videos.map(({ frameTokens }, i) => ({ data: frameTokens, count: items[i].count })),
        means: joined(videos.map(({ h }) => h)),
      };
    },
    async relevance(h, tracks) {
      const width = tracks[0].data.length / tracks[0].count;
      const held = tracks.map(({ data }) => trackTokens(data, width));
      const means = joined(held.map((track) => meanVector(track, width)));
      const rows: Float32Array[] = [];
      for (let v = 0; v < h.length / width; v++) {
        const video = h.subarray(v * width, (v + 1) * width);
        const question = questions.get(String(video));
        if (!question) throw new Error('internal: served: expected h(v) of an enhanced clip, got another.');
        rows.push(await engine.relevance(video, means, attend(question, held).pooled));
        onClip();
      }
      return joined(rows);
    },
    async moments(h, frames, segments) {
      const width = h.length / frames.length;
      const spans: Float32Array[] = [];
      for (const [i, { data }] of frames.entries()) {
        const track = dequantiseTokens(trackTokens(segments[i].data, width));
        spans.push(await engine.moment(h.subarray(i * width, (i + 1) * width), data, track));
      }
      return joined(spans);
    },
    async close() {
      for (const session of Object.values(sessions)) await session.release();
    },
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
