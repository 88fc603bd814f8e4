/**
 * The three ONNX graphs of a bundle as functions over typed arrays, whichever onnxruntime runs them.
 *
 * The names and shapes of inputs and outputs are the contract with the offline export; masks are float32, 1 = real.
 * onnxruntime-web and onnxruntime-node have the same session and differ in their tensors' class, so the caller passes a
 * function that makes one. When each graph is asked, and about what, is decided in ground.ts.
 */

import type { TowerInfo } from '../index/manifest.ts';
import type { FrameTower } from './embed/tower-frames.ts';

// F frames · S segments · N tracks of a batch · d_v image token width · d model width

/** What is used of an onnxruntime session. */
export interface GraphSession<Tensor> {
  run(feeds: Record<string, Tensor>): Promise<Record<string, { data: unknown }>>;
}
export type Graph = 'enhanceVideo' | 'relevance' | 'moment';

/**
 * The bundle's image tower as what embed/tower-frames.ts runs.
 * @param width values per token, which the manifest knows
 */
export function createTower<Tensor>(
  session: GraphSession<Tensor>,
  { name: _, input, output, ...preprocessing }: TowerInfo,
  width: number,
  tensor: (data: Float32Array, shape: readonly number[]) => Tensor,
): FrameTower {
  return {
    input: preprocessing,
    width,
    batch: 1,
    async run(data, shape) {
      return floats(await session.run({ [input]: tensor(data, shape) }), output, shape[0] * width);
    },
  };
}

/** Segment tokens of several tracks, padded with zeros to the longest. */
export interface SegmentBatch {
  /** [N, S, d] */
  tokens: Float32Array;
  /** [N, S] */
  mask: Float32Array;
  /** N */
  count: number;
  /** S */
  longest: number;
}

export interface Engine {
  /** @param frames standardised tokens [F, d_v] */
  enhanceVideo(frames: Float32Array, count: number): Promise<{ frameTokens: Float32Array; h: Float32Array }>;
  /** @returns relevance (p_s) of each track, [N] in [-2, 2] */
  relevance(h: Float32Array, segments: SegmentBatch): Promise<Float32Array>;
  /** @returns centre (p_c) and width (p_w) of the clip's moment in each track, [N, 2] in [0, 1] */
  moment(h: Float32Array, frameTokens: Float32Array, segments: SegmentBatch): Promise<Float32Array>;
}

/**
 * @param tensor makes a float32 tensor of the runtime
 * Calls throw onnxruntime's Error when a graph lacks an input, or an Error of ours when an output is not what was agreed.
 */
export function createEngine<Tensor>(
  sessions: Record<Graph, GraphSession<Tensor>>,
  tensor: (data: Float32Array, shape: readonly number[]) => Tensor,
): Engine {
  return {
    async enhanceVideo(frames, count) {
      const outputs = await sessions.enhanceVideo.run({
        frames: tensor(frames, [1, count, frames.length / count]),
        frame_mask: tensor(ones(count), [1, count]),
      });
      const h = floats(outputs, 'h_v');
      return { frameTokens: floats(outputs, 'frame_tokens', count * h.length), h };
    },

    async relevance(h, { tokens, mask, count, longest }) {
      const outputs = await sessions.relevance.run({
        h_v: tensor(h, [1, h.length]),
        segment_tokens: tensor(tokens, [count, longest, h.length]),
        segment_mask: tensor(mask, [count, longest]),
      });
      return floats(outputs, 'relevance', count);
    },

    async moment(h, frameTokens, { tokens, mask, count, longest }) {
      const frames = frameTokens.length / h.length;
      const outputs = await sessions.moment.run({
        frame_tokens: tensor(repeat(frameTokens, count), [count, frames, h.length]),
        frame_mask: tensor(ones(count * frames), [count, frames]),
        segment_tokens: tensor(tokens, [count, longest, h.length]),
        segment_mask: tensor(mask, [count, longest]),
        h_v: tensor(repeat(h, count), [count, h.length]),
      });
      return floats(outputs, 'span', count * 2);
    },
  };
}

function floats(outputs: Record<string, { data: unknown } | undefined>, name: string, length?: number): Float32Array {
  const data = outputs[name]?.data;
  if (!(data instanceof Float32Array) || (length !== undefined && data.length !== length))
    throw new Error(
      `graph output "${name}": expected ${length ?? 'some'} float32 values, got ${data instanceof Float32Array ? data.length : typeof data}. Export the model again.`,
    );
  return data;
}

function ones(length: number): Float32Array {
  return new Float32Array(length).fill(1);
}

function repeat(values: Float32Array, times: number): Float32Array {
  const all = new Float32Array(values.length * times);
  for (let i = 0; i < times; i++) all.set(values, i * values.length);
  return all;
}
