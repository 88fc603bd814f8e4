/**
 * The Worker's three graphs as a model that can be evaluated: the same engine, the same batches, over onnxruntime-node.
 *
 * A clip and a pair come one at a time, tracks by the batch: activations are brought to bytes by the smallest and largest of a
 * call, so an int8 graph's answer depends a little on what it is asked together with. Music is enhanced by the offline model, whose
 * float tokens are what an index holds.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createEngine, type Engine, type SegmentBatch } from '../../functions/engine.ts';
import type { Model } from '../made/model.ts';
import { padded, type Tokens } from '../made/tokens.ts';
import type { Graphs } from './graphs.ts';

// V videos · N tracks of a call · S segments of the longest · D width

export interface ServedModel extends Pick<Model, 'enhance' | 'relevance' | 'moments'> {
  engine: Engine;
  close(): Promise<void>;
}

/** Tracks in one call of the relevance graph, as in functions/ground.ts. */
export const TRACKS_OF_A_CALL = 64;

/**
 * @param offline enhances the music
 * @param onClip called after the relevance of all tracks for one clip
 */
export async function openServed(graphs: Graphs, offline: Model, onClip: () => void = () => {}): Promise<ServedModel> {
  const open = (graph: Uint8Array) => InferenceSession.create(graph, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const sessions = {
    enhanceVideo: await open(graphs.enhanceVideo),
    relevance: await open(graphs.relevance),
    moment: await open(graphs.moment),
  };
  const engine = createEngine(sessions, (data, shape) => new Tensor('float32', data, shape));

  return {
    engine,
    async enhance(kind, items) {
      if (kind === 'music') return offline.enhance(kind, items);
      const videos = [];
      for (const { data, count } of items) videos.push(await engine.enhanceVideo(data, count));
      return {
        tokens: videos.map(({ frameTokens }, i) => ({ data: frameTokens, count: items[i].count })),
        means: joined(videos.map(({ h }) => h)),
      };
    },
    async relevance(h, tracks) {
      const width = tracks[0].data.length / tracks[0].count;
      const rows: Float32Array[] = [];
      for (let v = 0; v < h.length / width; v++) {
        const video = h.subarray(v * width, (v + 1) * width);
        for (let at = 0; at < tracks.length; at += TRACKS_OF_A_CALL)
          rows.push(await engine.relevance(video, segmentBatch(tracks.slice(at, at + TRACKS_OF_A_CALL))));
        onClip();
      }
      return joined(rows);
    },
    async moments(h, frames, segments) {
      const width = h.length / frames.length;
      const spans: Float32Array[] = [];
      for (const [i, { data }] of frames.entries())
        spans.push(await engine.moment(h.subarray(i * width, (i + 1) * width), data, segmentBatch([segments[i]])));
      return joined(spans);
    },
    async close() {
      for (const session of Object.values(sessions)) await session.release();
    },
  };
}

/** Tracks side by side, padded to the longest. */
export function segmentBatch(tracks: readonly Tokens[]): SegmentBatch {
  const { tokens, mask } = padded(tracks, tracks[0].data.length / tracks[0].count);
  const [count, longest] = mask.shape;
  return { tokens: tokens.data, mask: mask.data, count, longest };
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
