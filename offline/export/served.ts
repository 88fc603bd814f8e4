/**
 * The Worker's three graphs as a model that can be evaluated: the same engine, the same calls, over onnxruntime-node.
 *
 * Music is enhanced by the offline model and then held in bytes, as an index holds it (index/format/token-shard.ts).
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createEngine, type Engine, GRAPHS } from '../../functions/engine.ts';
import { attend } from '../../functions/grounding/attention-pool.ts';
import { predictedShares } from '../../functions/grounding/predicted.ts';
import { meanVector } from '../../functions/grounding/rank.ts';
import { dequantiseTokens, trackTokens } from '../../index/format/token-shard.ts';
import type { BaseConfig, Enhanced, EnhancedGrounder } from '../models/family.ts';
import { openAll } from '../nn/open-all.ts';
import type { Graphs } from './graphs.ts';

// V videos · D width

/** As the networks have it whose moment is as long as the clip. */
const FRAME_SEC = 1;

/** Clips with what each asks of every segment [D]. */
interface ServedClips extends Enhanced {
  queries: Float32Array[];
}

export interface ServedModel extends EnhancedGrounder<ServedClips> {
  engine: Engine;
  /** Whether it chooses the likeliest of many starts, and so may choose another where two are as likely. */
  choosesStart: boolean;
}

/**
 * @param offline enhances the music
 * @param config of the network, for what starts and spans are counted in
 * @param onClip called after the relevance of all tracks for one clip
 */
export async function openServed(
  graphs: Graphs,
  offline: EnhancedGrounder,
  config: Pick<BaseConfig, 'strideSec' | 'maxDurationSec'>,
  onClip: () => void = () => {},
): Promise<ServedModel> {
  const sessions = await openAll(
    GRAPHS,
    (graph) => InferenceSession.create(graphs[graph], { intraOpNumThreads: 1, logSeverityLevel: 3 }),
    (session) => session.release(),
  );
  const engine = createEngine(sessions, (data, shape) => new Tensor('float32', data, shape));

  return {
    engine,
    choosesStart: sessions.moment.outputNames.includes('start_logits'),
    async clips(items) {
      const videos = [];
      for (const { data, count } of items) videos.push(await engine.enhanceVideo(data, count));
      return {
        tokens: videos.map(({ frameTokens }, i) => ({ data: frameTokens, count: items[i].count })),
        means: joined(videos.map(({ h }) => h)),
        queries: videos.map(({ question }) => question),
      };
    },
    tracks: (items) => offline.tracks(items),
    async relevance({ means: h, queries }, { tokens: tracks }) {
      const width = tracks[0].data.length / tracks[0].count;
      const held = tracks.map(({ data }) => trackTokens(data, width));
      const means = joined(held.map((track) => meanVector(track, width)));
      const rows: Float32Array[] = [];
      for (const [v, query] of queries.entries()) {
        const video = h.subarray(v * width, (v + 1) * width);
        rows.push(await engine.relevance(video, means, attend(query, held).pooled));
        onClip();
      }
      return joined(rows);
    },
    async moments(clips, tracks, pairs) {
      const width = clips.means.length / clips.tokens.length;
      const spans: Float32Array[] = [];
      for (const [clip, track] of pairs) {
        const h = clips.means.subarray(clip * width, (clip + 1) * width);
        const segments = dequantiseTokens(trackTokens(tracks.tokens[track].data, width));
        const { data, count } = clips.tokens[clip];
        const found = await engine.moment(h, data, segments);
        spans.push(Float32Array.from(predictedShares(found, count * FRAME_SEC, config)));
      }
      return joined(spans);
    },
    vectors: offline.vectors,
    setParameters: () => {
      throw new Error('internal: the parameters of exported graphs do not change');
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
