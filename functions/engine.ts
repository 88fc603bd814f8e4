/**
 * The three ONNX graphs of a bundle as functions over typed arrays, whichever onnxruntime runs them.
 *
 * The names and shapes of inputs and outputs are the contract with the offline export; masks are float32, 1 = real.
 * onnxruntime-web and onnxruntime-node have the same session and differ in their tensors' class, so the caller passes a
 * function that makes one. When each graph is asked, and about what, is decided in ground.ts.
 */

import type { TowerInfo } from '../index/format/manifest.ts';
import type { Starts } from '../index/moment/starts.ts';
import type { FrameTower } from './embed/tower-frames.ts';

// F frames · S segments · N tracks · d_v image token width · D model width

/** What is used of an onnxruntime session. */
export interface GraphSession<Tensor> {
  /** What it asks for. A graph may have no use for some of what the engine knows. */
  inputNames: readonly string[];
  run(feeds: Record<string, Tensor>): Promise<Record<string, { data: unknown }>>;
}
/** As a request needs them: the clip once, relevance of many candidates, the moment of the few best. */
export const GRAPHS = ['enhanceVideo', 'relevance', 'moment'] as const;
/** One of GRAPHS: the key of a graph in the bundle's files and among the opened sessions. */
export type Graph = (typeof GRAPHS)[number];

/** The largest first: what a graph needs only while it is opened is room for the next ones then. */
export const OPENING_ORDER = ['moment', 'enhanceVideo', 'relevance'] as const satisfies readonly Graph[];

/**
 * Whether onnxruntime-web is to optimise a graph when it opens it. The moment graph is written as it should run: it would be faster by
 * a twentieth, and take 7 MiB more at d = 256, which tokens make better use of (docs/experiments.md).
 */
export const isOptimised = (graph: Graph): boolean => graph !== 'moment';

/**
 * The bundle's image tower as what embed/tower-frames.ts runs. Its `run` throws an Error when the output is not [N, width] float32.
 * @param width values per token, from the manifest
 * @param tensor makes a float32 tensor of the runtime
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

/** A clip as the model sees it. */
export interface EnhancedVideo {
  /** [F, D] */
  frameTokens: Float32Array;
  /** h(v) [D], of length 1 */
  h: Float32Array;
  /** [D] what the clip asks of every segment (grounding/attention-pool.ts) */
  question: Float32Array;
}

/** Where in a track the clip's moment lies, by what the network gives. */
export type Found =
  /** Centre (p_c) and width (p_w), [2] in [0, 1]: shares of the manifest's maxDurationSec. */
  | { span: Float32Array }
  /** How likely it starts at each segment of the track, and how far beside it. */
  | { starts: Starts };

/** A bundle's model over flat float32 arrays, row by row: made by createEngine, called by ground.ts and grounding/rank.ts. */
export interface Engine {
  /** @param frames standardised tokens [F, d_v]; @param count F */
  enhanceVideo(frames: Float32Array, count: number): Promise<EnhancedVideo>;
  /**
   * @param h h(v) of the clip [D]; @param means h0 of each track [N, D]; @param pooled what attention-pool.ts made of its segments [N, D]
   * @returns relevance (p_s) of each track, [N] in [-2, 2]
   */
  relevance(h: Float32Array, means: Float32Array, pooled: Float32Array): Promise<Float32Array>;
  /**
   * @param h h(v) of the clip [D]; @param frameTokens its enhanced tokens [F, D]; @param segmentTokens of one track [S, D]
   * @returns where the clip's moment lies in it
   */
  moment(h: Float32Array, frameTokens: Float32Array, segmentTokens: Float32Array): Promise<Found>;
}

/**
 * The engine of three opened graphs. Its calls throw onnxruntime's Error when a graph asks for an input that is not known here, and
 * `graph output "…": expected …` when an output is missing, is not float32 or has another number of values.
 * @param tensor makes a float32 tensor of the runtime
 */
export function createEngine<Tensor>(
  sessions: Record<Graph, GraphSession<Tensor>>,
  tensor: (data: Float32Array, shape: readonly number[]) => Tensor,
): Engine {
  return {
    async enhanceVideo(frames, count) {
      const outputs = await run(sessions.enhanceVideo, {
        frames: tensor(frames, [1, count, frames.length / count]),
        frame_mask: tensor(ones(count), [1, count]),
      });
      const h = floats(outputs, 'h_v');
      const frameTokens = floats(outputs, 'frame_tokens', count * h.length);
      return { frameTokens, h, question: floats(outputs, 'question', h.length) };
    },

    async relevance(h, means, pooled) {
      const count = means.length / h.length;
      const outputs = await run(sessions.relevance, {
        h_v: tensor(h, [1, h.length]),
        h_0: tensor(means, [count, h.length]),
        pooled: tensor(pooled, [count, h.length]),
      });
      return floats(outputs, 'relevance', count);
    },

    async moment(h, frameTokens, segmentTokens) {
      const [frames, segments] = [frameTokens, segmentTokens].map(({ length }) => length / h.length);
      const outputs = await run(sessions.moment, {
        frame_tokens: tensor(frameTokens, [1, frames, h.length]),
        frame_mask: tensor(ones(frames), [1, frames]),
        segment_tokens: tensor(segmentTokens, [1, segments, h.length]),
        segment_mask: tensor(ones(segments), [1, segments]),
        h_v: tensor(h, [1, h.length]),
      });
      if (!outputs.start_logits) return { span: floats(outputs, 'span', 2) };
      const [logits, offsets] = ['start_logits', 'start_offset'].map((name) => floats(outputs, name, segments));
      return { starts: { logits, offsets } };
    },
  };
}

/** Give a graph what it asks for: onnxruntime refuses anything more. */
function run<Tensor>(session: GraphSession<Tensor>, known: Readonly<Record<string, Tensor>>) {
  return session.run(Object.fromEntries(Object.entries(known).filter(([name]) => session.inputNames.includes(name))));
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
